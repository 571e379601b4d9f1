"""Populations as they are shown, and the text that their hash is of."""

from typing import Any

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.populations.canonical import FIRST_LINES, HASHED, NEXT_LINES
from portico.apps.audit.populations.lines import FOUND, LINE, parameters
from portico.apps.audit.positions import by_position
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

POPULATION = f"""
    SELECT p.id, p.engagement_id, p.number, p.name, p.ledger_id, p.filter, p.state, p.count, p.value, p.hash,
           json_build_object('id', g.id, 'name', g.name, 'kind', g.kind, 'currency', g.currency,
                             'evidence_sha256', v.sha256) AS source,
           {person("u")} AS frozen_by, p.frozen_at, p.created_at, p.version
    FROM audit.populations AS p JOIN audit.ledgers AS g ON g.id = p.ledger_id
    JOIN audit.evidence_versions AS v ON v.id = g.evidence_version_id
    LEFT JOIN audit.users AS u ON u.id = p.frozen_by"""
ONE = f"{POPULATION} WHERE p.id = %(id)s AND {INSIDE.format(of='p.engagement_id')}"
MATCHING = "p.engagement_id = %(engagement)s AND (%(state)s::text IS NULL OR p.state = %(state)s)"
PART = f"{POPULATION} WHERE {MATCHING} AND p.id < %(before)s ORDER BY p.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.populations AS p WHERE {MATCHING}"
PREVIEW = f"""
    SELECT row_number() OVER (ORDER BY line) AS position, f.*
    FROM (SELECT {LINE} {FOUND} ORDER BY l.position LIMIT 10) AS f ORDER BY line"""
ITEM = f"""
    SELECT i.position, {LINE} FROM audit.population_items AS i
    JOIN audit.populations AS p ON p.id = i.population_id
    JOIN audit.lines AS l ON l.ledger_id = p.ledger_id AND l.position = i.line
    JOIN audit.entries AS e ON e.ledger_id = l.ledger_id AND e.position = l.entry
    WHERE i.population_id = %(id)s"""
ITEMS = f"{ITEM} AND i.position > %(after)s ORDER BY i.position LIMIT %(limit)s"
ITEM_COUNT = "SELECT count AS total FROM audit.populations WHERE id = %(id)s AND state = 'frozen'"
SOURCE = """
    SELECT engagement_id, state FROM audit.ledgers AS g WHERE id = %(id)s AND """ + INSIDE.format(of="g.engagement_id")


async def population(connection: Connection, user_id: int, population_id: int) -> Row | None:
    """One population, for who is of its engagement's team."""
    return await fetch_one(connection, ONE, {"id": population_id, "me": user_id})


async def populations(
    connection: Connection, engagement_id: int, *, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first."""
    params = {"engagement": engagement_id, "state": state}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def preview(connection: Connection, found: Row) -> list[Row]:
    """The first lines of a population. Those of a frozen one are the same: a ledger never changes."""
    return await fetch_all(connection, PREVIEW, parameters(found["ledger_id"], found["filter"]))


async def items(connection: Connection, population_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """The lines of a frozen population, in the order of its hash."""
    params = {"id": population_id}
    return await by_position(connection, part=ITEMS, count=ITEM_COUNT, params=params, limit=limit, cursor=cursor)


async def canonical(connection: Connection, population_id: int, after: int) -> Row | None:
    """The next part of the text that the hash is of, and the position it ends at; None for both at the end."""
    return await fetch_one(connection, NEXT_LINES, {"id": population_id, "after": after})


async def hash_of_items(connection: Connection, found: Row) -> str | None:
    """The hash of a population's items as they are now."""
    first = FIRST_LINES.format(evidence_sha256=found["source"]["evidence_sha256"])
    row = await fetch_one(connection, HASHED, {"id": found["id"], "first": first})
    return row["hash"] if row else None


async def source(connection: Connection, user_id: int, ledger_id: int) -> Row | None:
    """The engagement of a ledger, and its state, for who is of the team."""
    return await fetch_one(connection, SOURCE, {"id": ledger_id, "me": user_id})
