"""People of a company: who makes, changes and removes whom, and that rights count from the next request on."""

from typing import Any

import pytest

from tests.apps.factory.world import API, PIN, World, done
from tests.contract.shop import PASSWORD, made, unique
from tests.contract.stall import problem
from tests.races import Call, at_once, bearer, statuses

USERS = f"{API}/users"
ME = f"{API}/auth/me"


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def newcomer(**values: Any) -> dict[str, Any]:
    return {"email": f"{unique('newcomer')}@example.com", "password": PASSWORD, **values}


def path_of(world: World, role: str = "Operator") -> str:
    return f"{USERS}/{world.person(role)['id']}"


@pytest.mark.usefixtures("full_cost")
def test_an_administrator_adds_people_who_then_sign_in(world: World) -> None:
    body = newcomer(full_name="Ani Petrova", pin="314159")
    user = made(world.ours.admin.client.post(USERS, json=body))
    assert (user["role"], user["full_name"], user["has_pin"], user["has_password"]) == (
        "Operator", "Ani Petrova", True, True,
    )  # fmt: skip
    assert not {"pwd_hash", "pin_hash", "password", "pin", "company_id"} & user.keys()
    tokens = done(world.nobody.post(f"{API}/auth/login", json={"email": body["email"], "password": PASSWORD}))
    assert tokens["role"] == "Operator"
    world.badge_in(user["guid"], world.ours.station["guid"], "314159")
    (row,) = world.sql("SELECT company_id, pwd_hash, pin_hash FROM factory.users WHERE id = %(id)s", id=user["id"])
    assert row["company_id"] == world.ours.id
    assert row["pwd_hash"][:7] == row["pin_hash"][:7] == "$2b$12$"


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", "SystemAdmin"), ("role", "Integration"), ("role", "Boss"), ("company_id", "x"), ("guid", "x"), ("id", 1),
     ("pin", "123456"), ("pin", "000000"), ("pin", "654321"), ("pin", "12345"), ("pin", 314159), ("email", "nobody"),
     ("email", "x" * 300 + "@example.com"), ("password", "short"), ("full_name", "x" * 201), ("full_name", "\x00"),
     ("is_active", "yes")],
)  # fmt: skip
def test_what_is_no_user_is_invalid(world: World, field: str, value: Any) -> None:
    problem(world.ours.admin.client.post(USERS, json=newcomer(**{field: value})), 422, "VALIDATION_ERROR")


def test_one_manages_strictly_lower_roles(world: World) -> None:
    admin = world.ours.admin.client
    problem(admin.post(USERS, json=newcomer(role="CompanyAdmin")), 403, "FORBIDDEN")
    peer = path_of(world, "CompanyAdmin")
    for change in ({"full_name": "x"}, {"role": "Operator"}, {"is_active": False}, {"password": PASSWORD}):
        problem(admin.put(peer, json=change), 403, "FORBIDDEN")
    problem(admin.put(f"{peer}/pin", json={"pin": "314159"}), 403, "FORBIDDEN")
    problem(admin.post(f"{peer}/badge"), 403, "FORBIDDEN")
    problem(admin.delete(peer), 403, "FORBIDDEN")
    operator = path_of(world)
    assert done(admin.put(operator, json={"role": "ProjectManager"}))["role"] == "ProjectManager"
    problem(admin.put(operator, json={"role": "CompanyAdmin"}), 403, "FORBIDDEN")
    assert done(world.ours.boss.put(operator, json={"role": "CompanyAdmin"}))["role"] == "CompanyAdmin"


@pytest.mark.parametrize("caller", ["manager", "operator", "floor", "key"])
def test_others_manage_nobody(world: World, caller: str) -> None:
    found = getattr(world.ours, caller)
    client = getattr(found, "client", found)
    lower = path_of(world)
    problem(client.get(USERS), 403, "FORBIDDEN")
    problem(client.get(lower), 403, "FORBIDDEN")
    problem(client.post(USERS, json=newcomer()), 403, "FORBIDDEN")
    problem(client.put(lower, json={"full_name": "x"}), 403, "FORBIDDEN")
    problem(client.delete(lower), 403, "FORBIDDEN")
    problem(client.post(f"{lower}/restore"), 403, "FORBIDDEN")


def test_ones_own_name_and_secrets_are_ones_own_and_ones_rights_are_not(world: World) -> None:
    account = world.account("CompanyAdmin")
    path = f"{USERS}/{account.user_id}"
    assert done(account.client.put(path, json={"full_name": "Ada"}))["full_name"] == "Ada"
    assert done(account.client.put(f"{path}/pin", json={"pin": "314159"}))["has_pin"]
    for change in ({"role": "Operator"}, {"is_active": False}, {"email": "else@example.com"}):
        problem(account.client.put(path, json=change), 403, "FORBIDDEN")
    problem(account.client.delete(path), 403, "FORBIDDEN")
    done(account.client.put(path, json={"password": "another long password"}))
    problem(account.client.get(ME), 401, "UNAUTHORIZED")  # it ends every session, this one too


def test_a_foreign_user_is_nobody(world: World) -> None:
    theirs = f"{USERS}/{world.theirs.manager.user_id}"
    for client in (world.ours.admin.client, world.ours.boss, world.system.client):
        problem(client.get(theirs), 404, "NOT_FOUND")
        problem(client.put(theirs, json={"full_name": "x"}), 404, "NOT_FOUND")
        problem(client.delete(theirs), 404, "NOT_FOUND")
        problem(client.post(f"{theirs}/restore"), 404, "NOT_FOUND")
    assert world.theirs.manager.email not in world.ours.admin.client.get(USERS, params={"limit": 100}).text
    assert done(world.theirs.boss.get(theirs))["email"] == world.theirs.manager.email


def test_an_address_is_one_persons_in_all_companies(world: World) -> None:
    body = newcomer(email=world.theirs.manager.email.upper())
    problem(world.ours.admin.client.post(USERS, json=body), 409, "NAME_TAKEN")
    answers = at_once(world.nobody, [
        Call("POST", USERS, body, headers=bearer(account.tokens["access_token"]))
        for body in [newcomer()] for account in [world.ours.admin, world.theirs.admin] * 3
    ])  # fmt: skip
    assert statuses(answers) == {201: 1, 409: 5}


def test_a_new_password_a_new_pin_and_a_new_badge_end_what_they_opened(world: World) -> None:
    account, admin = world.account("Operator"), world.ours.admin.client
    path = f"{USERS}/{account.user_id}"

    def at_work() -> Any:
        found = done(admin.get(path))
        tokens = world.badge_in(found["guid"], world.ours.station["guid"], pin)
        return world.client(Authorization=f"Bearer {tokens['access_token']}")

    pin = PIN
    floor = at_work()
    done(admin.put(f"{path}/pin", json={"pin": "314159"}))
    problem(floor.get(ME), 401, "UNAUTHORIZED")
    done(account.client.get(ME))
    pin = "314159"
    floor, old = at_work(), done(admin.get(path))["guid"]
    assert done(admin.post(f"{path}/badge"))["guid"] != old
    problem(floor.get(ME), 401, "UNAUTHORIZED")
    floor = at_work()
    done(admin.put(path, json={"password": "another long password"}))
    problem(floor.get(ME), 401, "UNAUTHORIZED")
    problem(account.client.get(ME), 401, "UNAUTHORIZED")


def test_who_is_removed_is_out_and_comes_back_by_restoring(world: World) -> None:
    account, admin = world.account("ProjectManager"), world.ours.admin.client
    path = f"{USERS}/{account.user_id}"
    assert admin.delete(path).status_code == 204
    problem(account.client.get(ME), 401, "UNAUTHORIZED")
    body = {"email": account.email, "password": PASSWORD}
    problem(world.nobody.post(f"{API}/auth/login", json=body), 401, "UNAUTHORIZED")
    assert account.user_id not in [each["id"] for each in done(admin.get(USERS, params={"limit": 100}))["items"]]
    listed = done(admin.get(USERS, params={"deleted": True, "limit": 100}))["items"]
    assert account.user_id in [each["id"] for each in listed]
    problem(admin.put(path, json={"full_name": "x"}), 404, "NOT_FOUND")
    problem(admin.delete(path), 404, "NOT_FOUND")
    assert done(admin.post(f"{path}/restore"))["deleted_at"] is None
    assert done(admin.post(f"{path}/restore"))["deleted_at"] is None
    problem(account.client.get(ME), 401, "UNAUTHORIZED")  # the old session stays ended
    done(world.nobody.post(f"{API}/auth/login", json=body))


def test_a_disabled_user_stays_disabled_when_restored(world: World) -> None:
    person, admin = world.person("Operator"), world.ours.admin.client
    path = f"{USERS}/{person['id']}"
    assert done(admin.put(path, json={"is_active": False}))["is_active"] is False
    assert admin.delete(path).status_code == 204
    assert done(admin.post(f"{path}/restore"))["is_active"] is False


def test_rights_count_from_the_next_request_on(world: World) -> None:
    account = world.account("Operator")
    path = f"{USERS}/{account.user_id}"
    problem(account.client.get(USERS), 403, "FORBIDDEN")
    done(world.ours.boss.put(path, json={"role": "CompanyAdmin"}))
    done(account.client.get(USERS))
    done(world.ours.boss.put(path, json={"is_active": False}))
    problem(account.client.get(USERS), 401, "UNAUTHORIZED")


def test_a_company_keeps_an_administrator(world: World) -> None:
    company = world.new_company()
    first, second = world.person("CompanyAdmin", company), world.person("CompanyAdmin", company)
    calls = [
        Call("PUT", f"{USERS}/{each['id']}", {"role": "Operator"}, headers=dict(company.boss.headers))
        for each in (first, second)
    ]
    assert statuses(at_once(world.nobody, calls)) == {200: 1, 409: 1}
    (left,) = done(company.boss.get(USERS, params={"role": "CompanyAdmin"}))["items"]
    path = f"{USERS}/{left['id']}"
    for change in ({"role": "Operator"}, {"is_active": False}):
        problem(company.boss.put(path, json=change), 409, "LAST_ADMINISTRATOR")
    problem(company.boss.delete(path), 409, "LAST_ADMINISTRATOR")
    done(company.boss.put(path, json={"full_name": "still here"}))


def test_of_two_who_change_one_user_one_has_seen_the_other(world: World) -> None:
    path, admin = path_of(world), world.ours.admin.client
    tag = admin.get(path).headers["etag"]
    done(admin.put(path, json={"full_name": "first"}, headers={"If-Match": tag}))
    for method, below in (("PUT", ""), ("DELETE", ""), ("POST", "/badge")):
        body = {"full_name": "second"} if method == "PUT" else None
        found = admin.request(method, f"{path}{below}", json=body, headers={"If-Match": tag})
        problem(found, 412, "PRECONDITION_FAILED")


def test_the_database_itself_lets_nobody_else_run_the_installation(world: World) -> None:
    from psycopg.errors import CheckViolation

    with pytest.raises(CheckViolation):
        world.person("SystemAdmin", world.ours)
