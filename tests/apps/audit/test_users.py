"""Users of the firm: who may make, change and remove them."""

from typing import Any

import pytest

from tests.apps.audit.vault import filed
from tests.apps.audit.world import API, Person, World, done
from tests.contract.shop import PASSWORD, made, unique
from tests.contract.stall import problem
from tests.races import Call, at_once

USERS = f"{API}/users"


def newcomer(**values: Any) -> dict[str, Any]:
    return {"email": f"{unique('new')}@example.com", "password": PASSWORD, **values}


def path_of(person: Person) -> str:
    return f"{USERS}/{person.id}"


def test_leads_and_administrators_make_users_and_find_them(shared_world: World) -> None:
    for caller in (shared_world.lead, shared_world.admin):
        body = newcomer(first_name="  Zoë ", last_name=unique("Findable"), role="engagement_lead")
        found = caller.client.post(USERS, json=body)
        user = made(found)
        assert (user["first_name"], user["role"]) == ("Zoë", "engagement_lead")
        assert found.headers["etag"] == '"1"'
        assert done(caller.client.get(f"{USERS}/{user['id']}")) == user
        listed = done(caller.client.get(USERS, params={"q": body["last_name"].upper()}))
        assert listed == {"items": [user], "total": 1, "next_cursor": None}
        assert shared_world.nobody.post("/auth/login", json={"email": body["email"], "password": PASSWORD}).is_success


def test_the_list_goes_on_behind_its_cursor(shared_world: World) -> None:
    name = unique("Walker")
    those = [str(shared_world.person(first_name=name).id) for _ in range(3)]
    params: dict[str, Any] = {"q": name, "limit": 2}
    first = done(shared_world.admin.client.get(USERS, params=params))
    second = done(shared_world.admin.client.get(USERS, params={**params, "cursor": first["next_cursor"]}))
    assert [each["id"] for each in [*first["items"], *second["items"]]] == those[::-1]
    assert first["total"] == 3
    assert second["next_cursor"] is None


@pytest.mark.parametrize("caller", ["auditor", "reviewer", "auditee"])
def test_the_staff_neither_see_nor_change_users(shared_world: World, caller: str) -> None:
    client = getattr(shared_world, caller).client
    problem(client.get(USERS), 403, "FORBIDDEN")
    problem(client.get(path_of(shared_world.lead)), 403, "FORBIDDEN")
    problem(client.post(USERS, json=newcomer()), 403, "FORBIDDEN")
    problem(client.patch(path_of(shared_world.auditor), json={"role": "admin"}), 403, "FORBIDDEN")
    problem(client.delete(path_of(shared_world.auditor)), 403, "FORBIDDEN")


def test_an_engagement_lead_makes_nobody_an_administrator_and_dismisses_none(shared_world: World) -> None:
    client, boss = shared_world.lead.client, shared_world.person("admin")
    refused = (
        client.post(USERS, json=newcomer(role="admin")),
        client.patch(path_of(shared_world.lead), json={"role": "admin"}),
        client.patch(path_of(boss), json={"is_active": False}),
        client.delete(path_of(boss)),
    )
    for found in refused:
        assert "administrator" in problem(found, 403, "FORBIDDEN")["detail"]


def test_who_is_disabled_is_signed_out(shared_world: World) -> None:
    person = shared_world.person()
    assert done(shared_world.lead.client.patch(path_of(person), json={"is_active": False}))["is_active"] is False
    problem(person.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
    problem(
        shared_world.nobody.post("/auth/login", json={"email": person.email, "password": PASSWORD}), 401, "UNAUTHORIZED"
    )


def test_a_role_counts_from_the_next_request(shared_world: World) -> None:
    person = shared_world.person()
    problem(person.client.get(USERS), 403, "FORBIDDEN")
    done(shared_world.admin.client.patch(path_of(person), json={"role": "engagement_lead"}))
    assert person.client.get(USERS).status_code == 200


def test_of_two_writers_with_one_version_one_loses(shared_world: World) -> None:
    person = shared_world.person()
    seen = {"If-Match": shared_world.admin.client.get(path_of(person)).headers["etag"]}
    done(shared_world.admin.client.patch(path_of(person), json={"first_name": "Ada"}, headers=seen))
    found = shared_world.admin.client.patch(path_of(person), json={"first_name": "Eve"}, headers=seen)
    problem(found, 412, "PRECONDITION_FAILED")


def test_the_last_administrator_stays(world: World) -> None:
    other = world.person("admin")
    calls = [
        Call("PATCH", path_of(dismissed), {"role": "staff"}, token=by.tokens["access_token"])
        for by, dismissed in ((world.admin, other), (other, world.admin))
    ]
    codes = sorted(answer.status_code for answer in at_once(world.nobody, calls))
    assert codes in ([200, 403], [200, 409])  # the second one is no administrator any more, or finds the last one
    assert world.sql("SELECT count(*) AS n FROM audit.users WHERE role = 'admin'")[0]["n"] == 1
    last = world.admin if world.admin.client.get(USERS).is_success else other
    for change in ({"role": "staff"}, {"is_active": False}):
        problem(last.client.patch(path_of(last), json=change), 409, "LAST_ADMINISTRATOR")
    problem(last.client.delete(path_of(last)), 409, "LAST_ADMINISTRATOR")


def test_promise_1_a_user_on_whom_anything_rests_is_not_removed(shared_world: World) -> None:
    found = problem(shared_world.admin.client.delete(path_of(shared_world.auditor)), 409, "IN_USE")
    assert "Disable it instead." in found["detail"]
    gone = shared_world.person()
    shared_world.appoint(shared_world.id, gone, "auditor")
    done(gone.client.post(f"{API}/evidence-versions/{filed(shared_world)['id']}/seal"))
    done(shared_world.lead.client.delete(f"{shared_world.path}/members/{gone.id}"))
    problem(shared_world.admin.client.delete(path_of(gone)), 409, "IN_USE")  # the log alone tells of the seal
    unused = shared_world.person()
    assert shared_world.admin.client.delete(path_of(unused)).status_code == 204
    problem(shared_world.admin.client.get(path_of(unused)), 404, "NOT_FOUND")
    problem(unused.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
