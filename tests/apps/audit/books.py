"""Ledgers with the lines that a test wants, written past the import."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg

from tests.apps.audit.world import API, World, done
from tests.contract.shop import made, unique

FIRST_DAY = date(2025, 1, 1)
SHA256 = "ab" * 32
ADD_EVIDENCE = """
    WITH document AS (
        INSERT INTO audit.evidence (engagement_id, number, title)
        SELECT %(engagement)s, coalesce(max(number), 0) + 1, 'Books' FROM audit.evidence
        WHERE engagement_id = %(engagement)s RETURNING id
    ), version AS (
        INSERT INTO audit.evidence_versions (evidence_id, number, file_id, name, media_type, size, sha256, received_by,
                                             received_from)
        SELECT id, 1, gen_random_uuid(), 'books.csv', 'text/csv', 1, %(sha256)s, %(user)s, '' FROM document
        RETURNING id
    )
    INSERT INTO audit.ledgers (engagement_id, evidence_version_id, name, kind, format, imported_by, currency)
    SELECT %(engagement)s, id, %(name)s, %(kind)s, 'csv', %(user)s, 'EUR' FROM version RETURNING id"""
PLAN: dict[str, Any] = {
    "method": "attribute", "size": 1, "expected_deviations": 0, "distribution": "binomial", "formula": "f",
    "inputs": {"risk": 0.05, "tolerable": 0.05, "expected": 0.0, "population_size": 1},
}  # fmt: skip
PARAMETERS = {
    "left_accounts": None, "right_accounts": None, "opposite_signs": False, "compare_references": True,
    "tolerance": 0.0, "days": 5,
}  # fmt: skip
_SIDE = {
    "lines": 1, "total": 1.0, "matched_lines": 0, "matched_total": 0.0, "unmatched_lines": 1, "unmatched_total": 1.0,
}  # fmt: skip
SUMMARY: dict[str, Any] = {
    "left": _SIDE, "right": _SIDE, "matches": {"exact": 0, "one_to_many": 0, "tolerance": 0}, "difference": 0.0,
    "within_tolerance": 0.0, "all_sums_tried": True,
}  # fmt: skip
"""What is stored of a sample's plan and of a reconciliation."""

_numbers = count(1)


def ledger(
    world: World, lines: Iterable[Sequence[Any]], *, kind: str = "general", engagement_id: int | None = None
) -> int:
    """A ledger that is imported, of lines (amount, day of the year from 0, account, reference, journal).

    What is left out at the end is 0, `4000`, empty and `GJ`. Each line has an entry of its own. Answers its id.
    """
    values = {
        "engagement": engagement_id or world.id, "user": world.auditor.user_id, "sha256": SHA256,
        "name": unique("Ledger"), "kind": kind,
    }  # fmt: skip
    with psycopg.connect(world.url) as connection:
        (ledger_id,) = connection.execute(ADD_EVIDENCE, values).fetchone() or (0,)
        rows = [_full(*line) for line in lines]
        with connection.cursor() as cursor:
            with cursor.copy(
                "COPY audit.entries (ledger_id, position, number, journal, posted_on, description) FROM STDIN"
            ) as copy:
                for number, (_, day, _, _, journal) in enumerate(rows, start=1):
                    posted = None if day is None else FIRST_DAY + timedelta(days=day)
                    copy.write_row((ledger_id, number, f"E{number}", journal, posted, "Of the test"))
            with cursor.copy(
                "COPY audit.lines (ledger_id, position, entry, account, amount, reference) FROM STDIN"
            ) as copy:
                for number, (amount, _, account, reference, _) in enumerate(rows, start=1):
                    copy.write_row((ledger_id, number, number, account, amount, reference))
        connection.execute("UPDATE audit.ledgers SET state = 'imported' WHERE id = %s", [ledger_id])
    return int(ledger_id)


def _full(
    amount: str | Decimal, day: int | None = 0, account: str = "4000", reference: str = "", journal: str = "GJ"
) -> tuple[Decimal, int | None, str, str, str]:
    return Decimal(amount), day, account, reference, journal


def population(world: World, source: int, *, is_frozen: bool = True, **filter: Any) -> dict[str, Any]:
    """A population of a ledger, which is frozen."""
    body = {"source": source, "name": f"Population {next(_numbers)}", "filter": filter}
    found = made(world.auditor.client.post(f"{API}/populations", json=body))
    if not is_frozen:
        return found
    return done(world.auditor.client.post(f"{API}/populations/{found['id']}/freeze"))


def sample(world: World, population: dict[str, Any], *, seed: str | None = None, **values: Any) -> dict[str, Any]:
    """A sample of a population: by attributes, 5 % risk, 5 % tolerable. Drawn, where a seed is given."""
    body = {
        "population_id": population["id"], "name": f"Sample {next(_numbers)}", "method": "attribute", "risk": 0.05,
        "tolerable": 0.05, **values,
    }  # fmt: skip
    path = f"{API}/engagements/{population['engagement_id']}/samples"
    found = made(world.auditor.client.post(path, json=body))
    if seed is None:
        return found
    return done(world.auditor.client.post(f"{API}/samples/{found['id']}/select", json={"seed": seed}))


def all_of(world: World, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    items: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_cursor": None}
    while page["next_cursor"] or not items:
        more = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = done(world.auditor.client.get(f"{API}{path}", params={"limit": 100, **params, **more}))
        items += page["items"]
        if not page["items"]:
            break
    assert page["total"] == len(items)
    return items
