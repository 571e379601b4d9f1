"""Companies, their workstations and their API keys."""

from typing import Any
from uuid import uuid4

import pytest

from portico.apps.factory.tables import HOME
from tests.apps.factory.world import API, World, done
from tests.contract.shop import PASSWORD, made, unique
from tests.contract.stall import problem
from tests.races import Call, at_once, bearer, statuses

COMPANIES, STATIONS, KEYS = f"{API}/companies", f"{API}/workstations", f"{API}/api-keys"
ME = f"{API}/auth/me"


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def test_a_system_administrator_opens_a_company_and_its_first_administrator_goes_on(world: World) -> None:
    body = {"name": unique("Fenestra"), "time_zone": "Europe/Vienna"}
    company = made(world.system.client.post(COMPANIES, json=body))
    assert (company["name"], company["time_zone"], company["is_active"]) == (*body.values(), True)
    path = f"{COMPANIES}/{company['id']}"
    assert done(world.system.client.get(path)) == company
    named = {"X-Company": company["id"]}
    admin = {"email": f"{unique('first')}@example.com", "password": PASSWORD, "role": "CompanyAdmin"}
    made(world.system.client.post(f"{API}/users", json=admin, headers=named))
    body = {"email": admin["email"], "password": PASSWORD}
    tokens = done(world.nobody.post(f"{API}/auth/login", json=body))
    client = world.client(Authorization=f"Bearer {tokens['access_token']}")
    assert done(client.get(ME))["company_id"] == company["id"]
    assert client.get(COMPANIES).json() == [company]
    assert client.get(STATIONS).json() == []


def test_everybody_sees_the_own_company_and_a_system_administrator_all(world: World) -> None:
    for client in (world.ours.admin.client, world.ours.floor, world.ours.key):
        assert [each["id"] for each in client.get(COMPANIES).json()] == [str(world.ours.id)]
        problem(client.get(f"{COMPANIES}/{world.theirs.id}"), 404, "NOT_FOUND")
    for client in (world.system.client, world.ours.boss):
        seen = {each["id"] for each in client.get(COMPANIES).json()}
        assert {str(world.ours.id), str(world.theirs.id), str(HOME)} <= seen


@pytest.mark.parametrize("caller", ["admin", "manager", "operator", "floor", "key"])
def test_nobody_else_writes_companies(world: World, caller: str) -> None:
    found = getattr(world.ours, caller)
    client = getattr(found, "client", found)
    problem(client.post(COMPANIES, json={"name": "mine"}), 403, "FORBIDDEN")
    for company in (world.ours, world.theirs):
        problem(client.put(f"{COMPANIES}/{company.id}", json={"name": "mine"}), 403, "FORBIDDEN")
        problem(client.delete(f"{COMPANIES}/{company.id}"), 403, "FORBIDDEN")


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "x" * 101}, {"name": None}, {"name": "x", "time_zone": "Mars/Olympus"},
     {"name": "x", "time_zone": "../etc/passwd"}, {"name": "x", "id": str(HOME)}, {"name": "x", "is_active": False}],
)  # fmt: skip
def test_what_is_no_company_is_invalid(world: World, body: dict[str, Any]) -> None:
    problem(world.system.client.post(COMPANIES, json=body), 422, "VALIDATION_ERROR")


def test_a_name_is_one_companys(world: World) -> None:
    body = {"name": world.theirs.name.upper()}
    problem(world.system.client.post(COMPANIES, json=body), 409, "NAME_TAKEN")
    problem(world.system.client.put(f"{COMPANIES}/{world.ours.id}", json=body), 409, "NAME_TAKEN")
    calls = [Call("POST", COMPANIES, {"name": unique("one")}, headers=bearer(world.system.tokens["access_token"]))] * 4
    assert statuses(at_once(world.nobody, calls)) == {201: 1, 409: 3}


def test_nobody_of_an_inactive_company_comes_in_and_all_return_with_it(world: World) -> None:
    company = world.new_company()
    path, login = f"{COMPANIES}/{company.id}", {"email": company.manager.email, "password": PASSWORD}
    inside = (company.manager.client, company.floor, company.key)
    for client in inside:
        done_or_list = client.get(STATIONS)
        assert done_or_list.status_code == 200
    assert done(world.system.client.put(path, json={"is_active": False}))["is_active"] is False
    assert [client.get(STATIONS).status_code for client in inside] == [401, 401, 403]
    problem(world.nobody.post(f"{API}/auth/login", json=login), 401, "UNAUTHORIZED")
    token = {"refresh_token": company.manager.tokens["refresh_token"]}
    problem(world.nobody.post(f"{API}/auth/refresh", json=token), 401, "UNAUTHORIZED")
    body = {"user_guid": str(world.person("Operator", company)["guid"]), "pin": "271828"}
    found = world.nobody.post(f"{API}/auth/qr", json={**body, "workstation_guid": str(company.station["guid"])})
    problem(found, 401, "UNAUTHORIZED")
    assert company.boss.get(STATIONS).status_code == 200
    done(world.system.client.put(path, json={"is_active": True}))
    done(world.nobody.post(f"{API}/auth/login", json=login))
    assert company.key.get(STATIONS).status_code == 200


def test_the_company_of_the_installation_stays(world: World) -> None:
    path = f"{COMPANIES}/{HOME}"
    problem(world.system.client.put(path, json={"is_active": False}), 409, "HOME_COMPANY")
    problem(world.system.client.delete(path), 409, "HOME_COMPANY")


def test_a_company_goes_while_nothing_belongs_to_it(world: World) -> None:
    company = made(world.system.client.post(COMPANIES, json={"name": unique("brief")}))
    path = f"{COMPANIES}/{company['id']}"
    tag = world.system.client.get(path).headers["etag"]
    done(world.system.client.put(path, json={"time_zone": "UTC"}))
    problem(world.system.client.delete(path, headers={"If-Match": tag}), 412, "PRECONDITION_FAILED")
    assert world.system.client.delete(path).status_code == 204
    problem(world.system.client.delete(path), 404, "NOT_FOUND")
    problem(world.system.client.put(f"{COMPANIES}/{uuid4()}", json={"name": "x"}), 404, "NOT_FOUND")
    assert world.ours.station
    problem(world.system.client.delete(f"{COMPANIES}/{world.ours.id}"), 409, "IN_USE")


def test_one_key_of_a_request_opens_one_company_and_in_another_it_is_another_request(world: World) -> None:
    headers = {"Idempotency-Key": unique("once")}
    body = {"name": unique("saw"), "type": "Machine"}
    first = made(world.ours.boss.post(STATIONS, json=body, headers=headers))
    assert made(world.ours.boss.post(STATIONS, json=body, headers=headers)) == first
    problem(world.theirs.boss.post(STATIONS, json=body, headers=headers), 422, "IDEMPOTENCY_KEY_REUSED")


# Workstations


def test_a_workstation_is_made_changed_deleted_and_restored(world: World) -> None:
    admin = world.ours.admin.client
    body = {"name": unique("saw"), "location": "Hall 1", "type": "Machine"}
    station = made(admin.post(STATIONS, json=body))
    path = f"{STATIONS}/{station['id']}"
    assert {name: station[name] for name in body} == body
    assert done(world.ours.floor.get(path)) == station
    assert done(admin.put(path, json={"type": "Control"}))["type"] == "Control"
    problem(admin.post(STATIONS, json={**body, "name": body["name"].upper()}), 409, "NAME_TAKEN")
    made(world.theirs.admin.client.post(STATIONS, json=body))  # the name is free in another company
    assert admin.delete(path).status_code == 204
    problem(admin.put(path, json={"type": "Machine"}), 404, "NOT_FOUND")
    problem(admin.post(STATIONS, json=body), 409, "NAME_TAKEN")
    assert station["id"] not in [each["id"] for each in admin.get(STATIONS).json()]
    assert station["id"] in [each["id"] for each in admin.get(STATIONS, params={"deleted": True}).json()]
    assert done(admin.post(f"{path}/restore"))["deleted_at"] is None
    assert [each["id"] for each in admin.get(STATIONS, params={"type": "Control"}).json()] == [station["id"]]


@pytest.mark.parametrize("how", ["is_active", "delete", "code"])
def test_a_station_that_goes_out_of_use_signs_its_people_out(world: World, how: str) -> None:
    station, admin = world.new_station(), world.ours.admin.client
    operator, elsewhere = world.at_station(station), world.ours.floor
    path = f"{STATIONS}/{station['id']}"
    if how == "is_active":
        done(admin.put(path, json={"is_active": False}))
    elif how == "delete":
        assert admin.delete(path).status_code == 204
    else:
        assert done(admin.post(f"{path}/code"))["guid"] != str(station["guid"])
    problem(operator.get(ME), 401, "UNAUTHORIZED")
    done(elsewhere.get(ME))


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x"}, {"name": "x", "type": "machine"}, {"name": " ", "type": "Machine"},
     {"name": "x", "type": "Machine", "guid": str(uuid4())}, {"name": "x", "type": "Machine", "location": "x" * 201},
     {"name": "x", "type": "Machine", "is_active": 1}, {"name": "x", "type": "Machine", "company_id": str(HOME)}],
)  # fmt: skip
def test_what_is_no_workstation_is_invalid(world: World, body: dict[str, Any]) -> None:
    problem(world.ours.admin.client.post(STATIONS, json=body), 422, "VALIDATION_ERROR")


# API keys


def test_a_key_acts_for_its_company_as_far_as_its_scopes_go(world: World) -> None:
    admin = world.ours.admin.client
    found = admin.post(KEYS, json={"name": "planning", "scopes": ["sync:read"]})
    key = made(found)
    assert key["key"].startswith("rfk_")
    assert key["key"].endswith(f".{world.ours.id}")
    assert found.headers["cache-control"] == "no-store"
    program = world.client(Authorization=f"ApiKey {key['key']}")
    assert program.get(STATIONS).status_code == 200
    problem(program.post(f"{API}/sync/projects", json={"projects": [{"code": "P", "name": "P"}]}), 403, "FORBIDDEN")
    listed = admin.get(KEYS).json()
    assert key["id"] in [each["id"] for each in listed]
    assert key["key"] not in str(listed)
    assert key["id"] not in [each["id"] for each in world.theirs.admin.client.get(KEYS).json()]
    for stranger in (world.theirs.admin.client, world.theirs.boss):
        problem(stranger.delete(f"{KEYS}/{key['id']}"), 404, "NOT_FOUND")
    assert admin.delete(f"{KEYS}/{key['id']}").status_code == 204
    problem(program.get(STATIONS), 401, "UNAUTHORIZED")
    problem(admin.delete(f"{KEYS}/{key['id']}"), 404, "NOT_FOUND")


def test_a_key_with_another_companys_name_is_nobodys(world: World) -> None:
    key = made(world.ours.admin.client.post(KEYS, json={"name": "x", "scopes": ["sync:read"]}))["key"]
    secret = key.rpartition(".")[0]
    for text in (secret, f"{secret}.", f"{secret}.{world.theirs.id}", f"{secret}.x.{world.ours.id}", f"{key}.x", ""):
        found = world.nobody.get(STATIONS, headers={"X-API-Key": text})
        problem(found, 401, "UNAUTHORIZED")


def test_keys_made_at_once_are_of_one_program(world: World) -> None:
    company = world.new_company()
    token = bearer(company.admin.tokens["access_token"])
    call = Call("POST", KEYS, {"name": "x", "scopes": ["sync:write"]}, headers=token)
    assert statuses(at_once(world.nobody, [call] * 6)) == {201: 6}
    rows = world.sql(
        "SELECT id, pwd_hash FROM factory.users WHERE company_id = %(id)s AND role = 'Integration'", id=company.id
    )
    assert [row["pwd_hash"] for row in rows] == [None]
    path = f"{API}/users/{rows[0]['id']}"
    problem(company.admin.client.put(path, json={"password": PASSWORD}), 404, "NOT_FOUND")
    problem(company.admin.client.delete(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["companies:write"]},
     {"name": "x", "scopes": "sync:read"},
     {"name": "x", "scopes": ["sync:read"], "expires_in_days": 0},
     {"name": "x", "scopes": ["sync:read"], "expires_in_days": 366},
     {"name": "x", "scopes": ["sync:read"], "user_id": 1}],
)  # fmt: skip
def test_what_is_no_key_is_invalid(world: World, body: dict[str, Any]) -> None:
    problem(world.ours.admin.client.post(KEYS, json=body), 422, "VALIDATION_ERROR")
