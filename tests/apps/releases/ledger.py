"""A history that a test writes row by row, as the log would have it: for what is computed from it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg

from portico.apps.releases.semver import parse, precedence

ENVIRONMENTS = ("dev", "test", "staging", "production")


def at(text: str) -> datetime:
    """A time of 2026 in UTC: `03-01` or `03-01 14:30`."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{time or '12:00'}").replace(tzinfo=UTC)


class Ledger:
    """Each method adds a row and answers its id."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self.environments = {
            name: self._add("INSERT INTO releases.environments (name, type, rank, is_protected)"
                            " VALUES (%s, %s, %s, %s) RETURNING id", name, name, rank, name == "production")
            for rank, name in enumerate(ENVIRONMENTS)
        }  # fmt: skip

    def team(self, name: str) -> int:
        return self._add("INSERT INTO releases.teams (name) VALUES (%s) RETURNING id", name)

    def service(self, name: str, team_id: int) -> int:
        return self._add("INSERT INTO releases.services (name, team_id) VALUES (%s, %s) RETURNING id", name, team_id)

    def release(
        self, service_id: int, version: str, published: datetime,
        commits: Iterable[datetime | tuple[str, datetime] | None] = (), *, imported: bool = False,
    ) -> int:  # fmt: skip
        """A published one, and a change in it for each time of a commit; a pair also says what its sha is."""
        release_id = self._add(
            "INSERT INTO releases.releases (service_id, semver, precedence, is_imported) VALUES (%s, %s, %s, %s)"
            " RETURNING id",
            service_id, version, precedence(parse(version)), imported,
        )  # fmt: skip
        for position, commit in enumerate(commits, start=1):
            sha, when = commit if isinstance(commit, tuple) else (f"{release_id}-{position}", commit)
            self._add(
                "INSERT INTO releases.changes (release_id, position, sha, subject, committed_at)"
                " VALUES (%s, %s, %s, 'a change', %s) RETURNING position",
                release_id, position, sha, when,
            )  # fmt: skip
        return self._add(
            "UPDATE releases.releases SET state = 'published', content_hash = 'x', published_at = %s WHERE id = %s"
            " RETURNING id",
            published, release_id,
        )  # fmt: skip

    def deploy(
        self, release_id: int, ended: datetime, *, to: str = "production", state: str = "succeeded",
        incident: int | None = None, rolls_back: int | None = None, retries: int | None = None,
    ) -> int:  # fmt: skip
        has_run = state in ("succeeded", "failed")
        return self._add(
            "INSERT INTO releases.deployments (service_id, release_id, environment_id, state, content_hash, started_at,"
            " ended_at, incident_id, is_rollback, rollback_of_id, retry_of_id)"
            " SELECT service_id, id, %s, %s, 'x', %s, %s, %s, %s, %s, %s FROM releases.releases WHERE id = %s"
            " RETURNING id",
            self.environments[to], state, ended - timedelta(minutes=5) if has_run else None, ended, incident,
            rolls_back is not None, rolls_back, retries, release_id,
        )  # fmt: skip

    def incident(
        self, service_id: int, opened: datetime, *, caused_by: int | None = None, resolved: datetime | None = None,
        needs_intervention: bool = True, where: str = "production",
    ) -> int:  # fmt: skip
        return self._add(
            "INSERT INTO releases.incidents (service_id, environment_id, title, opened_at, needs_intervention,"
            " deployment_id, attribution, resolved_at) VALUES (%s, %s, 'It broke', %s, %s, %s, %s, %s) RETURNING id",
            service_id, self.environments[where], opened, needs_intervention, caused_by,
            "the logs say so" if caused_by else "", resolved,
        )  # fmt: skip

    def _add(self, statement: LiteralString, *values: Any) -> int:
        row = self._connection.execute(statement, values).fetchone()
        assert row is not None
        found: int = row[0]
        return found
