"""One row of a company in every table there is, found in the catalogue: what is added later is among them by itself."""

from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.apps.factory.world import QUICK_PIN_HASH
from tests.contract.shop import QUICK_HASH

COLUMNS = """
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS needed,
        a.attgenerated <> '' AS computed,
        (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d
         WHERE d.adrelid = c.oid AND d.adnum = a.attnum) AS said,
        (SELECT substring(pg_get_constraintdef(k.oid) FROM '''([^'']*)''') FROM pg_constraint AS k
         WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] LIMIT 1) AS allowed
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'factory'::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum"""

ABSENT: dict[str, set[str]] = {
    "inspections": {"piece_id", "operation_id"},
    "movements": {"reverses_id"},
    "nonconformances": {"disposition"},
    "reports": {"reverses_id"},
}
"""Columns that a rule of their table wants empty beside the others."""
OTHER: dict[str, dict[str, Any]] = {
    "consumptions": {"issued": 4},
    "cut_bars": {"cuts": Jsonb([])},
    "cut_plans": {
        "stock": Jsonb([]),
        "summary": Jsonb(
            dict.fromkeys(
                (
                    "bars",
                    "pieces",
                    "material",
                    "yield_percent",
                    "gap_percent",
                    "cut_length",
                    "remnants",
                    "waste",
                    "bound",
                ),
                1,
            )
        ),
    },
    "downtimes": {"ends_at": "2026-01-02T00:00Z"},
    "genealogy": {"child_id": 1},
    "shifts": {"ends_at": "2026-01-02T00:00Z"},
    "users": {"role": "Operator", "pwd_hash": QUICK_HASH, "pin_hash": QUICK_PIN_HASH},
}
"""What a rule of their table wants to differ."""


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'factory' ORDER BY tablename")
        return [name for (name,) in found]


def fill(url: str, company: UUID, *, number: int, mark: str) -> None:
    """A row with this id, and this mark in every text, in each table. Past policies, references and triggers."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute("SET session_replication_role = replica")
        columns: dict[str, list[dict[str, Any]]] = {}
        for column in connection.execute(COLUMNS):
            columns.setdefault(column["table"], []).append(column)
        for table, those in columns.items():
            if table == "companies":
                continue
            absent = {"deleted_at"} | ABSENT.get(table, set())
            wanted = [each for each in those if not each["computed"] and each["name"] not in absent]
            values = {each["name"]: _value(each, company, number, mark) for each in wanted} | OTHER.get(table, {})
            connection.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier("factory", table),
                    sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(map(sql.Placeholder, values)),
                ),
                values,
            )


def refill(url: str, company: UUID, *, number: int, mark: str) -> None:
    """As `fill`, in the place of what was made of it. The people of the company, their sessions and keys stay."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in set(tables(url)) - {"companies"}:
            person = {"users": "id", "sessions": "user_id", "api_keys": "user_id"}.get(table)
            query = sql.SQL("DELETE FROM {} WHERE company_id = %s").format(sql.Identifier("factory", table))
            only = sql.SQL(" AND {} = {}").format(sql.Identifier(person), number) if person else sql.SQL("")
            connection.execute(query + only, [company])
        connection.execute("UPDATE factory.sessions SET ended_at = NULL WHERE company_id = %s", [company])
    fill(url, company, number=number, mark=mark)


def _value(column: dict[str, Any], company: UUID, number: int, mark: str) -> Any:
    name, kind = column["name"], column["type"]
    if name == "company_id":
        return company
    if kind == "bigint":
        return number
    if kind == "text":
        return column["allowed"] or f"{mark}-{name}"
    unlike = uuid5(company, f"{column['table']} {name}")  # all others, and the same one when the row is made again
    known: dict[str, Any] = {
        "uuid": unlike, "integer": 1, "smallint": 1, "boolean": True, "bytea": unlike.bytes, "jsonb": Jsonb({}),
        "text[]": ["sync:read"], "date": "2026-01-01", "timestamp with time zone": "2026-01-01T00:00Z",
        "time without time zone": "06:00", "integer[]": [1], "bigint[]": [number], "double precision": 1.0,
    }  # fmt: skip
    if kind == "jsonb" and (column["said"] or "").startswith("'[]'"):
        return Jsonb([])
    return 1 if kind.startswith("numeric") else known[kind]
