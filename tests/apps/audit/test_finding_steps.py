"""Findings as they go on: who may take which step, what it needs, and how an accepted risk ends."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from portico.apps.audit.findings.jobs import reopen_findings
from portico.kernel.database import Database
from portico.kernel.job_runs import Run
from portico.kernel.runtime import Runtime
from tests.apps.audit import papers
from tests.apps.audit.everything import past_rules
from tests.apps.audit.papers import evidence, link, planned, ready, sent, step
from tests.apps.audit.world import API, Person, World, done
from tests.clocks import MovableClock
from tests.servers import settings_of


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def soon(shared_clock: MovableClock) -> str:
    return str(shared_clock().date() + timedelta(30))


def refused(person: Person, path: str, action: str, status: int, **body: str) -> str:
    answer = person.client.post(f"{API}/{path}/{action}", json=body)
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


def test_a_finding_goes_its_way_and_every_step_leaves_a_note(world: World, soon: str) -> None:
    found = ready(world, due_on=soon)
    path = f"findings/{found['id']}"
    link(world, found["id"])
    closed = step(world.reviewer, path, "close", note="59 payments, each approved by two.")
    assert (closed["state"], closed["closed_by"]["name"]) == ("closed_verified", world.reviewer.name)
    notes = done(world.auditee.client.get(f"{API}/{path}/notes"))
    assert [note["action"] for note in notes] == [  # type: ignore[index]
        "validate", "agree", "plan", "remediate", "ready", "close",
    ]  # fmt: skip
    assert notes[-1]["text"] == "59 payments, each approved by two."  # type: ignore[index]
    logged = world.sql(
        "SELECT action FROM portico.event_log WHERE details->>'thing' = %(thing)s ORDER BY id",
        thing=f"finding:{found['id']}",
    )
    assert [each["action"].removeprefix("finding.") for each in logged] == [
        "drafted", "linked", "sent", "agreed", "planned", "in_remediation", "ready_for_retest", "linked", "closed",
    ]  # fmt: skip


def test_only_the_owner_answers(world: World, soon: str) -> None:
    found = sent(world)
    path = f"findings/{found['id']}"
    for person in (world.auditor, world.reviewer, world.lead):
        refused(person, path, "agree", 403)
        refused(person, path, "dispute", 403, reason="r")
    assert papers.legal(world.auditee, path) == {"agree", "dispute"}
    step(world.auditee, path, "agree")
    refused(world.lead, path, "plan", 403, action_plan="p", due_on=soon)
    refused(world.auditee, path, "withdraw", 403, reason="r")


def test_dispute_revise_reopen_and_withdraw_need_a_reason(world: World) -> None:
    path = f"findings/{sent(world)['id']}"
    refused(world.auditee, path, "dispute", 422)
    step(world.auditee, path, "dispute", reason="It was four eyes.")
    refused(world.auditor, path, "revise", 422, reason=" ")
    refused(world.auditor, path, "withdraw", 422)
    withdrawn = step(world.auditor, path, "withdraw", reason="They were right.")
    assert withdrawn["state"] == "withdrawn"
    assert done(world.auditee.client.get(f"{API}/{path}"))["state"] == "withdrawn"
    assert papers.legal(world.auditor, path) == set()


def test_a_plan_says_what_and_until_when(world: World, shared_clock: MovableClock) -> None:
    path = f"findings/{sent(world)['id']}"
    step(world.auditee, path, "agree")
    today = shared_clock().date()
    refused(world.auditee, path, "plan", 422, action_plan="p")
    refused(world.auditee, path, "plan", 422, due_on=str(today))
    refused(world.auditee, path, "plan", 422, action_plan="p", due_on=str(today - timedelta(1)))
    shown = step(world.auditee, path, "plan", action_plan="Two will sign.", due_on=str(today))
    assert (shown["action_plan"], shown["due_on"]) == ("Two will sign.", str(today))


def test_closing_needs_sealed_evidence_of_this_retest(world: World, soon: str) -> None:
    found = ready(world, due_on=soon)
    path, first = f"findings/{found['id']}", evidence(world)
    refused(world.auditor, path, "close", 422)
    assert refused(world.auditor, path, "close", 409, note="n") == "It lacks sealed evidence of this retest."
    link(world, found["id"], evidence(world, is_sealed=False))
    refused(world.auditor, path, "close", 409, note="n")
    link(world, found["id"], first)
    step(world.auditor, path, "reopen", reason="One payment had one approval.")
    step(world.auditee, path, "plan", action_plan="All will.", due_on=soon)
    step(world.auditee, path, "remediate")
    step(world.auditee, path, "ready")
    refused(world.auditor, path, "close", 409, note="n")
    again = world.auditor.client.put(f"{API}/{path}/evidence/{first}")
    assert (again.status_code, again.json()["code"]) == (409, "NOT_OF_RETEST")
    shown = link(world, found["id"])
    assert sorted(each["retest"] for each in shown["evidence"]) == [0, 1, 1, 2]
    assert step(world.auditor, path, "close", note="All had two.")["state"] == "closed_verified"


def test_promise_3_who_has_fixed_a_finding_does_not_close_it(world: World, soon: str) -> None:
    owner = world.person(first_name="Odd")
    world.appoint(world.id, owner, "auditee")
    found = planned(world, due_on=soon, owner=owner)
    path = f"findings/{found['id']}"
    step(owner, path, "remediate")
    step(owner, path, "ready")
    link(world, found["id"])
    refused(owner, path, "close", 403, note="n")
    refused_role = world.lead.client.put(f"{world.path}/members/{owner.id}", json={"role": "auditor"})
    assert (refused_role.status_code, refused_role.json()["code"]) == (409, "OF_THE_CLIENT")
    past_rules(world.url, "UPDATE audit.members SET role = 'auditor' WHERE user_id = %(id)s", id=owner.user_id)
    assert "You have fixed it" in refused(owner, path, "close", 409, note="n")
    assert "close" not in papers.legal(owner, path)
    with pytest.raises(psycopg.errors.CheckViolation, match="four_eyes"):
        world.sql("UPDATE audit.findings SET closed_by = fixed_by WHERE id = %(id)s", id=found["id"])
    step(world.auditor, path, "close", note="n")


def test_a_risk_is_accepted_by_who_is_named_for_it_for_a_year_at_the_most(
    world: World, shared_clock: MovableClock
) -> None:
    owner = world.person(first_name="Orla")
    world.appoint(world.id, owner, "auditee")
    found, today = sent(world, owner=owner), shared_clock().date()
    path, last = f"findings/{found['id']}", str(today + timedelta(366))
    step(owner, path, "agree")
    refused(owner, path, "accept-risk", 403, until=last, reason="r")
    world.appoint(world.id, owner, "auditee", may_accept_risk=True)
    world.appoint(world.id, world.colleague, "auditor", may_accept_risk=True)
    refused(world.colleague, path, "accept-risk", 403, until=last, reason="r")
    for days in (0, -1, 367):
        refused(owner, path, "accept-risk", 422, until=str(today + timedelta(days)), reason="r")
    refused(owner, path, "accept-risk", 422, until=last)
    shown = step(owner, path, "accept-risk", until=last, reason="It costs more than it saves.")
    assert (shown["risk_accepted_until"], shown["risk_accepted_by"]["name"]) == (last, owner.name)
    reopened = step(world.lead, path, "reopen", reason="It happened again.")
    assert (reopened["state"], reopened["risk_accepted_until"]) == ("reopened", None)


def test_an_accepted_risk_ends_after_its_last_day(world: World, shared_clock: MovableClock) -> None:
    owner = world.person(first_name="Otis")
    world.appoint(world.id, owner, "auditee", may_accept_risk=True)
    found, today = sent(world, owner=owner), shared_clock().date()
    path = f"findings/{found['id']}"
    step(owner, path, "agree")
    step(owner, path, "accept-risk", until=str(today + timedelta(10)), reason="r")
    sweep(world, days=10, clock=shared_clock)
    assert done(owner.client.get(f"{API}/{path}"))["state"] == "risk_accepted"
    sweep(world, days=11, clock=shared_clock)
    sweep(world, days=12, clock=shared_clock)
    assert done(owner.client.get(f"{API}/{path}"))["state"] == "reopened"
    *_, note = done(world.lead.client.get(f"{API}/{path}/notes"))
    assert (note["by"], note["user_name"]) == (None, "Portico")  # type: ignore[index]
    assert note["text"] == f"The risk was accepted until {today + timedelta(10)}."  # type: ignore[index]


def test_promise_2_an_accepted_risk_in_an_archive_stays(world: World, shared_clock: MovableClock) -> None:
    found = sent(world)
    today = shared_clock().date()
    owner = world.auditee
    world.appoint(world.id, owner, "auditee", may_accept_risk=True)
    path = f"findings/{found['id']}"
    step(owner, path, "agree")
    step(owner, path, "accept-risk", until=str(today + timedelta(1)), reason="r")
    archive = "SET session_replication_role = replica; UPDATE audit.engagements SET state = '{}', archived_at = {}"
    world.sql(archive.format("archived", "now()") + f" WHERE id = {world.id}")
    try:
        sweep(world, days=5, clock=shared_clock)
        assert done(owner.client.get(f"{API}/{path}"))["state"] == "risk_accepted"
        for person, action, body in (
            (world.lead, "reopen", {"reason": "r"}), (owner, "agree", {}), (world.lead, "withdraw", {"reason": "r"})
        ):  # fmt: skip
            answer = person.client.post(f"{API}/{path}/{action}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "ENGAGEMENT_ARCHIVED")
        assert papers.legal(world.lead, path) == set()
    finally:
        world.sql(archive.format("fieldwork", "NULL") + f" WHERE id = {world.id}")


def sweep(world: World, *, days: int, clock: MovableClock) -> None:
    """What the job does so many days from now."""

    async def run() -> None:
        database = Database(world.url, pool_size=2)
        await database.open()
        runtime = Runtime(
            settings=settings_of(world.url), database=database, read_database=None,
            clock=lambda: clock() + timedelta(days),
        )  # fmt: skip
        try:
            await reopen_findings(Run(1, "audit", "reopen_findings", runtime))
        finally:
            await database.close()

    asyncio.run(run())
