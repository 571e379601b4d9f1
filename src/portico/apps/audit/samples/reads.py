"""Samples and their items as they are shown."""

from typing import Any

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.populations.lines import LINE
from portico.apps.audit.positions import by_position
from portico.apps.audit.samples.units import HITS
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

SAMPLE = """
    SELECT s.id, s.engagement_id, s.number, s.name, s.population_id, p.hash AS population_hash, s.procedure_id,
           s.method, s.size, s.plan, s.seed, s.state, d.items, d.examined, s.evaluation, s.selected_at, s.evaluated_at,
           s.created_at, s.version
    FROM audit.samples AS s JOIN audit.populations AS p ON p.id = s.population_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS items,
               count(*) FILTER (WHERE i.is_deviation IS NOT NULL OR i.audited_amount IS NOT NULL) AS examined
        FROM audit.sample_items AS i WHERE i.sample_id = s.id) AS d"""
ONE = f"{SAMPLE} WHERE s.id = %(id)s AND {INSIDE.format(of='s.engagement_id')}"
MATCHING = """
    s.engagement_id = %(engagement)s AND (%(state)s::text IS NULL OR s.state = %(state)s)
    AND (%(procedure)s::bigint IS NULL OR s.procedure_id = %(procedure)s)"""
PART = f"{SAMPLE} WHERE {MATCHING} AND s.id < %(before)s ORDER BY s.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.samples AS s WHERE {MATCHING}"
ITEMS = f"""
    SELECT i.position, i.item, i.hits, i.is_deviation, i.audited_amount, i.note, {LINE}
    FROM audit.sample_items AS i JOIN audit.samples AS s ON s.id = i.sample_id
    JOIN audit.population_items AS f ON f.population_id = s.population_id AND f.position = i.item
    JOIN audit.populations AS p ON p.id = s.population_id
    JOIN audit.lines AS l ON l.ledger_id = p.ledger_id AND l.position = f.line
    JOIN audit.entries AS e ON e.ledger_id = l.ledger_id AND e.position = l.entry
    WHERE i.sample_id = %(id)s AND i.position > %(after)s ORDER BY i.position LIMIT %(limit)s"""
ITEM_COUNT = "SELECT count(*) AS total FROM audit.sample_items WHERE sample_id = %(id)s"
DRAWN = "SELECT item, hits FROM audit.sample_items WHERE sample_id = %(id)s ORDER BY position"
RESULTS = """
    SELECT i.position, i.amount, i.is_deviation, i.audited_amount FROM audit.sample_items AS i
    WHERE i.sample_id = %(id)s ORDER BY i.position"""
POPULATION = """
    SELECT id, state, count, value, hash FROM audit.populations
    WHERE id = %(id)s AND engagement_id = %(engagement)s"""


async def sample(connection: Connection, user_id: int, sample_id: int) -> Row | None:
    """One sample, for who is of its engagement's team."""
    return await fetch_one(connection, ONE, {"id": sample_id, "me": user_id})


async def samples(connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def items(connection: Connection, sample_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """What was drawn, with its results."""
    params = {"id": sample_id}
    return await by_position(connection, part=ITEMS, count=ITEM_COUNT, params=params, limit=limit, cursor=cursor)


async def drawn(connection: Connection, sample_id: int) -> list[Row]:
    """The items of the population that were drawn, in their order, and their hits."""
    return await fetch_all(connection, DRAWN, {"id": sample_id})


async def hit(connection: Connection, population_id: int, *, first: int, interval: int) -> list[Row]:
    """The items that monetary units hit, in the order of the population."""
    params = {"population": population_id, "first": first, "interval": interval}
    return await fetch_all(connection, HITS, params)


async def results(connection: Connection, sample_id: int) -> list[Row]:
    """What was found in each item."""
    return await fetch_all(connection, RESULTS, {"id": sample_id})


async def population_of(connection: Connection, engagement_id: int, population_id: int) -> Row | None:
    """What a sample is drawn from, for who has entered the engagement."""
    return await fetch_one(connection, POPULATION, {"id": population_id, "engagement": engagement_id})
