"""Companies in which random sequences run one after the other, and what each sequence begins with."""

from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.apps.factory.in_process import InProcess
from tests.clocks import MovableClock

Headers = Mapping[str, str]
STEP: ContextVar[int] = ContextVar("STEP", default=0)
START = MovableClock()()

NEW_CASE = """
    WITH project AS (
        INSERT INTO factory.projects (company_id, code) VALUES (%(company)s, %(name)s || 'P') RETURNING id
    ), component AS (
        INSERT INTO factory.components (company_id, code, project_id)
        SELECT %(company)s, %(name)s || 'C', id FROM project RETURNING id
    ), assembly AS (
        INSERT INTO factory.assemblies (company_id, code, component_id)
        SELECT %(company)s, %(name)s || 'A', id FROM component RETURNING id
    ), work_order AS (
        INSERT INTO factory.work_orders (company_id, code, project_id, routing_id, article_id, quantity)
        SELECT %(company)s, %(name)s || 'W', id, %(routing)s, %(article)s, 6 FROM project RETURNING id
    ), piece AS (
        INSERT INTO factory.pieces (company_id, barcode, assembly_id, article_id, work_order_id)
        SELECT %(company)s, %(name)s || 'p' || n, a.id, %(article)s, w.id
        FROM assembly AS a, work_order AS w, generate_series(1, 3) AS n RETURNING id, barcode
    ), spare AS (
        INSERT INTO factory.components (company_id, code, project_id)
        SELECT %(company)s, %(name)s || 'D', id FROM project RETURNING id
    ), spare_assembly AS (
        INSERT INTO factory.assemblies (company_id, code, component_id)
        SELECT %(company)s, %(name)s || 'B', id FROM spare RETURNING id
    ), spare_piece AS (
        INSERT INTO factory.pieces (company_id, barcode, assembly_id)
        SELECT %(company)s, %(name)s || 'q', id FROM spare_assembly RETURNING id
    ), lot AS (
        INSERT INTO factory.lots (company_id, code, material_id, state, supplier_lot)
        SELECT %(company)s, %(name)s || 'L' || n, %(material)s, CASE n WHEN 3 THEN 'quarantine' ELSE 'released' END,
               %(name)s
        FROM generate_series(1, 3) AS n RETURNING id, code
    ), moved AS (
        INSERT INTO factory.movements (company_id, lot_id, location_id, quantity, kind, at, user_id, user_name)
        SELECT %(company)s, l.id, p.id, 8, 'receive', '2026-01-01', 0, 'tests'
        FROM lot AS l, unnest(%(places)s::bigint[]) AS p(id) RETURNING id
    )
    SELECT (SELECT id FROM project) AS project, (SELECT id FROM work_order) AS work_order,
           (SELECT id FROM spare) AS spare, (SELECT id FROM spare_assembly) AS spare_assembly,
           (SELECT id FROM spare_piece) AS spare_piece,
           (SELECT json_agg(json_build_array(id, barcode) ORDER BY id) FROM piece) AS pieces,
           (SELECT json_agg(json_build_array(id, code) ORDER BY id) FROM lot) AS lots"""


def clock() -> datetime:
    """The time of the task that asks: each company has its own, so that what is called at once has one time."""
    return START + timedelta(seconds=STEP.get())


@dataclass
class Shop:
    """A company in which cases run one after the other: who is there, and what its cases share."""

    app: InProcess
    company: Any
    sawyer: Headers
    welder: Headers
    manager: Headers
    admin: Headers
    boss: Headers
    key: Headers
    stranger: Headers
    """A manager of another company: gets nothing here."""
    routing: int
    article: int
    material: int
    places: list[int]
    reason: str
    stations: list[int]
    seen: Counter[str] = field(default_factory=Counter)
    """How often each call had which answer."""
