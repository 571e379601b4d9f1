"""Members: who works in an engagement, and that somebody always leads it."""

from uuid import UUID

import pytest

from tests.apps.audit.papers import finding
from tests.apps.audit.vault import request
from tests.apps.audit.world import API, Person, World, done
from tests.contract.stall import problem
from tests.races import Call, at_once


def path_of(world: World, person: Person) -> str:
    return f"{world.path}/members/{person.id}"


def test_a_lead_appoints_changes_and_dismisses(shared_world: World) -> None:
    person, lead = shared_world.person(first_name="Mia"), shared_world.lead.client
    problem(person.client.get(shared_world.path), 404, "NOT_FOUND")
    member = done(lead.put(path_of(shared_world, person), json={"role": "auditor"}))
    assert member == {
        "id": str(person.id), "name": "Mia Test", "email": person.email, "role": "auditor", "may_accept_risk": False,
    }  # fmt: skip
    assert done(person.client.get(shared_world.path))["role"] == "auditor"
    done(lead.put(path_of(shared_world, person), json={"role": "auditee", "may_accept_risk": True}))
    problem(person.client.get(shared_world.path), 404, "NOT_FOUND")
    assert lead.delete(path_of(shared_world, person)).status_code == 204
    problem(lead.delete(path_of(shared_world, person)), 404, "NOT_FOUND")
    roles = [each["role"] for each in lead.get(f"{shared_world.path}/members").json()]
    assert roles == ["lead", "reviewer", "auditor", "auditor", "auditee", "auditee"]


@pytest.mark.parametrize(("caller", "status"), [("auditor", 403), ("reviewer", 403), ("auditee", 404), ("admin", 404)])
def test_nobody_else_does(shared_world: World, caller: str, status: int) -> None:
    client = getattr(shared_world, caller).client
    for person in (shared_world.auditor, getattr(shared_world, caller)):
        assert client.put(path_of(shared_world, person), json={"role": "lead"}).status_code == status
        assert client.delete(path_of(shared_world, person)).status_code == status


def test_who_is_not_there_or_disabled_is_not_appointed(shared_world: World) -> None:
    gone = shared_world.person()
    done(shared_world.admin.client.patch(f"{API}/users/{gone.id}", json={"is_active": False}))
    for guid in (UUID(int=7), gone.id):
        found = shared_world.lead.client.put(f"{shared_world.path}/members/{guid}", json={"role": "auditor"})
        problem(found, 404, "NOT_FOUND")


def test_the_last_lead_stays_one(shared_world: World) -> None:
    lead = shared_world.lead.client
    problem(lead.put(path_of(shared_world, shared_world.lead), json={"role": "auditor"}), 409, "LAST_LEAD")
    problem(lead.delete(path_of(shared_world, shared_world.lead)), 409, "LAST_LEAD")
    done(lead.put(path_of(shared_world, shared_world.lead), json={"role": "lead", "may_accept_risk": True}))


def test_a_lead_who_cannot_sign_in_leads_nothing(shared_world: World) -> None:
    number, gone = shared_world.new_engagement(team={})["id"], shared_world.person()
    shared_world.appoint(number, gone, "lead")
    done(shared_world.admin.client.patch(f"{API}/users/{gone.id}", json={"is_active": False}))
    path = f"{API}/engagements/{number}/members/{shared_world.lead.id}"
    problem(shared_world.lead.client.delete(path), 409, "LAST_LEAD")


def test_promise_3_who_answers_for_the_client_takes_no_role_in_the_team(shared_world: World) -> None:
    """Else they would accept their own answers, and withdraw what was found against them."""
    lead = shared_world.lead.client
    for asked in (request, finding):
        person = shared_world.person()
        shared_world.appoint(shared_world.id, person, "auditee")
        asked(shared_world, **{"to" if asked is request else "owner": person})
        path = path_of(shared_world, person)
        for _ in range(2):  # also by way of no role at all
            for role in ("auditor", "reviewer", "lead"):
                problem(lead.put(path, json={"role": role}), 409, "OF_THE_CLIENT")
            assert lead.delete(path).status_code in (204, 404)
        done(lead.put(path, json={"role": "auditee"}))
        assert lead.delete(path).status_code == 204
    auditee = shared_world.person()
    for role in ("auditee", "auditor", "auditee"):  # who was asked nothing stands nowhere yet
        shared_world.appoint(shared_world.id, auditee, role)
    assert lead.delete(path_of(shared_world, auditee)).status_code == 204


def test_of_two_leads_who_dismiss_each_other_one_stays(world: World) -> None:
    other = world.person()
    world.appoint(world.id, other, "lead")
    calls = [
        Call("DELETE", path_of(world, dismissed), token=by.tokens["access_token"])
        for by, dismissed in ((world.lead, other), (other, world.lead))
    ]
    codes = sorted(answer.status_code for answer in at_once(world.nobody, calls))
    assert codes == [204, 404]  # whoever comes second is not of the team any more
    assert (
        world.sql(
            "SELECT count(*) AS n FROM audit.members WHERE role = 'lead' AND engagement_id = %(id)s", id=world.id
        )[0]["n"]
        == 1
    )


def test_the_version_of_the_members_is_the_engagements(shared_world: World) -> None:
    lead, person = shared_world.lead.client, shared_world.person()
    seen = {"If-Match": lead.get(f"{shared_world.path}/members").headers["etag"]}
    done(lead.put(path_of(shared_world, person), json={"role": "auditor"}, headers=seen))
    found = lead.put(path_of(shared_world, person), json={"role": "reviewer"}, headers=seen)
    problem(found, 412, "PRECONDITION_FAILED")
    assert lead.delete(path_of(shared_world, person)).status_code == 204
