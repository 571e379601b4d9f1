"""Signing up, in and out, in the contract's form."""

from typing import Any
from uuid import UUID

import pytest

from tests.apps.audit.world import API, World, done
from tests.contract.shop import PASSWORD, made, unique
from tests.contract.stall import problem
from tests.races import Call, at_once, statuses

LOG_IN, SIGN_UP = f"{API}/auth/login", f"{API}/auth/signup"


def newcomer(**values: Any) -> dict[str, Any]:
    return {
        "email": f"{unique('new')}@example.com",
        "password": PASSWORD,
        "first_name": "Grace",
        "last_name": "H.",
    } | values


def test_who_signs_up_signs_in_by_the_contract(shared_world: World) -> None:
    body = newcomer()
    found = made(shared_world.nobody.post("/auth/signup", json=body))
    assert found["message"] == "User created successfully"
    assert found["user"]["email"] == body["email"]
    assert set(found["user"]) == {"id", "email"}
    UUID(found["user"]["id"])
    signed_in = done(shared_world.nobody.post("/auth/login", json={"email": body["email"], "password": PASSWORD}))
    assert set(signed_in) == {"access_token", "refresh_token", "token_type", "user"}
    assert signed_in["token_type"] == "bearer"
    assert signed_in["user"] == found["user"]
    client = shared_world.client(Authorization=f"Bearer {signed_in['access_token']}")
    me = done(client.get("/auth/me"))
    assert me["id"] == found["user"]["id"]
    assert (me["first_name"], me["last_name"], me["role"], me["is_active"]) == ("Grace", "H.", "staff", True)
    assert set(me) == {"id", "email", "first_name", "last_name", "role", "is_active", "created_at"}
    for prefix in ("/api/v1/auth", "/api/auth"):
        assert done(client.get(f"{prefix}/me")) == me
        for path in ("login", "signup"):
            problem(client.post(f"{prefix}/{path}", json={}), 422, "VALIDATION_ERROR")


def test_a_wrong_password_and_an_unknown_address_are_refused_alike(shared_world: World) -> None:
    for email in (shared_world.auditor.email, "nobody-at-all@example.com"):
        found = problem(
            shared_world.nobody.post(LOG_IN, json={"email": email, "password": "not the password"}), 401, "UNAUTHORIZED"
        )
        assert found["detail"] == "Invalid email or password"


def test_a_used_address_is_a_conflict(shared_world: World) -> None:
    body = newcomer(email=shared_world.auditor.email.upper())
    problem(shared_world.nobody.post(SIGN_UP, json=body), 409, "EMAIL_TAKEN")


def test_of_two_who_sign_up_with_one_address_one_does(shared_world: World) -> None:
    answers = at_once(shared_world.nobody, [Call("POST", SIGN_UP, newcomer(email="twice@example.com"))] * 3)
    assert statuses(answers) == {201: 1, 409: 2}


@pytest.mark.parametrize(("field", "value"), [("role", "admin"), ("is_active", True), ("id", str(UUID(int=1)))])
def test_nobody_says_at_sign_up_what_they_may(shared_world: World, field: str, value: Any) -> None:
    problem(shared_world.nobody.post(SIGN_UP, json=newcomer(**{field: value})), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize("password", ["short", "password"])
def test_a_weak_password_is_refused(shared_world: World, password: str) -> None:
    problem(shared_world.nobody.post(SIGN_UP, json=newcomer(password=password)), 422, "VALIDATION_ERROR")


def test_who_has_just_signed_up_sees_nothing(shared_world: World) -> None:
    body = newcomer()
    made(shared_world.nobody.post(SIGN_UP, json=body))
    tokens = done(shared_world.nobody.post(LOG_IN, json={"email": body["email"], "password": PASSWORD}))
    client = shared_world.client(Authorization=f"Bearer {tokens['access_token']}")
    assert done(client.get(f"{API}/engagements"))["items"] == []
    for path in ("/users", "/clients", "/log", "/log/head", "/log/verify"):
        problem(client.get(f"{API}{path}"), 403, "FORBIDDEN")


def test_a_refresh_token_is_used_once_and_a_session_ends(shared_world: World) -> None:
    person = shared_world.person()
    again = done(
        shared_world.nobody.post(f"{API}/auth/refresh", json={"refresh_token": person.tokens["refresh_token"]})
    )
    assert again["refresh_token"] != person.tokens["refresh_token"]
    assert again["user"] == {"id": str(person.id), "email": person.email}
    assert person.client.post(f"{API}/auth/logout").status_code == 204
    problem(person.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
    found = shared_world.nobody.post(f"{API}/auth/refresh", json={"refresh_token": again["refresh_token"]})
    problem(found, 401, "UNAUTHORIZED")


def test_all_sessions_end_at_once(shared_world: World) -> None:
    person = shared_world.person()
    other = done(shared_world.nobody.post(LOG_IN, json={"email": person.email, "password": PASSWORD}))
    assert person.client.post(f"{API}/auth/logout-all").status_code == 204
    client = shared_world.client(Authorization=f"Bearer {other['access_token']}")
    problem(client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")


def test_the_page_of_the_contract_may_call(shared_world: World) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    found = shared_world.nobody.options(
        "/auth/login", headers={**asked, "Access-Control-Request-Headers": "content-type"}
    )
    assert found.status_code == 200
    assert found.headers["access-control-allow-origin"] == "http://localhost:3000"
    other = shared_world.nobody.options("/auth/login", headers={**asked, "Origin": "https://elsewhere.example.com"})
    assert "access-control-allow-origin" not in other.headers


def test_an_own_password_takes_the_place_of_the_one_that_was_given(shared_world: World) -> None:
    person, path = shared_world.person(), f"{API}/auth/password"
    wanted = {"password": PASSWORD, "new_password": "quite another phrase"}
    problem(person.client.put(path, json={**wanted, "password": "a wrong guess"}), 401, "UNAUTHORIZED")
    problem(person.client.put(path, json={**wanted, "new_password": "password"}), 422, "VALIDATION_ERROR")
    assert person.client.put(path, json=wanted).status_code == 204
    problem(person.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
    problem(shared_world.nobody.post(LOG_IN, json={"email": person.email, "password": PASSWORD}), 401, "UNAUTHORIZED")
    done(shared_world.nobody.post(LOG_IN, json={"email": person.email, "password": "quite another phrase"}))
