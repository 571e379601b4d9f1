"""Evidence requests: what the team asks, what the auditee sees of it and answers, and how it ends."""

from typing import Any

import pytest

from tests.apps.audit.papers import procedure
from tests.apps.audit.vault import alter, filed, request, step
from tests.apps.audit.world import API, Person, World, done
from tests.contract.shop import made
from tests.contract.stall import problem
from tests.races import Call, at_once

REQUESTS = f"{API}/requests"


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def refused(person: Person, asked: Any, action: str, **body: Any) -> Any:
    found = person.client.post(f"{REQUESTS}/{asked['id']}/{action}", json=body)
    return problem(found, 409, "CONFLICT")


def allowed(person: Person, asked: Any) -> list[str]:
    found = person.client.get(f"{REQUESTS}/{asked['id']}/actions").json()
    return [each["action"] for each in found if each["allowed"]]


def test_a_request_goes_from_draft_to_accepted(world: World) -> None:
    draft = request(world, is_sent=False, due_on="2026-04-01", description="All of March")
    assert (draft["state"], draft["due_on"], draft["documents"]) == ("draft", "2026-04-01", 0)
    assert draft["assignee"] == {"id": str(world.auditee.id), "name": world.auditee.name}
    assert allowed(world.auditor, draft) == ["send"]
    sent = step(world.auditor, draft, "send")
    assert (sent["state"], allowed(world.auditee, draft), allowed(world.auditor, draft)) == ("requested", [], [])
    version = filed(world, by=world.auditee, request=draft["id"])
    assert allowed(world.auditee, draft) == ["submit"]
    submitted = step(world.auditee, draft, "submit", answer="Here they are.")
    assert (submitted["state"], submitted["answer"], submitted["documents"]) == ("submitted", "Here they are.", 1)
    assert allowed(world.reviewer, draft) == ["accept", "return"]
    assert step(world.reviewer, draft, "accept")["state"] == "accepted"
    sealed = done(world.auditor.client.get(f"{API}/evidence-versions/{version['id']}"))
    assert (sealed["state"], sealed["sealed_at"] is not None) == ("sealed", True)


def test_accepting_seals_the_newest_version_of_each_answer(world: World) -> None:
    asked = request(world)
    first = filed(world, by=world.auditee, request=asked["id"])
    filed(world, by=world.auditee, evidence=first["evidence_id"])
    filed(world, by=world.auditee, request=asked["id"])
    step(world.auditee, asked, "submit")
    step(world.auditor, asked, "accept")
    found = done(world.auditor.client.get(f"{API}/evidence", params={"request": asked["id"]}))
    assert [(each["versions"], each["newest"]["state"]) for each in found["items"]] == [(1, "sealed"), (2, "sealed")]
    assert done(world.auditor.client.get(f"{API}/evidence-versions/{first['id']}"))["state"] == "superseded"


def test_promise_1_what_was_altered_is_not_accepted_nor_what_came_with_it(world: World) -> None:
    asked = request(world)
    good, bad = (filed(world, by=world.auditee, request=asked["id"]) for _ in range(2))
    step(world.auditee, asked, "submit")
    alter(world, bad["id"])
    assert not done(world.auditor.client.get(f"{API}/evidence-versions/{bad['id']}/verify"))["intact"]
    found = world.auditor.client.post(f"{REQUESTS}/{asked['id']}/accept", json={})
    problem(found, 409, "EVIDENCE_ALTERED")
    assert done(world.auditor.client.get(f"{REQUESTS}/{asked['id']}"))["state"] == "submitted"
    assert done(world.auditor.client.get(f"{API}/evidence-versions/{good['id']}"))["state"] == "received"


def test_promise_7_an_auditee_learns_nothing_of_what_the_team_adds_to_a_request(world: World) -> None:
    asked = request(world, procedure_id=procedure(world)["id"])
    for person in (world.auditee, world.auditor, world.auditor):
        filed(world, by=person, request=asked["id"])
    for person, documents, has_procedure in ((world.auditor, 3, True), (world.auditee, 1, False)):
        found = done(person.client.get(f"{REQUESTS}/{asked['id']}"))
        assert (found["documents"], found["procedure_id"] is not None) == (documents, has_procedure)
    [listed] = [each for each in done(world.auditee.client.get(REQUESTS))["items"] if each["id"] == asked["id"]]
    assert (listed["documents"], listed["procedure_id"]) == (1, None)


def test_it_is_sent_to_an_auditee_of_the_engagement_alone(world: World) -> None:
    body = {"title": "Statements"}
    unassigned = made(world.auditor.client.post(f"{world.path}/requests", json=body))
    assert "no auditee" in refused(world.auditor, unassigned, "send")["detail"]
    for person in (world.auditor, world.foreign_auditee):
        found = world.auditor.client.post(f"{world.path}/requests", json={**body, "assignee_id": str(person.id)})
        assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"] == "assignee_id"


def test_who_is_no_auditee_any_more_is_asked_nothing(world: World) -> None:
    person = world.person(first_name="Nils")
    world.appoint(world.id, person, "auditee")
    draft, sent = request(world, to=person, is_sent=False), request(world, to=person)
    done(world.lead.client.delete(f"{world.path}/members/{person.id}"))
    refused(world.auditor, draft, "send")
    problem(person.client.get(f"{REQUESTS}/{sent['id']}"), 404, "NOT_FOUND")
    assert done(person.client.get(REQUESTS))["total"] == 0


def test_nothing_is_no_answer(world: World) -> None:
    asked = request(world)
    assert "neither" in refused(world.auditee, asked, "submit")["detail"]
    assert "neither" in refused(world.auditee, asked, "submit", answer="   ")["detail"]
    assert step(world.auditee, asked, "submit", answer="There are none.")["state"] == "submitted"


def test_it_is_returned_with_a_reason(world: World) -> None:
    asked = request(world)
    step(world.auditee, asked, "submit", answer="See above.")
    found = world.auditor.client.post(f"{REQUESTS}/{asked['id']}/return", json={"reason": "  "})
    problem(found, 422, "VALIDATION_ERROR")
    returned = step(world.auditor, asked, "return", reason="There is nothing above.")
    assert (returned["state"], returned["return_reason"]) == ("returned", "There is nothing above.")
    assert step(world.auditee, asked, "submit", answer="Now there is.")["answer"] == "Now there is."


def test_a_step_out_of_order_names_the_legal_ones(world: World) -> None:
    asked = request(world)
    assert refused(world.auditor, asked, "accept")["details"] == {
        "action": "accept", "state": "requested", "legal": [],
    }  # fmt: skip
    refused(world.auditor, asked, "send")
    found = world.auditor.client.post(f"{REQUESTS}/{asked['id']}/submit", json={"answer": "mine"})
    problem(found, 403, "FORBIDDEN")


def test_the_portal_shows_an_auditee_their_own_alone(world: World) -> None:
    person = world.person(first_name="Paula")
    for number in (world.id, world.new_engagement()["id"]):
        world.appoint(number, person, "auditee")
    draft, own, others = request(world, to=person, is_sent=False), request(world, to=person), request(world)
    listed = done(person.client.get(REQUESTS))
    assert ([each["id"] for each in listed["items"]], listed["total"]) == ([own["id"]], 1)
    assert listed["items"][0]["client"] == world.company["name"]
    assert done(person.client.get(REQUESTS, params={"state": "returned"}))["total"] == 0
    for hidden in (draft, others):
        for path in ("", "/actions"):
            problem(person.client.get(f"{REQUESTS}/{hidden['id']}{path}"), 404, "NOT_FOUND")
        problem(person.client.post(f"{REQUESTS}/{hidden['id']}/submit", json={"answer": "x"}), 404, "NOT_FOUND")
    problem(person.client.get(f"{world.path}/requests"), 404, "NOT_FOUND")
    problem(person.client.patch(f"{REQUESTS}/{own['id']}", json={"title": "x"}), 404, "NOT_FOUND")
    problem(person.client.post(f"{REQUESTS}/{own['id']}/accept", json={}), 404, "NOT_FOUND")


def test_strangers_find_nothing(world: World) -> None:
    asked = request(world)
    for person in (world.stranger, world.foreign_auditee, world.admin):
        problem(person.client.get(f"{REQUESTS}/{asked['id']}"), 404, "NOT_FOUND")
        problem(person.client.get(f"{world.path}/requests"), 404, "NOT_FOUND")
        problem(person.client.post(f"{world.path}/requests", json={"title": "x"}), 404, "NOT_FOUND")
        assert done(person.client.get(REQUESTS))["items"] == []


def test_a_draft_is_edited_and_what_was_sent_only_put_off(world: World) -> None:
    draft = request(world, is_sent=False)
    client, path = world.auditor.client, f"{REQUESTS}/{draft['id']}"
    tag = client.get(path).headers["etag"]
    changed = done(
        client.patch(path, json={"title": "Other statements", "assignee_id": None}, headers={"If-Match": tag})
    )
    assert (changed["title"], changed["assignee"]) == ("Other statements", None)
    problem(client.patch(path, json={"title": "Late"}, headers={"If-Match": tag}), 412, "PRECONDITION_FAILED")
    done(client.patch(path, json={"assignee_id": str(world.auditee.id)}))
    step(world.auditor, draft, "send")
    problem(client.patch(path, json={"title": "Too late"}), 409, "REQUEST_SENT")
    assert done(client.patch(path, json={"due_on": "2026-05-01"}))["due_on"] == "2026-05-01"
    step(world.auditee, draft, "submit", answer="None.")
    step(world.auditor, draft, "accept")
    problem(client.patch(path, json={"due_on": "2026-06-01"}), 409, "REQUEST_SENT")


def test_a_procedure_of_another_engagement_is_none(world: World) -> None:
    found = world.auditor.client.post(f"{world.path}/requests", json={"title": "x", "procedure_id": 10**9})
    assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"] == "procedure_id"


def test_of_an_acceptance_and_a_return_at_once_one_holds(world: World) -> None:
    asked = request(world)
    step(world.auditee, asked, "submit", answer="All of it.")
    path, token = f"{REQUESTS}/{asked['id']}", world.auditor.tokens["access_token"]
    calls = [Call("POST", f"{path}/accept", {}, token), Call("POST", f"{path}/return", {"reason": "Why?"}, token)]
    assert sorted(each.status_code for each in at_once(world.nobody, calls)) == [200, 409]


def test_in_an_archive_nothing_is_asked_any_more(world: World) -> None:
    number = world.new_engagement()["id"]
    path = f"{API}/engagements/{number}/requests"
    draft = made(world.auditor.client.post(path, json={"title": "x", "assignee_id": str(world.auditee.id)}))
    world.sql("UPDATE audit.engagements SET state = 'archived', archived_at = now() WHERE id = %(id)s", id=number)
    problem(world.auditor.client.post(path, json={"title": "y"}), 409, "ENGAGEMENT_ARCHIVED")
    found = world.auditor.client.post(f"{REQUESTS}/{draft['id']}/send")
    problem(found, 409, "ENGAGEMENT_ARCHIVED")
    assert allowed(world.auditor, draft) == []
