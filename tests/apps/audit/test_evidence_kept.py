"""Evidence bytes never change, and nothing deletes evidence: each way is tried."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.file_sweep import sweep_files
from portico.kernel.files import remove_files
from portico.kernel.job_runs import Run
from portico.kernel.runtime import Runtime
from portico.kernel.transaction import Transaction
from tests.apps.audit.vault import alter, events, filed, path_of, run_job
from tests.apps.audit.world import API, World, done
from tests.contract.stall import problem
from tests.servers import settings_of

VERSIONS = f"{API}/evidence-versions"
AS_APP = "SET ROLE portico_app"
DELETIONS = (
    "DELETE FROM audit.evidence_versions",
    "DELETE FROM audit.evidence",
    "TRUNCATE audit.evidence_versions CASCADE",
    "TRUNCATE audit.evidence CASCADE",
    "TRUNCATE audit.engagements CASCADE",
    "TRUNCATE audit.users CASCADE",
    "TRUNCATE portico.files",
    "DELETE FROM portico.files WHERE app = 'audit'",
    "UPDATE portico.files SET state = 'gone' WHERE app = 'audit'",
    "UPDATE portico.files SET owner = 'nobody' WHERE app = 'audit'",
    "DELETE FROM audit.engagements",
    "DELETE FROM audit.clients",
    "DELETE FROM audit.users",
)
CHANGES = (
    "UPDATE audit.evidence SET title = 'other'",
    "UPDATE audit.evidence_versions SET sha256 = repeat('0', 64)",
    "UPDATE audit.evidence_versions SET file_id = gen_random_uuid()",
    "UPDATE audit.evidence_versions SET size = 0",
    "UPDATE audit.evidence_versions SET name = 'other'",
    "UPDATE audit.evidence_versions SET received_by = (SELECT max(id) FROM audit.users)",
    "UPDATE audit.evidence_versions SET created_at = now()",
    "UPDATE audit.evidence_versions SET state = 'received' WHERE state = 'sealed'",
    "UPDATE audit.evidence_versions SET sealed_at = NULL WHERE sealed_at IS NOT NULL",
)


@pytest.fixture(scope="module")
def sealed(shared_world: World) -> Any:
    version = filed(shared_world, b"the conclusion rests on this")
    return done(shared_world.auditor.client.post(f"{VERSIONS}/{version['id']}/seal"))


@pytest.fixture(autouse=True)
def still_there(shared_world: World, sealed: Any) -> Any:
    yield
    found = shared_world.auditor.client.get(f"{VERSIONS}/{sealed['id']}/content")
    assert (found.status_code, found.content) == (200, b"the conclusion rests on this")


@pytest.mark.parametrize("statement", [*DELETIONS, *CHANGES])
@pytest.mark.parametrize("role", ["portico_app", "owner"])
def test_promise_1_no_statement_deletes_or_changes_evidence(shared_world: World, statement: str, role: str) -> None:
    with psycopg.connect(shared_world.url) as connection:
        if role == "portico_app":
            connection.execute(AS_APP)
        with pytest.raises((psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege)):
            connection.execute(statement.encode())


def test_promise_1_no_route_deletes_evidence(shared_world: World, sealed: Any) -> None:
    for path in (f"{VERSIONS}/{sealed['id']}", f"{API}/evidence/{sealed['evidence_id']}", f"{API}/evidence"):
        for method in ("DELETE", "PUT", "PATCH"):
            assert shared_world.lead.client.request(method, path).status_code in (404, 405)


def test_promise_1_user_client_and_engagement_stay_while_evidence_does(shared_world: World) -> None:
    for who, path in (
        (shared_world.admin, f"{API}/users/{shared_world.auditor.id}"),
        (shared_world.admin, f"{API}/clients/{shared_world.company['id']}"),
        (shared_world.lead, shared_world.path),
    ):
        assert who.client.delete(path).status_code in (404, 405, 409), path


def test_promise_1_the_kernel_removes_no_file_of_evidence(shared_world: World) -> None:
    async def remove(database: Database) -> None:
        write = Transaction(database)
        try:
            with pytest.raises(psycopg.errors.RestrictViolation):
                await remove_files(write, app="audit", owner="evidence")
        finally:
            await write.close()

    in_database(shared_world, remove)


def test_promise_1_the_sweep_of_files_passes_evidence_by(shared_world: World) -> None:
    settings = settings_of(shared_world.url)

    async def sweep(database: Database) -> None:
        runtime = Runtime(settings=settings, database=database)
        await sweep_files(Run(id=0, app="portico", name="sweep_files", runtime=runtime))

    in_database(shared_world, sweep)


def test_promise_1_evidence_of_an_archived_engagement_takes_no_version(shared_world: World) -> None:
    number = shared_world.new_engagement()["id"]
    evidence_id = filed(shared_world, engagement=number)["evidence_id"]
    shared_world.archive(number)
    add = """
        INSERT INTO audit.evidence_versions (evidence_id, number, file_id, name, media_type, size, sha256, received_by,
            received_from) SELECT evidence_id, 2, gen_random_uuid(), name, media_type, size, sha256, received_by, ''
        FROM audit.evidence_versions WHERE evidence_id = %(id)s"""
    with pytest.raises(psycopg.errors.RestrictViolation):
        shared_world.sql(add, id=evidence_id)


def test_promise_1_a_changed_byte_is_noticed_at_the_next_read(shared_world: World) -> None:
    version = filed(shared_world, b"x" * 100_000)
    client, path = shared_world.auditor.client, f"{VERSIONS}/{version['id']}"
    alter(shared_world, version["id"])
    found = client.get(f"{path}/content", headers={"Range": "bytes=0-9"})
    assert problem(found, 409, "EVIDENCE_ALTERED")["details"]["expected"] == version["sha256"]
    assert done(client.get(path))["failed_at"] is not None
    assert len(events(shared_world, "evidence.failed", thing=f"evidence-version:{version['id']}")) == 1
    verdict = done(client.get(f"{path}/verify"))
    assert (verdict["intact"], verdict["expected"]) == (False, version["sha256"])
    problem(client.post(f"{path}/seal"), 409, "EVIDENCE_ALTERED")


@pytest.mark.parametrize("harm", ["cut", "grown", "gone"])
def test_promise_1_bytes_that_are_fewer_more_or_gone_are_noticed(shared_world: World, harm: str) -> None:
    version = filed(shared_world, b"x" * 1000)
    path = path_of(shared_world, version["id"])
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * (999 if harm == "cut" else 1001))
    found = shared_world.auditor.client.get(f"{VERSIONS}/{version['id']}/content")
    assert (problem(found, 409, "EVIDENCE_ALTERED")["details"]["found"] is None) == (harm == "gone")


def test_promise_1_a_changed_byte_is_noticed_by_the_nightly_check(world: World) -> None:
    good, bad, gone = (filed(world, content) for content in (b"good", b"bad", b"gone"))
    run_job(world, "check_evidence", job_id=1)
    assert events(world, "evidence.checked")[-1]["details"] == {
        "checked": 3, "intact": 3, "altered": 0, "missing": 0, "unreadable": 0, "bytes": 11, "versions": [],
    }  # fmt: skip
    alter(world, bad["id"])
    path_of(world, gone["id"]).unlink()
    for job_id in (2, 3):
        run_job(world, "check_evidence", job_id=job_id)
        report = events(world, "evidence.checked")[-1]["details"]
        assert (report["intact"], report["altered"], report["missing"]) == (1, 1, 1)
        assert report["versions"] == [bad["id"], gone["id"]]
    for version, is_intact in ((good, True), (bad, False), (gone, False)):
        shown = done(world.auditor.client.get(f"{VERSIONS}/{version['id']}"))
        assert (shown["failed_at"] is None) == is_intact
        failures = events(world, "evidence.failed", thing=f"evidence-version:{version['id']}")
        assert [each["actor_name"] for each in failures] == ([] if is_intact else ["nightly check"])


def test_promise_1_an_archived_engagement_is_checked_as_well(world: World) -> None:
    number = world.new_engagement()["id"]
    version = filed(world, engagement=number)
    world.archive(number)
    alter(world, version["id"])
    run_job(world, "check_evidence", job_id=1)
    assert done(world.auditor.client.get(f"{VERSIONS}/{version['id']}"))["failed_at"] is not None


def in_database(world: World, work: Callable[[Database], Any]) -> None:
    async def run() -> None:
        database = Database(world.url, pool_size=1, limits=JOB_LIMITS)
        await database.open()
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())
