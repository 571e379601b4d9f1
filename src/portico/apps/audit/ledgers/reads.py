"""Ledgers as they are shown."""

from typing import Any, LiteralString

from portico.apps.audit.engagements.standing import INSIDE
from portico.apps.audit.evidence import reads as evidence
from portico.apps.audit.permissions import Access
from portico.apps.audit.users.reads import person
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first
from portico.kernel.paging import seal, unseal

COLUMNS: LiteralString = f"""
    l.id, l.engagement_id, l.evidence_version_id, l.name, l.kind, l.format, l.financial_year, l.currency, l.state,
    l.reason, l.declared, l.computed, {person("u")} AS imported_by, l.created_at, l.imported_at"""
FROM: LiteralString = "FROM audit.ledgers AS l JOIN audit.users AS u ON u.id = l.imported_by"
ONE = f"SELECT {COLUMNS} {FROM} WHERE l.id = %(id)s AND {INSIDE.format(of='l.engagement_id')}"
OF_ENGAGEMENT: LiteralString = "l.engagement_id = %(engagement)s AND (%(kind)s::text IS NULL OR l.kind = %(kind)s)"
PART = f"SELECT {COLUMNS} {FROM} WHERE {OF_ENGAGEMENT} AND l.id < %(before)s ORDER BY l.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM audit.ledgers AS l WHERE {OF_ENGAGEMENT}"
ORDER = """
    SELECT l.id, l.engagement_id, l.kind, l.mapping, l.state, l.imported_by, e.state AS engagement_state
    FROM audit.ledgers AS l JOIN audit.engagements AS e ON e.id = l.engagement_id WHERE l.id = %(id)s"""
FILE = f"""{evidence.VERSION} WHERE v.id = (SELECT evidence_version_id FROM audit.ledgers WHERE id = %(id)s)"""

ACCOUNTS = """
    SELECT a.code, a.name, a.opening, a.closing, a.opening + coalesce(m.balance, 0) AS computed,
           coalesce(m.debit, 0) AS debit, coalesce(m.credit, 0) AS credit, coalesce(m.lines, 0) AS lines
    FROM audit.accounts AS a
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS balance, sum(greatest(amount, 0)) AS debit, -sum(least(amount, 0)) AS credit,
               count(*) AS lines
        FROM audit.lines AS n WHERE n.ledger_id = a.ledger_id AND n.account = a.code) AS m ON true
    WHERE a.ledger_id = %(id)s AND a.code > %(after)s ORDER BY a.code LIMIT %(limit)s"""
ENTRIES = """
    SELECT e.position, e.journal, e.number, e.period, e.posted_on, e.document_date, e.entered_on, e.poster, e.approver,
           e.description
    FROM audit.entries AS e
    WHERE e.ledger_id = %(id)s AND e.position > %(after)s
      AND (%(journal)s::text IS NULL OR e.journal = %(journal)s)
      AND (%(number)s::text IS NULL OR e.number = %(number)s)
      AND (%(account)s::text IS NULL OR EXISTS (
          SELECT FROM audit.lines AS n
          WHERE n.ledger_id = e.ledger_id AND n.entry = e.position AND n.account = %(account)s))
      AND (%(digits)s::text IS NULL OR EXISTS (
          SELECT FROM audit.lines AS n
          WHERE n.ledger_id = e.ledger_id AND n.entry = e.position AND n.amount >= 10
            AND starts_with(n.amount::text, %(digits)s)))
    ORDER BY e.position LIMIT %(limit)s"""
LINES_OF = """
    SELECT n.entry, n.position, n.account, coalesce(a.name, '') AS account_name, n.amount, n.description, n.reference,
           n.party
    FROM audit.lines AS n LEFT JOIN audit.accounts AS a ON a.ledger_id = n.ledger_id AND a.code = n.account
    WHERE n.ledger_id = %(id)s AND n.entry = ANY(%(entries)s) ORDER BY n.position"""

NUMBERED: LiteralString = "number NOT LIKE '(line %%)'"
"""SQL: an entry that has a number of the client's. Where a row has none, it is called after its line."""


async def ledger(connection: Connection, access: Access, ledger_id: int) -> Row | None:
    """A ledger of an engagement in whose team the caller is."""
    return await fetch_one(connection, ONE, {"id": ledger_id, "me": access.user_id})


async def ledgers(
    connection: Connection, engagement_id: int, *, kind: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The ledgers of an engagement that the caller has looked into, the newest first."""
    params = {"engagement": engagement_id, "kind": kind}
    return await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)


async def order(connection: Connection, ledger_id: int) -> Row | None:
    """What an import has to know of a ledger."""
    return await fetch_one(connection, ORDER, {"id": ledger_id})


async def file(connection: Connection, ledger_id: int) -> Row | None:
    """The version of evidence that a ledger is read from."""
    return await fetch_one(connection, FILE, {"id": ledger_id})


async def accounts(connection: Connection, ledger_id: int, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """Accounts by their codes, with what was booked on them."""
    after = unseal(cursor, str)[0] if cursor else ""
    rows = await fetch_all(connection, ACCOUNTS, {"id": ledger_id, "after": after, "limit": limit})
    return {"items": rows, "next_cursor": seal(rows[-1]["code"]) if len(rows) == limit else None}


async def entries(
    connection: Connection, ledger_id: int, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Entries with their lines, as they stand in the file.

    `filters`: `journal`, `number`, `account`, and `digits` that a debit of at least 10 begins with; None for any.
    """
    after = unseal(cursor, int)[0] if cursor else 0
    rows = await fetch_all(connection, ENTRIES, {"id": ledger_id, "after": after, "limit": limit, **filters})
    found = await _with_lines(connection, ledger_id, rows)
    return {"items": found, "next_cursor": seal(rows[-1]["position"]) if len(rows) == limit else None}


async def _with_lines(connection: Connection, ledger_id: int, rows: list[Row]) -> list[Row]:
    """Entries with their lines below them. One statement, however many they are."""
    by_entry: dict[int, list[Row]] = {row["position"]: [] for row in rows}
    for line in await fetch_all(connection, LINES_OF, {"id": ledger_id, "entries": list(by_entry)}):
        by_entry[line.pop("entry")].append(line)
    return [{**row, "lines": by_entry[row["position"]], **_sums(by_entry[row["position"]])} for row in rows]


def _sums(lines: list[Row]) -> dict[str, Any]:
    amounts = [line["amount"] for line in lines]
    return {"debit": sum(amount for amount in amounts if amount > 0), "balance": sum(amounts)}
