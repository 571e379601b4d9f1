"""Signing in by password: the tokens, the cookie, and who is refused."""

from typing import Any

import httpx
import pytest

from portico.apps.factory.auth.cookie import NAME
from tests.apps.factory.world import API, World, done, log_in
from tests.clocks import MovableClock
from tests.contract.shop import PASSWORD
from tests.contract.stall import problem

REFRESH = f"{API}/auth/refresh"


def cookie_of(found: httpx.Response) -> tuple[str, set[str]]:
    """The value of the cookie that an answer sets, and its attributes."""
    (header,) = found.headers.get_list("set-cookie")
    first, *attributes = header.split("; ")
    assert first.startswith(f"{NAME}=")
    return first.removeprefix(f"{NAME}=").strip('"'), set(attributes)


def test_a_log_in_answers_as_the_contract_says(world: World) -> None:
    body = {"email": world.ours.manager.email.upper(), "password": PASSWORD}
    found = world.nobody.post(f"{API}/auth/login", json=body)
    tokens = done(found)
    assert set(tokens) == {"access_token", "refresh_token", "role", "token_type", "expires_in"}
    assert (tokens["role"], tokens["token_type"]) == ("ProjectManager", "bearer")
    assert found.headers["cache-control"] == "no-store"
    value, attributes = cookie_of(found)
    assert value == tokens["refresh_token"]
    assert attributes >= {"HttpOnly", "Secure", "SameSite=strict", "Path=/api/v1/auth"}


def test_everybody_learns_who_they_are(world: World) -> None:
    for company in (world.ours, world.theirs):
        me = done(company.admin.client.get(f"{API}/auth/me"))
        assert (me["company_id"], me["company_name"], me["role"]) == (str(company.id), company.name, "CompanyAdmin")
        assert (me["email"], me["workstation_id"]) == (company.admin.email, None)
        at_work = done(company.floor.get(f"{API}/auth/me"))
        assert (at_work["role"], at_work["workstation_id"]) == ("Operator", company.station["id"])
        problem(company.key.get(f"{API}/auth/me"), 403, "FORBIDDEN")
    assert done(world.ours.boss.get(f"{API}/auth/me"))["role"] == "SystemAdmin"


def test_a_refresh_by_body_and_one_by_cookie_go_on_from_one_another(world: World) -> None:
    origin = {"Origin": str(world.nobody.base_url).rstrip("/")}
    first = done(world.nobody.post(REFRESH, json={"refresh_token": world.ours.manager.tokens["refresh_token"]}))
    found = world.nobody.post(REFRESH, headers={"Cookie": f"{NAME}={first['refresh_token']}", **origin})
    second = done(found)
    assert len({world.ours.manager.tokens["refresh_token"], first["refresh_token"], second["refresh_token"]}) == 3
    assert cookie_of(found)[0] == second["refresh_token"]
    assert second["role"] == "ProjectManager"
    client = world.client(Authorization=f"Bearer {second['access_token']}")
    assert done(client.get(f"{API}/auth/me"))["id"] == world.ours.manager.user_id


@pytest.mark.parametrize("origin", [{"Origin": "https://elsewhere.example"}, {}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_use_the_cookie(world: World, origin: dict[str, str]) -> None:
    token = world.ours.manager.tokens["refresh_token"]
    problem(world.nobody.post(REFRESH, headers={"Cookie": f"{NAME}={token}", **origin}), 403, "FORBIDDEN")
    done(world.nobody.post(REFRESH, json={"refresh_token": token}))  # it was not used up


def test_a_used_refresh_token_ends_its_session(world: World, clock: MovableClock) -> None:
    token = world.ours.manager.tokens["refresh_token"]
    done(world.nobody.post(REFRESH, json={"refresh_token": token}))
    clock.move(minutes=1)
    problem(world.nobody.post(REFRESH, json={"refresh_token": token}), 401, "UNAUTHORIZED")
    problem(world.ours.manager.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": 7}, {"refresh_token": "x" * 5000}, {"token": "x"}, []])
def test_what_is_no_refresh_token_is_refused(world: World, body: Any) -> None:
    found = world.nobody.post(REFRESH) if body is None else world.nobody.post(REFRESH, json=body)
    assert found.status_code in (401, 422), found.text


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "a@b.c"}, {"email": 1, "password": 2}, {"email": "a@b.c", "password": "x", "company_id": "y"}, []],
)
def test_what_is_no_log_in_is_invalid(world: World, body: Any) -> None:
    problem(world.nobody.post(f"{API}/auth/login", json=body), 422, "VALIDATION_ERROR")


def test_nobody_learns_which_of_the_two_was_wrong(world: World) -> None:
    answers = [
        world.nobody.post(f"{API}/auth/login", json={"email": email, "password": password})
        for email, password in ((world.ours.admin.email, "a wrong password"), ("nobody@example.com", PASSWORD))
    ]
    bodies = [{name: value for name, value in each.json().items() if name != "trace_id"} for each in answers]
    assert bodies[0] == bodies[1]
    assert bodies[0]["status"] == 401


def test_who_logs_out_is_out(world: World) -> None:
    account = world.account("ProjectManager")
    found = account.client.post(f"{API}/auth/logout")
    assert found.status_code == 204
    assert cookie_of(found)[0] == ""
    problem(account.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
    problem(world.nobody.post(REFRESH, json={"refresh_token": account.tokens["refresh_token"]}), 401, "UNAUTHORIZED")


def test_one_logs_out_nobody_else(world: World) -> None:
    for other in (world.ours.admin, world.theirs.manager):
        body = {"refresh_token": other.tokens["refresh_token"]}
        problem(world.ours.manager.client.post(f"{API}/auth/logout", json=body), 422, "VALIDATION_ERROR")
        done(other.client.get(f"{API}/auth/me"))


def test_logging_out_everywhere_ends_all_of_ones_sessions_and_no_others(world: World) -> None:
    account = world.ours.manager
    second = world.client(Authorization=f"Bearer {log_in(world.nobody, account.email)['access_token']}")
    assert second.post(f"{API}/auth/logout-all").status_code == 204
    problem(account.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
    done(world.ours.admin.client.get(f"{API}/auth/me"))


def test_a_token_of_one_company_is_nobody_in_another(world: World) -> None:
    """The company is in the signed token: another one cannot be named, save by a SystemAdmin."""
    for client in (world.ours.admin.client, world.ours.floor, world.ours.key):
        named = {"X-Company": str(world.theirs.id)}
        problem(client.get(f"{API}/workstations", headers=named), 404, "NOT_FOUND")
        done(client.get(f"{API}/companies/{world.ours.id}", headers={"X-Company": str(world.ours.id)}))
    assert world.theirs.station["id"] in [row["id"] for row in world.theirs.boss.get(f"{API}/workstations").json()]
    unknown = {"X-Company": "12345678-1234-1234-1234-123456789012"}
    problem(world.system.client.get(f"{API}/workstations", headers=unknown), 404, "NOT_FOUND")
    wrong = {"X-Company": "everybody's"}
    problem(world.system.client.get(f"{API}/workstations", headers=wrong), 422, "VALIDATION_ERROR")
