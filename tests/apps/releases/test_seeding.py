"""The sample data: a year that keeps every rule, the same each time, once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from portico.apps.releases.freezes import reads as freezes
from portico.apps.releases.history import cast
from portico.apps.releases.history.service import tell
from portico.apps.releases.seeding import SAMPLE_PASSWORD
from portico.kernel.database import Connection
from tests.servers import seed, serving_app

PEOPLE = {person.username: number for number, person in enumerate(cast.PEOPLE, start=1)}
WEDNESDAY = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)

# Each answers the rows that break a rule.
RULES = {
    "approved by every rule, on this hash, in time": """
        SELECT d.id, r.id FROM releases.deployments d JOIN releases.environments e ON e.id = d.environment_id
        JOIN releases.approval_rules r ON r.environment_type = e.type AND r.is_emergency = d.is_emergency
            AND (r.service_id IS NULL OR r.service_id = d.service_id)
        WHERE d.started_at IS NOT NULL AND r.required > (
            SELECT count(DISTINCT a.user_id) FROM releases.approvals a
            JOIN releases.group_members m ON m.user_id = a.user_id AND m.group_id = r.group_id
            WHERE a.deployment_id = d.id AND a.rule_id = r.id AND a.decision = 'approved'
                AND a.content_hash = d.content_hash AND a.environment_id = d.environment_id
                AND a.user_id <> d.requester_id AND a.created_at BETWEEN d.created_at AND d.started_at
                AND a.expires_at > d.started_at)""",
    "in production there is a rule for everything": """
        SELECT d.id FROM releases.deployments d JOIN releases.environments e ON e.id = d.environment_id
        WHERE e.type = 'production' AND d.started_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM releases.approvals a WHERE a.deployment_id = d.id)""",
    "one person approves once": """
        SELECT deployment_id FROM releases.approvals GROUP BY deployment_id, user_id HAVING count(*) > 1""",
    "on the release's own hash, after it was published": """
        SELECT d.id FROM releases.deployments d JOIN releases.releases r ON r.id = d.release_id
        WHERE d.content_hash <> r.content_hash OR r.service_id <> d.service_id OR d.created_at < r.published_at""",
    "earlier phases have succeeded and soaked": """
        SELECT d.id, p.position FROM releases.deployments d
        JOIN releases.phase_environments here ON here.environment_id = d.environment_id
        JOIN releases.phases p_here ON p_here.id = here.phase_id
        JOIN releases.phases p ON p.lifecycle_id = p_here.lifecycle_id AND p.position < p_here.position
        JOIN releases.phase_environments pe ON pe.phase_id = p.id
        WHERE d.started_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM releases.deployments earlier
            WHERE earlier.release_id = d.release_id AND earlier.environment_id = pe.environment_id
                AND earlier.state = 'succeeded'
                AND earlier.ended_at + p.soak_minutes * interval '1 minute' <= d.started_at)""",
    "no open defect": """
        SELECT d.id FROM releases.deployments d JOIN releases.defects f ON f.release_id = d.release_id
        JOIN releases.environments e ON e.id = d.environment_id
        WHERE e.type = 'production' AND f.created_at < d.started_at
            AND (f.resolved_at IS NULL OR f.resolved_at > d.started_at)""",
    "gates have passed": """
        SELECT d.id, wanted FROM releases.deployments d JOIN releases.environments e ON e.id = d.environment_id,
            unnest(e.required_gates) AS wanted
        WHERE d.started_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM releases.gates g WHERE g.release_id = d.release_id AND g.name = wanted AND g.status = 'passed'
                AND g.updated_at <= d.started_at)""",
    "one at a time": """
        SELECT a.id, b.id FROM releases.deployments a JOIN releases.deployments b
            ON b.service_id = a.service_id AND b.environment_id = a.environment_id AND b.id <> a.id
            AND b.started_at >= a.started_at AND b.started_at < a.ended_at""",
    "what followed what": """
        SELECT d.id FROM releases.deployments d WHERE d.state = 'succeeded' AND d.previous_id IS DISTINCT FROM (
            SELECT p.id FROM releases.deployments p WHERE p.service_id = d.service_id AND p.state = 'succeeded'
                AND p.environment_id = d.environment_id AND p.ended_at < d.ended_at
            ORDER BY p.ended_at DESC LIMIT 1)""",
    "the log tells the same": """
        SELECT d.id FROM releases.deployments d CROSS JOIN LATERAL (
            SELECT array_agg(after ORDER BY id) AS states, max(at) AS last,
                bool_and(before IS NOT DISTINCT FROM earlier AND at >= coalesce(was, at)) AS is_whole
            FROM (SELECT *, lag(after) OVER w AS earlier, lag(at) OVER w AS was FROM releases.status_changes
                  WHERE deployment_id = d.id WINDOW w AS (ORDER BY id)) AS lines
        ) AS log WHERE NOT log.is_whole OR log.states[cardinality(log.states)] <> d.state
            OR (d.ended_at IS NOT NULL AND log.last <> d.ended_at)""",
    "versions in the order of their precedence": """
        SELECT id FROM (SELECT id, precedence, lag(precedence) OVER (PARTITION BY service_id ORDER BY id) AS before
                        FROM releases.releases) AS r WHERE precedence <= before""",
    "nothing is of tomorrow": "SELECT id FROM releases.deployments WHERE greatest(ended_at, created_at) > now()",
}  # fmt: skip
STARTED = """
    SELECT d.id, d.started_at, d.service_id, s.team_id, d.environment_id, e.type FROM releases.deployments d
    JOIN releases.services s ON s.id = d.service_id JOIN releases.environments e ON e.id = d.environment_id
    WHERE d.started_at IS NOT NULL ORDER BY d.id"""


@pytest.fixture
def seeded(new_database: Callable[..., str]) -> str:
    return new_database("releases")


def rows(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.mark.parametrize("rule", RULES)
def test_the_sample_year_keeps_the_rules(rule: str, seeded: str) -> None:
    assert rows(seeded, RULES[rule]) == []


async def test_nothing_started_in_a_freeze_but_by_an_override(seeded: str) -> None:
    overrides = set(rows(seeded, "SELECT deployment_id, freeze_id FROM releases.freeze_overrides"))
    met = set()
    async with await Connection.connect(seeded, autocommit=True) as connection:
        for number, at, service, team, environment, kind in rows(seeded, STARTED):
            found = await freezes.active(
                connection, now=at, service_id=service, team_id=team, environment_id=environment, environment_type=kind
            )
            met |= {(number, freeze.id) for freeze in found}
    assert met == overrides
    assert met


def test_the_sample_data_has_something_of_everything(seeded: str) -> None:
    for table in ("defects", "incidents", "gates", "runbooks", "freezes", "stages", "freeze_overrides"):
        assert rows(seeded, f"SELECT FROM releases.{table}"), table
    states = {state for (state,) in rows(seeded, "SELECT DISTINCT state FROM releases.releases")}
    assert {"published", "candidate", "blocked"} <= states
    states = {state for (state,) in rows(seeded, "SELECT DISTINCT state FROM releases.deployments")}
    assert {"succeeded", "failed", "awaiting_approval"} <= states
    for column in ("rollback_of_id", "retry_of_id", "incident_id", "reviewed_at"):
        assert rows(seeded, f"SELECT FROM releases.deployments WHERE {column} IS NOT NULL"), column


def test_seeding_twice_doubles_nothing_and_flush_starts_anew(seeded: str) -> None:
    first = seed("releases", seeded).counts
    assert (first["teams"], first["services"], first["users"]) == (3, 5, len(cast.PEOPLE))
    with psycopg.connect(seeded, autocommit=True) as connection:
        connection.execute("UPDATE releases.releases SET state = 'withdrawn' WHERE id = 1")
        connection.execute("INSERT INTO releases.teams (name) VALUES ('One more')")
    assert seed("releases", seeded).counts == {**first, "teams": 4}
    assert seed("releases", seeded, flush=True).counts == first
    assert rows(seeded, "SELECT state FROM releases.releases WHERE id = 1") == [("published",)]
    assert rows(seeded, "INSERT INTO releases.teams (name) VALUES ('The next') RETURNING id") == [(4,)]


def test_who_has_begun_gets_the_accounts_alone(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO releases.teams (name) VALUES ('Ours')")
    counts = seed("releases", database_url).counts
    assert (counts["users"], counts["teams"], counts["deployments"]) == (len(cast.PEOPLE), 1, 0)


def test_where_real_users_are_there_is_one_administrator_and_no_history(database_url: str) -> None:
    summary = seed("releases", database_url, demonstration=False)
    assert (summary.counts["users"], summary.counts["deployments"]) == (1, 0)
    assert "Administrator admin, password" in summary.notes[0]


def test_the_past_is_the_same_whenever_in_a_week_it_is_told() -> None:
    told, later = (tell(PEOPLE, WEDNESDAY + timedelta(days=days)).tables for days in (0, 3))
    before = WEDNESDAY - timedelta(days=10)
    for table, column in (("deployments", "ended_at"), ("releases", "created_at"), ("status_changes", "at")):
        one, other = (
            [{name: value for name, value in row.items() if not name.endswith("id")} for row in tables[table]
             if row[column] and row[column] < before]
            for tables in (told, later)
        )  # fmt: skip
        assert len(one) > 100
        assert sorted(one, key=str) == sorted(other, key=str), table
    assert told == tell(PEOPLE, WEDNESDAY + timedelta(minutes=20)).tables


@pytest.mark.parametrize("hours", range(0, 24 * 7, 13))
def test_the_year_can_end_at_any_time_of_the_week(hours: int) -> None:
    now = WEDNESDAY + timedelta(hours=hours)
    tables = tell(PEOPLE, now).tables
    assert max(row["ended_at"] for row in tables["deployments"] if row["ended_at"]) <= now
    assert [row for row in tables["deployments"] if row["state"] == "awaiting_approval"]


@pytest.mark.parametrize("person", [person for person in cast.PEOPLE if person.role != "pipeline"])
def test_everybody_of_the_sample_data_can_sign_in(person: cast.Person, seeded: str) -> None:
    with serving_app("releases", seeded) as client:
        body = {"email": person.email, "password": SAMPLE_PASSWORD}
        assert client.post("/api/v1/auth/login", json=body).status_code == 200
