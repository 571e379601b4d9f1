"""Clients: the companies that are audited."""

import pytest

from tests.apps.audit.world import API, World, done
from tests.contract.shop import made, unique
from tests.contract.stall import problem

CLIENTS = f"{API}/clients"


def test_a_client_is_added_found_changed_and_removed(shared_world: World) -> None:
    client, name = shared_world.lead.client, unique("Müller")
    body = {"name": name, "registration": "HRB 1", "country": "DE", "currency": "CHF"}
    company = made(client.post(CLIENTS, json=body))
    path = f"{CLIENTS}/{company['id']}"
    assert {**body, "id": company["id"], "created_at": company["created_at"]} == company
    assert done(client.get(CLIENTS, params={"q": name.lower()}))["items"] == [company]
    changed = client.patch(path, json={"country": "AT"}, headers={"If-Match": '"1"'})
    assert done(changed) == {**company, "country": "AT"}
    problem(client.patch(path, json={"country": "CH"}, headers={"If-Match": '"1"'}), 412, "PRECONDITION_FAILED")
    assert client.delete(path, headers={"If-Match": changed.headers["etag"]}).status_code == 204
    problem(client.get(path), 404, "NOT_FOUND")


def test_a_name_is_taken_once(shared_world: World) -> None:
    found = shared_world.admin.client.post(CLIENTS, json={"name": shared_world.company["name"]})
    problem(found, 409, "NAME_TAKEN")


@pytest.mark.parametrize("values", [{"name": ""}, {"country": "Germany"}, {"currency": "eur"}, {"audited": True}])
def test_what_is_no_client_is_refused(shared_world: World, values: dict[str, object]) -> None:
    problem(shared_world.lead.client.post(CLIENTS, json={"name": unique("C"), **values}), 422, "VALIDATION_ERROR")


def test_promise_1_a_client_with_an_engagement_is_not_removed(shared_world: World) -> None:
    for caller in (shared_world.lead, shared_world.admin):
        found = problem(caller.client.delete(f"{CLIENTS}/{shared_world.company['id']}"), 409, "IN_USE")
        assert found["details"] == {"by": "engagements"}


@pytest.mark.parametrize("caller", ["auditor", "reviewer", "auditee"])
def test_the_staff_do_not_see_the_clients(shared_world: World, caller: str) -> None:
    client = getattr(shared_world, caller).client
    problem(client.get(CLIENTS), 403, "FORBIDDEN")
    problem(client.get(f"{CLIENTS}/{shared_world.company['id']}"), 403, "FORBIDDEN")
    problem(client.post(CLIENTS, json={"name": unique("C")}), 403, "FORBIDDEN")


def test_promise_2_a_later_name_of_the_client_changes_no_report(shared_world: World) -> None:
    company = shared_world.new_client()
    issued, planned = (shared_world.new_engagement(client_id=company["id"], team={}) for _ in range(2))
    shared_world.move(issued["id"], "submit-review", "draft-report", "issue")
    later = unique("Renamed")
    done(shared_world.lead.client.patch(f"{CLIENTS}/{company['id']}", json={"name": later}))
    for engagement, name in ((issued, company["name"]), (planned, later)):
        found = done(shared_world.lead.client.get(f"{API}/engagements/{engagement['id']}"))
        assert found["client"] == {"id": company["id"], "name": name}
