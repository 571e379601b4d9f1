"""The write side of the sample data: accounts, texts for the search, and the end of all of it.

It knows the tables and not the models, since those belong to nouns that write one aggregate for one caller.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson

from portico.apps.audit.sample.cast import CLIENT, Person
from portico.kernel.database import Connection, fetch_all, fetch_one

PEOPLE = """
    INSERT INTO audit.users (email, username, pwd_hash, role, first_name, last_name)
    SELECT email, email, %(pwd_hash)s, role, first_name, last_name
    FROM json_to_recordset(%(rows)s::json) AS given (email text, role text, first_name text, last_name text)
    ON CONFLICT DO NOTHING"""
KNOWN = "SELECT email, id, guid, role FROM audit.users WHERE email = ANY (%(emails)s)"
IS_USED = """
    SELECT EXISTS (SELECT FROM audit.engagements) OR EXISTS (SELECT FROM audit.clients WHERE name = %(name)s) AS used"""
CHUNK = """
    INSERT INTO audit.chunks (engagement_id, evidence_version_id, page, title, text)
    VALUES (%(engagement)s, %(version)s, 1, %(title)s, %(text)s)"""
REQUIREMENTS = "SELECT code, id FROM audit.requirements WHERE framework_id = %(framework)s"
FRAMEWORK = "SELECT id FROM audit.frameworks WHERE uuid = %(uuid)s::uuid"
EXCEPTIONS = """
    SELECT x.id, r.test, e.number FROM audit.exceptions AS x JOIN audit.test_runs AS r ON r.id = x.run_id
    JOIN audit.entries AS e ON e.ledger_id = x.ledger_id AND e.position = x.entry
    WHERE x.ledger_id = %(ledger)s AND x.decision = 'open' ORDER BY x.id"""
ITEMS = "SELECT position, amount FROM audit.sample_items WHERE sample_id = %(sample)s ORDER BY position"
# Numbers go on, since the log stays: what it says of an engagement must not be taken for another one's.
EMPTY: tuple[LiteralString, ...] = (
    # As the owner, and with the triggers put aside that hold the owner back, too: what the application may never do is
    # for an operator's command alone, and only where nobody's evidence is.
    "SET LOCAL ROLE NONE",
    "ALTER TABLE audit.evidence DISABLE TRIGGER keep_rows",
    "ALTER TABLE audit.evidence_versions DISABLE TRIGGER keep_rows",
    """
    DO $$
    DECLARE
        names text;
    BEGIN
        SELECT string_agg(format('audit.%I', tablename), ', ') INTO names FROM pg_tables WHERE schemaname = 'audit';
        EXECUTE 'TRUNCATE ' || names;
    END $$""",
    "ALTER TABLE audit.evidence ENABLE TRIGGER keep_rows",
    "ALTER TABLE audit.evidence_versions ENABLE TRIGGER keep_rows",
    "RESET ROLE",
    "DELETE FROM portico.idempotency_keys WHERE app = 'audit'",
)
# Their bytes go with the next sweep.
FORGET = """
    UPDATE portico.files SET state = 'gone', changed_at = now()
    WHERE app = 'audit' AND state = 'kept' AND id <> ALL (%(kept)s)"""
COUNTS = """
    SELECT (SELECT count(*) FROM audit.users) AS users, (SELECT count(*) FROM audit.engagements) AS engagements,
        (SELECT count(*) FROM audit.requests) AS requests, (SELECT count(*) FROM audit.evidence_versions) AS evidence,
        (SELECT count(*) FROM audit.lines) AS lines, (SELECT count(*) FROM audit.exceptions) AS exceptions,
        (SELECT count(*) FROM audit.samples) AS samples, (SELECT count(*) FROM audit.workpapers) AS workpapers,
        (SELECT count(*) FROM audit.findings) AS findings, (SELECT count(*) FROM audit.assessments) AS assessments"""


class SampleRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """By the database's clock, in UTC."""
        found = await fetch_one(self._connection, "SELECT now() AS now")
        assert found is not None  # noqa: S101 - it always answers
        now: datetime = found["now"].astimezone(UTC)
        return now

    async def empty(self, kept: Sequence[UUID]) -> None:
        """Remove everything but these files. The event log stays, as it does with all apps."""
        for statement in EMPTY:
            await self._connection.execute(statement)
        await self._connection.execute(FORGET, {"kept": list(kept)})

    async def is_used(self) -> bool:
        """Whether there is any engagement, or the sample's client."""
        found = await fetch_one(self._connection, IS_USED, {"name": CLIENT["name"]})
        return found is None or bool(found["used"])

    async def put_people(self, people: Sequence[Person], pwd_hash: str) -> dict[str, dict[str, Any]]:
        """Add the accounts that are missing; answers those of these addresses by them."""
        rows = orjson.dumps([vars(each) for each in people]).decode()
        await self._connection.execute(PEOPLE, {"rows": rows, "pwd_hash": pwd_hash})
        found = await fetch_all(self._connection, KNOWN, {"emails": [each.email for each in people]})
        return {row["email"]: row for row in found}

    async def add_text(self, engagement_id: int, version_id: int, title: str, text: str) -> None:
        """What a search finds of a version of evidence."""
        params = {"engagement": engagement_id, "version": version_id, "title": title, "text": text}
        await self._connection.execute(CHUNK, params)

    async def framework(self, uuid: str) -> int | None:
        found = await fetch_one(self._connection, FRAMEWORK, {"uuid": uuid})
        return found["id"] if found else None

    async def requirements(self, framework_id: int) -> dict[str, int]:
        """Ids by codes."""
        found = await fetch_all(self._connection, REQUIREMENTS, {"framework": framework_id})
        return {row["code"]: row["id"] for row in found}

    async def exceptions(self, ledger_id: int) -> list[dict[str, Any]]:
        """The open ones about an entry, each with its test and the entry's number."""
        return await fetch_all(self._connection, EXCEPTIONS, {"ledger": ledger_id})

    async def items(self, sample_id: int) -> list[dict[str, Any]]:
        return await fetch_all(self._connection, ITEMS, {"sample": sample_id})

    async def counts(self) -> dict[str, int]:
        return await fetch_one(self._connection, COUNTS) or {}
