"""The write side of the sample data: whole tables at a time.

It knows the tables and not the models, since those belong to nouns that write one aggregate for one caller.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import sql

from portico.apps.factory.sample.cast import Person
from portico.apps.factory.sample.rows import Rows, Table
from portico.kernel.database import Connection, fetch_all, fetch_one
from portico.kernel.tenancy import enter

# In the order in which they refer to each other. The first ones have ids.
NUMBERED = (
    "workstations", "locations", "materials", "articles", "scrap_reasons", "projects", "components", "assemblies",
    "routings", "work_orders", "operations", "operation_runs", "lots", "pieces", "reports", "shipments", "movements",
    "blocks", "inspections", "nonconformances", "cut_plans", "shifts", "downtimes", "events",
)  # fmt: skip
JOINED = ("routing_steps", "report_scrap", "consumptions", "genealogy", "shipment_lines", "cut_bars", "counters")
ORDER = (*NUMBERED[:9], "routing_steps", *NUMBERED[9:], *JOINED[1:])

LAST = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence({name}, 'id')), 0) AS last"
NUMBER_ON = "SELECT setval(pg_get_serial_sequence({name}, 'id'), {last})"
INSERT = """
    INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %(rows)s::json)"""
# Its steps are written while it is a draft: the database lets nobody touch them later.
RELEASE = "UPDATE factory.routings SET state = 'released' WHERE state = 'draft'"
COMPANY = "INSERT INTO factory.companies (id, name) VALUES (%(id)s, %(name)s) ON CONFLICT DO NOTHING RETURNING id"
PEOPLE = """
    INSERT INTO factory.users (email, username, full_name, role, guid, pwd_hash, pin_hash)
    SELECT email, email, name, role, guid, %(pwd_hash)s, CASE WHEN role = 'Operator' THEN %(pin_hash)s END
    FROM json_to_recordset(%(rows)s::json) AS given (email text, name text, role text, guid uuid)
    ON CONFLICT DO NOTHING"""
KNOWN = "SELECT email, id FROM factory.users"
EMPTY: tuple[LiteralString, ...] = (
    # As the owner: what the application may never do is for an operator's command alone.
    "SET LOCAL ROLE NONE",
    """
    DO $$
    DECLARE
        names text;
        company uuid;
    BEGIN
        SELECT string_agg(format('factory.%I', tablename), ', ') INTO names
        FROM pg_tables WHERE schemaname = 'factory' AND tablename <> 'companies';
        EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY';
        FOR company IN SELECT factory.company_ids() LOOP
            PERFORM set_config('app.tenant', company::text, true);
            DELETE FROM factory.companies
            WHERE id = company AND id <> '00000000-0000-0000-0000-000000000001';
        END LOOP;
        PERFORM set_config('app.tenant', '', true);
    END $$""",
    "RESET ROLE",
    "DELETE FROM portico.idempotency_keys WHERE app = 'factory'",
)
COUNTED = ("projects", "pieces", "work_orders", "lots", "movements")


class SampleRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """By the database's clock, in UTC."""
        found = await fetch_one(self._connection, "SELECT now() AS now")
        assert found is not None  # noqa: S101 - it always answers
        now: datetime = found["now"].astimezone(UTC)
        return now

    async def empty(self) -> None:
        """Remove everything of every company. The event log stays, as it does with all apps."""
        for statement in EMPTY:
            await self._connection.execute(statement)

    async def enter(self, company_id: UUID) -> None:
        await enter(self._connection, str(company_id))

    async def add_company(self, company_id: UUID, name: str) -> bool:
        """False where it is there already. The company is the one that was entered."""
        return await fetch_one(self._connection, COMPANY, {"id": company_id, "name": name}) is not None

    async def put_people(self, people: Sequence[Person], pwd_hash: str, pin_hash: str) -> dict[str, int]:
        """Add the accounts that are missing; answers the ids of the company's by their addresses."""
        rows = [{"email": each.email, "name": each.name, "role": each.role, "guid": each.guid} for each in people]
        params = {"rows": orjson.dumps(rows).decode(), "pwd_hash": pwd_hash, "pin_hash": pin_hash}
        await self._connection.execute(PEOPLE, params)
        return {row["email"]: row["id"] for row in await fetch_all(self._connection, KNOWN)}

    async def bases(self) -> dict[str, int]:
        """The last id of each table that has been given to anybody."""
        return {name: (await self._one(sql.SQL(LAST).format(name=_named(name))))["last"] for name in NUMBERED}

    async def write(self, rows: Rows) -> None:
        for name in ORDER:
            if rows.tables[name]:
                await self._add(name, rows.tables[name])
            if name == "routing_steps":
                await self._connection.execute(RELEASE)

    async def counts(self) -> dict[str, int]:
        """What the company has."""
        return {name: (await self._one(_counted(name)))["count"] for name in COUNTED}

    async def _add(self, name: str, table: Table) -> None:
        if "id" in table[0]:
            await self._one(sql.SQL(NUMBER_ON).format(name=_named(name), last=sql.Literal(table[-1]["id"])))
        columns = sql.SQL(", ").join(map(sql.Identifier, table[0]))
        statement = sql.SQL(INSERT).format(table=sql.Identifier("factory", name), columns=columns)
        await self._connection.execute(statement, {"rows": orjson.dumps(table, default=str).decode()})

    async def _one(self, statement: sql.Composed) -> dict[str, Any]:
        return (await fetch_all(self._connection, statement))[0]  # type: ignore[arg-type]


def _named(table: str) -> sql.Literal:
    return sql.Literal(f"factory.{table}")


def _counted(table: str) -> sql.Composed:
    return sql.SQL("SELECT count(*) AS count FROM {table}").format(table=sql.Identifier("factory", table))
