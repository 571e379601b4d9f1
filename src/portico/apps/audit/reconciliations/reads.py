"""Reconciliations as they are shown, and the lines that they compare."""

from collections.abc import AsyncIterator
from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.populations.lines import LINE
from portico.apps.audit.positions import by_position
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

ENTRY = """
    SELECT number, posted_on, journal, description FROM audit.entries
    WHERE ledger_id = l.ledger_id AND position = l.entry LIMIT 1"""
"""SQL: the one entry of the line `l`. By its limit PostgreSQL knows that it is one, and looks it up by its key."""


def _ledger(alias: LiteralString) -> LiteralString:
    return f"""json_build_object('id', {alias}.id, 'name', {alias}.name, 'kind', {alias}.kind,
                                 'currency', {alias}.currency)"""


def _lines(side: LiteralString) -> LiteralString:
    """SQL: the lines of one side of a match, in the order of the ledger."""
    return f"""(
        SELECT json_agg(json_build_object(
            'line', l.position, 'entry', e.number, 'posted_on', e.posted_on, 'account', l.account, 'amount', l.amount,
            'description', coalesce(nullif(l.description, ''), e.description), 'reference', l.reference)
            ORDER BY l.position)
        FROM jsonb_array_elements_text(m.{side}_lines) AS n (line)
        JOIN audit.lines AS l ON l.ledger_id = r.{side}_ledger_id AND l.position = n.line::integer
        CROSS JOIN LATERAL ({ENTRY}) AS e)"""


def _unmatched(side: LiteralString) -> LiteralString:
    return f"""
        SELECT l.position, {LINE} FROM (
            SELECT f.* FROM audit.reconciliations AS r JOIN audit.lines AS f ON f.ledger_id = r.{side}_ledger_id
            WHERE r.id = %(id)s AND f.position > %(after)s
              AND (r.parameters ->> '{side}_accounts' IS NULL OR r.parameters -> '{side}_accounts' ? f.account)
              AND f.position NOT IN (
                SELECT n.line::integer FROM audit.matches AS m, jsonb_array_elements_text(m.{side}_lines) AS n (line)
                WHERE m.reconciliation_id = %(id)s)
            ORDER BY f.position LIMIT %(limit)s) AS l
        CROSS JOIN LATERAL ({ENTRY}) AS e ORDER BY l.position"""


RECONCILIATION = f"""
    SELECT r.id, r.engagement_id, r.kind, {_ledger("a")} AS left, {_ledger("b")} AS right, r.parameters, r.summary,
           {person("u")} AS made_by, r.made_at
    FROM audit.reconciliations AS r JOIN audit.ledgers AS a ON a.id = r.left_ledger_id
    JOIN audit.ledgers AS b ON b.id = r.right_ledger_id JOIN audit.users AS u ON u.id = r.made_by"""
ONE = f"{RECONCILIATION} WHERE r.id = %(id)s AND {INSIDE.format(of='r.engagement_id')}"
MATCHING = "r.engagement_id = %(engagement)s AND (%(kind)s::text IS NULL OR r.kind = %(kind)s)"
PART = f"{RECONCILIATION} WHERE {MATCHING} AND r.id < %(before)s ORDER BY r.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.reconciliations AS r WHERE {MATCHING}"
OF_RULE = "m.reconciliation_id = %(id)s AND (%(rule)s::text IS NULL OR m.rule = %(rule)s)"
MATCHES = f"""
    SELECT m.position, m.rule, m.why, {_lines("left")} AS left, {_lines("right")} AS right, m.difference
    FROM audit.matches AS m JOIN audit.reconciliations AS r ON r.id = m.reconciliation_id
    WHERE {OF_RULE} AND m.position > %(after)s ORDER BY m.position LIMIT %(limit)s"""
MATCH_COUNT = f"SELECT count(*) AS total FROM audit.matches AS m WHERE {OF_RULE}"
UNMATCHED = {"left": _unmatched("left"), "right": _unmatched("right")}
UNMATCHED_COUNT = """
    SELECT (summary -> %(side)s ->> 'unmatched_lines')::integer AS total FROM audit.reconciliations
    WHERE id = %(id)s"""
IMPORTED = """
    SELECT id FROM audit.ledgers WHERE id = %(id)s AND engagement_id = %(engagement)s AND state = 'imported'"""
TO_COMPARE = """
    SELECT l.position, (l.amount * 100)::bigint AS cents,
           coalesce(e.posted_on, e.document_date) - date '2000-01-01' AS day, l.reference
    FROM audit.lines AS l JOIN audit.entries AS e ON e.ledger_id = l.ledger_id AND e.position = l.entry
    WHERE l.ledger_id = %(ledger)s AND l.position > %(after)s
      AND (%(accounts)s::text[] IS NULL OR l.account = ANY (%(accounts)s))
    ORDER BY l.position LIMIT 2000"""
"""So few at once that the loop is busy with them for a few milliseconds."""


async def reconciliation(connection: Connection, user_id: int, reconciliation_id: int) -> Row | None:
    """One reconciliation, for who is of its engagement's team."""
    return await fetch_one(connection, ONE, {"id": reconciliation_id, "me": user_id})


async def reconciliations(
    connection: Connection, engagement_id: int, *, kind: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first."""
    params = {"engagement": engagement_id, "kind": kind}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def matches(
    connection: Connection, reconciliation_id: int, *, rule: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """What was matched, with the lines, in the order in which it was found."""
    params = {"id": reconciliation_id, "rule": rule}
    return await by_position(connection, part=MATCHES, count=MATCH_COUNT, params=params, limit=limit, cursor=cursor)


async def unmatched(
    connection: Connection, reconciliation_id: int, *, side: str, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The lines of one side that remain, in the order of the ledger."""
    params = {"id": reconciliation_id, "side": side}
    part = UNMATCHED[side]
    return await by_position(connection, part=part, count=UNMATCHED_COUNT, params=params, limit=limit, cursor=cursor)


async def is_imported(connection: Connection, engagement_id: int, ledger_id: int) -> bool:
    """Whether there is such a ledger in the engagement, with its lines."""
    return await fetch_one(connection, IMPORTED, {"id": ledger_id, "engagement": engagement_id}) is not None


async def to_compare(connection: Connection, ledger_id: int, accounts: list[str] | None) -> AsyncIterator[Row]:
    """The lines of a ledger on these accounts, or all."""
    after = 0
    while True:
        params = {"ledger": ledger_id, "accounts": accounts, "after": after}
        rows = await fetch_all(connection, TO_COMPARE, params)
        for row in rows:
            yield row
        if not rows:
            return
        after = rows[-1]["position"]
