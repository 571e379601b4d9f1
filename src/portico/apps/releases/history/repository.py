"""The write side of the sample year: whole tables at a time.

It knows the tables and not the models, since those belong to nouns that write one aggregate for one caller.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg import sql
from psycopg.types.json import Json, Jsonb

from portico.apps.releases.history.cast import Person
from portico.apps.releases.history.rows import Rows, Table
from portico.kernel.database import Connection, fetch_all, fetch_one

# In the order in which they refer to each other.
TABLES = (
    "teams", "team_members", "groups", "group_members", "environments", "lifecycles", "phases", "phase_environments",
    "services", "approval_rules", "freezes", "runbooks", "releases", "changes", "gates", "defects", "deployments",
    "incidents", "status_changes", "stages", "approvals", "freeze_overrides",
)  # fmt: skip
LINKED = ("team_members", "group_members", "phase_environments", "changes", "stages")
"""Tables whose rows have no id."""

IS_EMPTY = """
    SELECT NOT EXISTS (SELECT FROM releases.teams) AND NOT EXISTS (SELECT FROM releases.groups)
        AND NOT EXISTS (SELECT FROM releases.environments) AND NOT EXISTS (SELECT FROM releases.lifecycles)
        AND NOT EXISTS (SELECT FROM releases.freezes) AND NOT EXISTS (SELECT FROM releases.runbooks) AS is_empty"""
ADD_PEOPLE = """
    INSERT INTO releases.users (email, username, full_name, role, pwd_hash)
    SELECT email, username, full_name, role, CASE WHEN role <> 'pipeline' THEN %(pwd_hash)s END
    FROM json_to_recordset(%(rows)s) AS given (email text, username text, full_name text, role text)
    ON CONFLICT DO NOTHING"""
FIND_PEOPLE = "SELECT lower(username) AS username, id FROM releases.users WHERE lower(username) = ANY (%(names)s)"
# A release's changes are written while it is a draft: the database lets nobody touch them later.
SEAL = """
    UPDATE releases.releases r
    SET state = given.state, content_hash = given.content_hash, published_by = given.published_by,
        published_at = given.published_at
    FROM json_to_recordset(%(rows)s) AS given (
        id bigint, state text, content_hash text, published_by bigint, published_at timestamptz
    ) WHERE r.id = given.id"""
LINK_INCIDENTS = """
    UPDATE releases.deployments d SET incident_id = given.incident_id
    FROM json_to_recordset(%(rows)s) AS given (id bigint, incident_id bigint) WHERE d.id = given.id"""
NUMBER_ON = """
    SELECT setval(pg_get_serial_sequence({name}, 'id'), (SELECT coalesce(max(id), 1) FROM {table}),
        EXISTS (SELECT FROM {table}))"""
EMPTY: tuple[LiteralString, ...] = (
    # As the owner: what the application may never do is for an operator's command alone.
    "SET LOCAL ROLE NONE",
    "TRUNCATE releases.users, releases.groups, releases.teams, releases.environments, releases.lifecycles"
    " RESTART IDENTITY CASCADE",
    "RESET ROLE",
    "DELETE FROM portico.idempotency_keys WHERE app = 'releases'",
)
COUNTS = """
    SELECT (SELECT count(*) FROM releases.users) AS users, (SELECT count(*) FROM releases.teams) AS teams,
        (SELECT count(*) FROM releases.services) AS services, (SELECT count(*) FROM releases.releases) AS releases,
        (SELECT count(*) FROM releases.deployments) AS deployments,
        (SELECT count(*) FROM releases.incidents) AS incidents"""


class HistoryRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """By the database's clock, in UTC."""
        [found] = await fetch_all(self._connection, "SELECT now() AS now")
        now: datetime = found["now"].astimezone(UTC)
        return now

    async def empty(self) -> None:
        """Remove everything, published releases and logs included. The event log stays, as it does with all apps."""
        for statement in EMPTY:
            await self._connection.execute(statement)

    async def is_empty(self) -> bool:
        found = await fetch_one(self._connection, IS_EMPTY)
        return found is not None and found["is_empty"]

    async def put_people(self, people: Sequence[Person], pwd_hash: str) -> dict[str, int]:
        """Add the accounts that are missing; answers the ids of all by their usernames."""
        rows = [
            {"email": one.email, "username": one.username, "full_name": one.full_name, "role": one.role}
            for one in people
        ]
        await self._connection.execute(ADD_PEOPLE, {"rows": Json(rows), "pwd_hash": pwd_hash})
        found = await fetch_all(self._connection, FIND_PEOPLE, {"names": [one.username for one in people]})
        return {row["username"]: row["id"] for row in found}

    async def write(self, rows: Rows) -> None:
        for name in TABLES:
            await self._copy(name, rows.tables[name])
        for statement, given in ((SEAL, rows.seals), (LINK_INCIDENTS, rows.causes)):
            await self._connection.execute(statement, {"rows": Json(given)})
        for name in TABLES:
            if name not in LINKED:
                table = sql.Identifier("releases", name)
                await self._connection.execute(
                    sql.SQL(NUMBER_ON).format(name=sql.Literal(f"releases.{name}"), table=table)
                )

    async def counts(self) -> dict[str, int]:
        return await fetch_one(self._connection, COUNTS) or {}

    async def _copy(self, name: str, table: Table) -> None:
        if not table:
            return
        columns = sql.SQL(", ").join(map(sql.Identifier, table[0]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier("releases", name), columns)
        async with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in table:
                await copy.write_row([_adapted(value) for value in row.values()])


def _adapted(value: Any) -> Any:
    """Lists of objects are JSON, other lists are arrays."""
    return Jsonb(value) if isinstance(value, list) and value and isinstance(value[0], dict) else value
