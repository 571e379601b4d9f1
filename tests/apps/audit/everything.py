"""Rows of every table of engagements, found in the catalogue: what is added later is among them by itself.

They go past references, triggers and rights, so that any noun can be put into any state, whichever part makes it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.apps.audit import books
from tests.apps.audit.world import World

COLUMNS = """
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
        pg_get_expr(d.adbin, d.adrelid) AS said,
        (SELECT k.confrelid::regclass::text FROM pg_constraint AS k
         WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1) AS refers_to,
        (SELECT substring(pg_get_constraintdef(k.oid) FROM '''([^'']*)''') FROM pg_constraint AS k
         WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] LIMIT 1) AS allowed
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind = 'r' AND a.attnotnull AND a.attgenerated = ''
    ORDER BY c.relname, a.attnum"""
GO_ON = "SELECT setval(name, %s) FROM pg_get_serial_sequence(%s, 'id') AS name"
PEOPLE_AND_PLACES = {"users", "sessions", "clients", "engagements", "members", "additions"}
"""What a world has already, or what only an archived engagement has."""
OF_THE_FIRM = {"frameworks", "requirements", "mappings"}
"""What is of no engagement."""

DOCUMENTS: dict[tuple[str, str], Any] = {
    ("matches", "left_lines"): [1],
    ("matches", "right_lines"): [1],
    ("reconciliations", "parameters"): books.PARAMETERS,
    ("reconciliations", "summary"): books.SUMMARY,
    ("samples", "plan"): books.PLAN,
}
"""What has to stand in columns of JSON."""
FROZEN: dict[str, Any] = {"state": "frozen", "hash": "0" * 64, "count": 1, "value": 1}
"""What a population is that samples were drawn from."""

_numbers = count(10_000, 1000)
"""What is numbered in an engagement goes on behind the last one: there is room between them."""
AFTER_ALL = 100_000_000
"""From here on the database counts by itself."""


@dataclass(frozen=True)
class Place:
    """Where rows are, and who is said to have made them."""

    engagement_id: int
    client_id: int
    user_id: int


def place_of(world: World) -> Place:
    return Place(world.id, world.company["id"], world.auditor.user_id)


def tables(url: str) -> list[str]:
    """All tables of this app but those which `fill` leaves alone."""
    return [each for each in columns_of(url) if each not in PEOPLE_AND_PLACES]


def fill(url: str, place: Place, *, number: int, mark: str, but: Collection[str] = ()) -> None:
    """A row with this number for an id, and this mark in every text, in each table."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in set(tables(url)).difference(but):
            _insert(connection, url, table, place, number, mark, {})
            if any(each["name"] == "id" for each in columns_of(url)[table]):
                connection.execute(GO_ON, [AFTER_ALL, f"audit.{table}"])


def add(url: str, place: Place, table: str, *, mark: str = "made", belongs_to: int = 1, **values: Any) -> int:
    """One more row, with these values, whose references are to the rows of a fill. Answers its id."""
    number = next(_numbers)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        kinds = {each["name"]: each for each in columns_of(url)[table]}
        own = {name: number for name in ("id", "number") if name in kinds}
        code = {"code": f"{mark}-{number}"} if "code" in kinds else {}
        _insert(connection, url, table, place, belongs_to, mark, own | code | values)
    return number


def past_rules(url: str, query: str, **values: Any) -> None:
    """Write what no rule of the database would let one write."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(query.encode(), values)


def _insert(
    connection: psycopg.Connection, url: str, table: str, place: Place, number: int, mark: str, given: dict[str, Any]
) -> None:
    columns = {each["name"]: each for each in columns_of(url)[table]}
    values = {name: value_of(each, place, number, mark) for name, each in columns.items()}
    values |= (FROZEN if table == "populations" else {}) | given
    for name, value in values.items():
        if isinstance(value, dict) or columns.get(name, {}).get("type") == "jsonb":
            values[name] = Jsonb(value)
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier("audit", table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        ),
        values,
    )


@cache
def columns_of(url: str) -> dict[str, list[dict[str, Any]]]:
    """From each table to its columns that must not be null."""
    found: dict[str, list[dict[str, Any]]] = {}
    with psycopg.connect(url, row_factory=dict_row) as connection:
        for column in connection.execute(COLUMNS):
            found.setdefault(column["table"], []).append(column)
    return found


def value_of(column: dict[str, Any], place: Place, number: int, mark: str) -> Any:
    name, kind = column["name"], column["type"]
    known = {
        "audit.users": place.user_id, "audit.engagements": place.engagement_id, "audit.clients": place.client_id,
    }.get(column["refers_to"] or "")  # fmt: skip
    if known is not None:
        return known
    if kind == "bigint":
        return number
    if kind == "text":
        return column["allowed"] or f"{mark}-{name}"
    if kind == "integer":
        return number if name == "number" else 1
    if kind == "jsonb":
        if (column["table"], name) in DOCUMENTS:
            return DOCUMENTS[column["table"], name]
        return [] if (column["said"] or "").startswith("'[]'") else {}
    if kind.startswith("vector"):
        return str([1.0] * int(kind.partition("(")[2].rstrip(")")))
    simple: dict[str, Any] = {
        "uuid": uuid4(), "boolean": False, "bytea": mark.encode(), "date": "2025-06-30", "tsvector": mark,
        "timestamp with time zone": "2025-06-30T00:00Z", "double precision": 1.0, "bigint[]": [],
    }  # fmt: skip
    return 1 if kind.startswith("numeric") else simple[kind]
