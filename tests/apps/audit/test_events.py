"""The stream of events: the team hears all of its engagements, the client's people what was sent to them."""

from collections.abc import Collection
from typing import Any

import pytest

from portico.apps.audit.changes import members
from tests.apps.audit import papers
from tests.apps.audit.listening import Event, listening, missed, now, told, until
from tests.apps.audit.vault import alter, filed, request, run_job, step
from tests.apps.audit.world import API, Person, World
from tests.commands import eventually
from tests.contract.shop import made


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def asked_about(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """About whom the served app asks for their roles, from one question to the next."""
    found: list[set[int]] = []
    ask = members.roles_of

    async def counted(connection: Any, user_ids: Collection[int]) -> Any:
        found.append(set(user_ids))
        return await ask(connection, user_ids)

    monkeypatch.setattr(members, "roles_of", counted)
    return found


def ask_again(asked_about: list[set[int]]) -> None:
    """Wait for the answer to a question that is still to be asked: the next one is put after it."""
    before = len(asked_about)
    eventually(lambda: len(asked_about) >= before + 2, within=20)


def ending(engagement_id: int, by: Person, to: Person) -> str:
    """A new request, which its auditee and the team hear of: where a test stops listening."""
    path = f"{API}/engagements/{engagement_id}/requests"
    draft = made(by.client.post(path, json={"title": "The end", "assignee_id": str(to.id)}))
    step(by, draft, "send")
    return f"request:{draft['id']}"


def ending_elsewhere(world: World) -> str:
    """The same in the other engagement."""
    return ending(world.other_engagement["id"], world.stranger, world.foreign_auditee)


def payloads(events: list[Event]) -> list[dict[str, Any]]:
    return [each["data"]["payload"] for each in events]


def test_promise_7_an_auditee_hears_of_own_requests_and_the_team_of_all(world: World) -> None:
    world.appoint(world.other_engagement["id"], world.admin, "auditor", by=world.stranger)
    begun = now(world.lead)
    with listening(world.lead) as team, listening(world.auditee) as client:
        asked, unsent = request(world), request(world, is_sent=False)
        assert world.auditor.client.patch(f"{API}/requests/{unsent['id']}", json={"title": "All"}).is_success
        answer = filed(world, by=world.auditee, request=asked["id"])
        aside = filed(world, request=asked["id"])
        step(world.auditee, asked, "submit")
        step(world.auditor, asked, "return", reason="May is missing")
        step(world.auditee, asked, "submit")
        step(world.auditor, asked, "accept")
        last = ending(world.id, world.lead, world.auditee)
        own, everything = until(client, last), until(team, last)
    thing, version = f"request:{asked['id']}", f"evidence-version:{answer['id']}"
    assert told(own) == [
        ("request.sent", thing), ("evidence.received", version), ("request.submitted", thing),
        ("request.returned", thing), ("request.submitted", thing), ("evidence.sealed", version),
        ("request.accepted", thing),
    ]  # fmt: skip
    me = world.auditee.email
    by = [None, me, me, None, me, None, None]
    assert payloads(own) == [{"engagement": world.id, "by": each} for each in by], "as much as the portal shows"
    paper, draft = f"evidence-version:{aside['id']}", f"request:{unsent['id']}"
    internal = [
        ("request.created", thing), ("request.created", draft), ("request.changed", draft),
        ("evidence.received", paper), ("evidence.sealed", paper),
    ]  # fmt: skip
    assert [each for each in told(everything) if each not in internal] == told(own)
    assert [each for each in told(everything) if each in internal] == internal
    assert payloads(everything)[0] == {"engagement": world.id, "by": world.auditor.email}
    assert missed(world.reviewer, begun, last=last) == told(everything), "who comes back has missed nothing"
    other = ending(world.id, world.lead, world.other_auditee)
    assert missed(world.other_auditee, begun, last=other) == []
    elsewhere = ending_elsewhere(world)
    for person in (world.foreign_auditee, world.stranger, world.admin):
        assert missed(person, begun, last=elsewhere) == [], person.name


def test_promise_7_the_owner_of_a_finding_hears_of_it_from_then_on(world: World) -> None:
    begun = now(world.lead)
    finding = papers.sent(world)
    path, thing = f"findings/{finding['id']}", f"finding:{finding['id']}"
    handed_over = {"owner_id": str(world.other_auditee.id)}
    assert world.auditor.client.patch(f"{API}/{path}", json=handed_over).is_success
    papers.step(world.other_auditee, path, "dispute", reason="There were two")
    papers.step(world.auditor, path, "revise", reason="There were")
    papers.step(world.auditor, path, "withdraw", reason="There were")
    before = missed(world.auditee, begun, last=ending(world.id, world.lead, world.auditee))
    after = missed(world.other_auditee, begun, last=ending(world.id, world.lead, world.other_auditee))
    assert before == [("finding.sent", thing)]
    assert after == [("finding.handed_over", thing), ("finding.disputed", thing)]
    everything = missed(world.lead, begun, last=ending(world.id, world.lead, world.auditee))
    steps = ["drafted", "linked", "sent", "handed_over", "disputed", "taken_back", "withdrawn"]
    assert [topic for topic, key in everything if key == thing] == [f"finding.{each}" for each in steps]


def test_promise_7_who_has_lost_a_role_hears_no_more(world: World, asked_about: list[set[int]]) -> None:
    people, place = [world.person(), world.person()], world.other_engagement["id"]
    for person, role in zip(people, ("auditor", "auditee"), strict=True):
        world.appoint(world.id, person, role)
        world.appoint(place, person, "auditor", by=world.stranger)
    begun = now(people[0])
    asked = request(world, to=people[1])
    with listening(people[0]) as team, listening(people[1]) as client:
        for person in people:
            assert world.lead.client.delete(f"{world.path}/members/{person.id}").status_code == 204
        ask_again(asked_about)
        step(world.auditor, request(world, is_sent=False), "send")
        assert world.auditor.client.patch(f"{API}/requests/{asked['id']}", json={"due_on": "2030-01-01"}).is_success
        last = ending_elsewhere(world)
        for events in (team, client):
            assert {topic for topic, _ in told(until(events, last))} <= {"member.dismissed"}
    for person in people:
        assert missed(person, begun, last=last) == []


def test_reading_is_not_told_and_what_jobs_do_is(world: World) -> None:
    begun = now(world.lead)
    version = filed(world)
    path = f"{API}/evidence-versions/{version['id']}"
    for each in (f"{path}/content", f"{path}/verify", f"{world.path}/binder.zip"):
        assert world.lead.client.get(each).is_success
    alter(world, version["id"])
    run_job(world, "check_evidence")
    with listening(world.lead, begun) as events:
        heard = until(events, ending(world.id, world.lead, world.auditee))
    thing = f"evidence-version:{version['id']}"
    assert told(heard) == [("evidence.received", thing), ("evidence.failed", thing)]
    assert payloads(heard)[1] == {"engagement": world.id, "by": "nightly check"}


def test_one_query_asks_what_all_listeners_are(world: World, asked_about: list[set[int]]) -> None:
    people = (world.lead, world.auditee, world.stranger)
    with listening(people[0]), listening(people[1]), listening(people[2]):
        asked_about.clear()
        ask_again(asked_about)
        assert all(each >= {person.user_id for person in people} for each in asked_about)


def test_a_ticket_opens_a_stream_once(world: World) -> None:
    ticket = made(world.auditor.client.post(f"{API}/events/ticket"))["ticket"]
    with world.nobody.stream("GET", f"{API}/events", params={"ticket": ticket}) as answer:
        assert answer.status_code == 200
    assert world.nobody.get(f"{API}/events", params={"ticket": ticket}).status_code == 401
