"""What tables hold, as a number of rows and a hash each: equal on two servers if and only if the rows are.

The hash adds up one of each row, so that the order of rows, which differs between collations, plays no part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

# How values become text, whatever the server or the user would choose.
_TEXT = (
    "SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';"
    "SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = on;"
    "SET LOCAL statement_timeout = 0; SET LOCAL search_path = pg_catalog"
)
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = ANY(%s) ORDER BY 1, 2"""

# Of those with row-level security that holds for this user, the ones without a policy that shows it every row.
_HIDDEN = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY(%s) AND row_security_active(c.oid)
        AND NOT EXISTS (
            SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polpermissive
                AND pg_get_expr(p.polqual, p.polrelid) = 'true'
                AND (0 = ANY(p.polroles) OR EXISTS (SELECT FROM unnest(p.polroles) r WHERE pg_has_role(r, 'USAGE'))))
    ORDER BY 1"""

# MD5 is in every version of the server and means the same in all of them. Against accidents it is good enough:
# two sums of 60 bits each; the archive itself carries SHA-256.
_DIGEST = """
    SELECT count(*), coalesce(sum(('x' || left(h, 15))::bit(60)::bigint), 0) || '-' ||
        coalesce(sum(('x' || right(h, 15))::bit(60)::bigint), 0)
    FROM (SELECT md5(t::text) AS h FROM {table} AS t) AS rows"""


@dataclass(frozen=True)
class Digest:
    rows: int
    hash: str


def digests(connection: psycopg.Connection[Any], schemas: Sequence[str]) -> dict[str, Digest]:
    """Every table of the schemas, in the connection's open transaction.

    Sequences are left out: they stand outside of any snapshot.
    """
    connection.execute(_TEXT)
    found = {}
    for schema, name in connection.execute(_TABLES, [list(schemas)]).fetchall():
        query = sql.SQL(_DIGEST).format(table=sql.Identifier(schema, name))
        rows, value = connection.execute(query).fetchone() or (0, "")
        found[f"{schema}.{name}"] = Digest(rows, value)
    return found


def hidden_tables(connection: psycopg.Connection[Any], schemas: Sequence[str]) -> list[str]:
    """Those of which the connection's user does not see all rows: what it read of them would look complete."""
    return [name for (name,) in connection.execute(_HIDDEN, [list(schemas)]).fetchall()]


def differences(expected: Mapping[str, Digest], found: Mapping[str, Digest]) -> list[str]:
    """The names of what is missing, too much, or different."""
    return sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
