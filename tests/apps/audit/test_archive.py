"""The archive: after it nothing is changed or removed, and what is added says who, when and why."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.apps.audit.everything import OF_THE_FIRM, columns_of, fill, place_of, tables
from tests.apps.audit.vault import filed
from tests.apps.audit.world import API, World, done
from tests.clocks import MovableClock
from tests.commands import eventually
from tests.contract.shop import made
from tests.contract.stall import problem
from tests.races import Call, at_once

ENGAGEMENTS = f"{API}/engagements"


@pytest.fixture(scope="module")
def archived(shared_world: World) -> int:
    number: int = shared_world.new_engagement()["id"]
    shared_world.archive(number)
    return number


def test_promise_2_after_archiving_nothing_is_changed(shared_world: World, archived: int) -> None:
    lead, path = shared_world.lead.client, f"{ENGAGEMENTS}/{archived}"
    problem(lead.patch(path, json={"objective": "Another one"}), 409, "ENGAGEMENT_ARCHIVED")
    member = f"{path}/members/{shared_world.auditor.id}"
    problem(lead.put(member, json={"role": "lead"}), 409, "ENGAGEMENT_ARCHIVED")
    problem(lead.delete(member), 409, "ENGAGEMENT_ARCHIVED")
    for action in ("start", "submit-review", "resume-fieldwork", "draft-report", "issue", "follow-up", "close"):
        problem(lead.post(f"{path}/{action}"), 409, "CONFLICT")
    assert done(lead.get(path))["state"] == "archived"


def test_promise_2_additions_say_who_when_and_why(
    shared_world: World, archived: int, shared_clock: MovableClock
) -> None:
    path, body = f"{ENGAGEMENTS}/{archived}/additions", {"text": "A letter of 2027", "reason": "It came afterwards"}
    made_one = made(shared_world.auditor.client.post(path, json=body))
    assert made_one == {
        "id": made_one["id"], "at": made_one["at"], "text": body["text"], "reason": body["reason"],
        "by": {"id": str(shared_world.auditor.id), "name": shared_world.auditor.email},
    }  # fmt: skip
    assert made_one["at"].startswith(f"{shared_clock():%Y-%m-%d}")
    assert done(shared_world.reviewer.client.get(path))["items"] == [made_one]
    for statement in ("DELETE FROM audit.additions", "UPDATE audit.additions SET reason = 'another'"):
        assert refused(shared_world, statement) == "23001"
    for values in ({"text": ""}, {"reason": "  "}, {"at": "2020-01-01"}):
        problem(shared_world.auditor.client.post(path, json={**body, **values}), 422, "VALIDATION_ERROR")
    for caller, status in (("auditee", 404), ("stranger", 404), ("admin", 404)):
        assert getattr(shared_world, caller).client.post(path, json=body).status_code == status


def test_before_the_archive_there_is_nothing_to_add(shared_world: World) -> None:
    body = {"text": "A letter", "reason": "It came"}
    problem(shared_world.lead.client.post(f"{shared_world.path}/additions", json=body), 409, "NOT_ARCHIVED")


def test_promise_2_the_database_keeps_what_is_archived(world: World) -> None:
    """Whoever writes, and by whatever way: the table's own rules refuse it, of every table that there is."""
    fill(world.url, place_of(world), number=1, mark="kept")
    world.sql("UPDATE audit.engagements SET state = 'archived', archived_at = now() WHERE id = %(id)s", id=world.id)
    kept = {"engagements": "id", **dict.fromkeys([*of_engagement(world), "members"], "engagement_id")}
    assert len(kept) > 10
    for table, key in kept.items():
        for statement in (f"DELETE FROM audit.{table}", f"UPDATE audit.{table} SET {key} = {key}"):
            refusal = refused(world, f"{statement} WHERE {key} = {world.id}")
            assert refusal == "23001", f"{statement}: {refusal}"  # restrict_violation
    keeps_parts(world)


def keeps_parts(world: World) -> None:
    """Tables whose rows have no engagement of their own: editions, links, lines, items."""
    columns, free = columns_of(world.url), {*of_engagement(world), *OF_THE_FIRM, "chunk_vectors"}
    parts = [each for each in tables(world.url) if each not in free]
    assert len(parts) > 8
    for table in parts:
        name = next(each["name"] for each in columns[table] if each["name"] not in ("id", "number"))
        for statement in (f"DELETE FROM audit.{table}", f"UPDATE audit.{table} SET {name} = {name}"):
            if statement.startswith("DELETE") or table != "evidence_versions":  # whose checks go on
                assert refused(world, statement) == "23001", statement
    for table in ("workpaper_versions", "finding_notes", "matches", "sample_items"):
        assert refused(world, f"INSERT INTO audit.{table} SELECT * FROM audit.{table}") == "23001", table


def test_promise_2_a_job_that_writes_while_it_is_archived_is_refused(world: World) -> None:
    """It has entered by no request, so that nobody waits for it but the database."""
    filed(world)
    chunk = """
        INSERT INTO audit.chunks (engagement_id, evidence_version_id, page, title, text)
        SELECT d.engagement_id, v.id, 1, '', '' FROM audit.evidence_versions AS v
        JOIN audit.evidence AS d ON d.id = v.evidence_id"""
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(world.url) as archiving:
        archiving.execute("SELECT FROM audit.engagements FOR UPDATE")
        archiving.execute("UPDATE audit.engagements SET state = 'archived', archived_at = now()")
        writing = pool.submit(refused, world, chunk)
        eventually(lambda: world.sql(waiting), within=10)
        archiving.commit()
        assert writing.result() == "23001"


def of_engagement(world: World) -> list[str]:
    """The tables whose rows say of which engagement they are."""
    columns = columns_of(world.url)
    return [each for each in tables(world.url) if "engagement_id" in {column["name"] for column in columns[each]}]


def refused(world: World, statement: str) -> str | None:
    with psycopg.connect(world.url) as owner:
        try:
            owner.execute(statement.encode())
        except psycopg.Error as error:
            return error.sqlstate
    return None


def test_promise_2_who_works_while_it_is_archived_comes_before_or_not_at_all(world: World) -> None:
    """A member who is appointed at the moment of the archive: either before, or refused."""
    world.move(world.id, "submit-review", "draft-report", "issue", "close")
    token = world.lead.tokens["access_token"]
    appoint = [
        Call("PUT", f"{world.path}/members/{world.person().id}", {"role": "auditor"}, token=token) for _ in range(6)
    ]
    answers = at_once(world.nobody, [*appoint[:3], Call("POST", f"{world.path}/archive", token=token), *appoint[3:]])
    assert answers[3].status_code == 200
    assert {each.status_code for each in [*answers[:3], *answers[4:]]} <= {200, 409}
    query = """
        SELECT max(e.id) FILTER (WHERE e.action <> 'engagement.archived') AS last,
               max(e.id) FILTER (WHERE e.action = 'engagement.archived') AS archived
        FROM portico.event_log AS e WHERE e.object = %(object)s"""
    (found,) = world.sql(query, object=f"engagement:{world.id}")
    assert found["last"] < found["archived"]


def test_promise_1_nothing_removes_an_engagement(shared_world: World, archived: int) -> None:
    for path in (shared_world.path, f"{ENGAGEMENTS}/{archived}"):
        for person in (shared_world.lead, shared_world.admin):
            assert person.client.delete(path).status_code == 405
    with psycopg.connect(shared_world.url) as connection:
        connection.execute("SET ROLE portico_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM audit.engagements")


def rows_of(world: World) -> dict[str, Any]:
    return {
        table: world.sql(f"SELECT count(*) AS n FROM audit.{table}")[0]["n"]
        for table in (*tables(world.url), "engagements", "clients", "users", "members")
    }


def test_promise_1_no_way_removes_what_supports_a_conclusion(world: World) -> None:
    """Deleting the users who made it, the client whose it is, the engagement that it is in: all of it stays."""
    fill(world.url, place_of(world), number=1, mark="kept")
    before = rows_of(world)
    for person in (world.auditor, world.auditee, world.lead, world.reviewer):
        problem(world.admin.client.delete(f"{API}/users/{person.id}"), 409, "IN_USE")
    problem(world.admin.client.delete(f"{API}/clients/{world.company['id']}"), 409, "IN_USE")
    assert world.lead.client.delete(world.path).status_code == 405
    assert rows_of(world) == before
    for table in ("evidence", "evidence_versions"):
        with psycopg.connect(world.url) as owner, pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(f"DELETE FROM audit.{table}".encode())
