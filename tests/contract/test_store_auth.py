"""Registration, log-in, refresh and log-out of the store."""

import base64
import json
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.contract.shop import OWNER, PASSWORD, STAFF, Shop, invalid, log_in, made, refusal, unique

TOKENS = {"access", "refresh", "access_token", "refresh_token", "token_type", "expires_in"}
OTHER_KEY = "a key of somebody else that is long enough for every algorithm there is"


@pytest.fixture
def account(shop: Shop) -> tuple[str, str]:
    """Name and password of a new account."""
    return shop.account().name, PASSWORD


def registration(**values: Any) -> dict[str, Any]:
    name = unique("newcomer")
    names = {"first_name": "Ada", "last_name": "Byron"}
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **names, **values}


def refreshed(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/api/auth/refresh", json={"refresh": token})


# Registration


def test_who_registers_may_log_in(shop: Shop) -> None:
    body = registration()
    account = made(shop.nobody.post("/api/auth/register", json=body))
    assert account == {"id": account["id"], "username": body["username"], "email": body["email"]}
    me = shop.signed_in(body["username"], PASSWORD).get("/api/auth/me").json()
    assert me == {**account, "firstname": "Ada", "lastname": "Byron", "is_staff": False, "is_superuser": False}


def test_names_are_not_asked_for(shop: Shop) -> None:
    body = {name: value for name, value in registration().items() if name not in ("first_name", "last_name")}
    user = shop.nobody.get(f"/api/users/{made(shop.nobody.post('/api/auth/register', json=body))['id']}").json()
    assert user["name"] == {"firstname": "", "lastname": ""}


@pytest.mark.parametrize("absent", [["username"], ["email"], ["password"], ["username", "email", "password"]])
def test_missing_fields_are_named(shop: Shop, absent: list[str]) -> None:
    body = {name: value for name, value in registration().items() if name not in absent}
    error = invalid(shop.nobody.post("/api/auth/register", json=body))
    assert (error["message"], error["details"]) == ("Missing fields", {"missing": absent})


@pytest.mark.parametrize("taken", ["mor_2314", "MOR_2314"])
def test_a_username_that_is_taken(shop: Shop, taken: str) -> None:
    error = invalid(shop.nobody.post("/api/auth/register", json=registration(username=taken)), "username")
    assert error["message"] == "Username already exists"


@pytest.mark.parametrize("taken", ["moira.lindqvist@example.com", "Moira.Lindqvist@Example.com"])
def test_an_email_that_is_taken(shop: Shop, taken: str) -> None:
    error = invalid(shop.nobody.post("/api/auth/register", json=registration(email=taken)), "email")
    assert error["message"] == "Email already exists"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("username", value) for value in ("", "a b", "a@b", "x" * 151, None, 7, [])),
        *(("email", value) for value in ("", "none", "a@b", "@b.de", "a@@b.de", "a b@c.de", "x" * 251 + "@b.d", 1)),
        *(("password", value) for value in ("", "7 chars", "x" * 129, "password123", "12345678", None, 12345678)),
        *(("first_name", value) for value in ("x" * 151, None, 1)),
        ("last_name", ["x"]),
    ],
)  # fmt: skip
def test_a_field_that_will_not_do(shop: Shop, field: str, value: Any) -> None:
    invalid(shop.nobody.post("/api/auth/register", json=registration(**{field: value})), field)


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "id", "roles", "pwd_hash"])
def test_nobody_makes_staff_of_himself(shop: Shop, field: str) -> None:
    invalid(shop.nobody.post("/api/auth/register", json=registration(**{field: 1})), field)


@pytest.mark.parametrize("password", ["8 chars.", "é" * 128, "\U0001f40c" * 100, " leading and trailing "])
def test_a_password_of_any_characters(shop: Shop, password: str) -> None:
    name = made(shop.nobody.post("/api/auth/register", json=registration(password=password)))["username"]
    log_in(shop.nobody, name, password)
    refusal(
        shop.nobody.post("/api/auth/login", json={"username": name, "password": password[:-1]}), 401, "UNAUTHORIZED"
    )


# Log-in


@pytest.mark.parametrize("name", ["mor_2314", "Mor_2314", "moira.lindqvist@example.com", "MOIRA.lindqvist@example.com"])
def test_a_log_in_by_name_or_email(shop: Shop, name: str) -> None:
    tokens = log_in(shop.nobody, name, OWNER[1])
    assert set(tokens) == TOKENS
    assert tokens["access"] == tokens["access_token"]
    assert tokens["refresh"] == tokens["refresh_token"]
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 30 * 60)
    assert shop.bearing(tokens["access"]).get("/api/auth/me").json()["username"] == "mor_2314"


def test_a_failed_log_in_tells_nothing(shop: Shop, account: tuple[str, str]) -> None:
    name = account[0]
    answers = [
        shop.nobody.post("/api/auth/login", json={"username": who, "password": password})
        for who, password in ((name, "wrong"), (unique("unknown"), PASSWORD), (name, ""), (name, "x" * 1024), ("", ""))
    ]
    for found in answers:
        error = refusal(found, 401, "UNAUTHORIZED")
        assert error == {"code": "UNAUTHORIZED", "message": "Incorrect username or password", "details": {}}
        assert found.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"password": "b"}, {"username": None, "password": "x"}])
def test_a_log_in_needs_both(shop: Shop, body: dict[str, Any]) -> None:
    invalid(shop.nobody.post("/api/auth/login", json=body))


def test_too_many_failures_close_the_account_for_a_while(shop: Shop, account: tuple[str, str]) -> None:
    name, password = account
    session = shop.signed_in(name, password)
    for _ in range(10):
        refusal(shop.nobody.post("/api/auth/login", json={"username": name, "password": "wrong"}), 401, "UNAUTHORIZED")
    for given in ("wrong", password):
        closed = shop.nobody.post("/api/auth/login", json={"username": name, "password": given})
        refusal(closed, 429, "RATE_LIMITED")
        assert 0 < int(closed.headers["retry-after"]) <= 15 * 60
    assert session.get("/api/auth/me").status_code == 200, "a live session is not locked out by others' failures"
    log_in(shop.nobody, *OWNER)


# Refresh


def test_a_refresh_token_is_used_up(shop: Shop, account: tuple[str, str]) -> None:
    first = log_in(shop.nobody, *account)
    found = refreshed(shop.nobody, first["refresh"])
    assert found.status_code == 200
    second = found.json()
    assert set(second) == TOKENS
    assert second["refresh"] != first["refresh"]
    third = refreshed(shop.nobody, second["refresh"]).json()
    assert len({first["refresh"], second["refresh"], third["refresh"]}) == 3, "also within one second"
    assert shop.bearing(third["access"]).get("/api/auth/me").status_code == 200


def test_sent_twice_by_one_client_it_gives_the_same_child(shop: Shop, account: tuple[str, str]) -> None:
    token = log_in(shop.nobody, *account)["refresh"]
    children = [refreshed(shop.nobody, token).json() for _ in range(2)]
    assert children[0]["refresh"] == children[1]["refresh"]
    assert refreshed(shop.nobody, children[1]["refresh"]).status_code == 200


def test_a_replay_ends_the_whole_family(shop: Shop, account: tuple[str, str]) -> None:
    stolen = log_in(shop.nobody, *account)["refresh"]
    rotated = refreshed(shop.nobody, stolen).json()
    thief = httpx.Client(base_url=shop.nobody.base_url, headers={"User-Agent": "a thief"}, verify=False)
    with thief:
        refusal(refreshed(thief, stolen), 401, "UNAUTHORIZED")
    refusal(refreshed(shop.nobody, rotated["refresh"]), 401, "UNAUTHORIZED")
    refusal(shop.bearing(rotated["access"]).get("/api/auth/me"), 401, "UNAUTHORIZED")


def test_other_tokens_do_not_refresh(shop: Shop, account: tuple[str, str]) -> None:
    tokens = log_in(shop.nobody, *account)
    for token in ("", "x", "a.b.c", tokens["access"], tampered(tokens["refresh"]), unsigned(tokens["refresh"])):
        found = refreshed(shop.nobody, token)
        refusal(found, 401, "UNAUTHORIZED")
        assert found.headers["www-authenticate"] == "Bearer"
    assert refreshed(shop.nobody, tokens["refresh"]).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"refresh": None}, {"refresh": 1}, {"refresh": "x" * 4097}, {"refresh": "x", "a": 1}]
)
def test_a_refresh_needs_a_token(shop: Shop, body: dict[str, Any]) -> None:
    invalid(shop.nobody.post("/api/auth/refresh", json=body))
    invalid(shop.owner.post("/api/auth/logout", json=body))


# Access


def test_me(shop: Shop) -> None:
    expected = {
        "id": 1, "username": "johnd", "email": "johan.dahl@example.com", "firstname": "johan", "lastname": "dahl",
        "is_staff": True, "is_superuser": True,
    }  # fmt: skip
    assert shop.staff.get("/api/auth/me/").json() == expected
    assert shop.owner.get("/api/auth/me").json()["is_staff"] is False
    refusal(shop.nobody.get("/api/auth/me"), 401, "UNAUTHORIZED")


def test_only_an_access_token_of_the_store_opens(shop: Shop, account: tuple[str, str]) -> None:
    tokens = log_in(shop.nobody, *account)
    claims = jwt.decode(tokens["access"], options={"verify_signature": False})
    wrong = [
        tokens["refresh"],
        tampered(tokens["access"]),
        unsigned(tokens["access"]),
        jwt.encode(claims, OTHER_KEY, "HS256"),
        jwt.encode({**claims, "sub": "1"}, "", "none"),
        jwt.encode({**claims, "sid": str(uuid4())}, OTHER_KEY, "HS512"),
    ]
    for token in wrong:
        refusal(shop.bearing(token).get("/api/auth/me"), 401, "UNAUTHORIZED")
    assert shop.bearing(tokens["access"]).get("/api/auth/me").status_code == 200


def test_the_scheme_is_written_in_any_case(shop: Shop) -> None:
    token = log_in(shop.nobody, *OWNER)["access"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {token}"}
        assert shop.nobody.get("/api/auth/me", headers=headers).status_code == 200


def tampered(token: str) -> str:
    """The same token for another subject, with the old signature."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "1"}).encode()).rstrip(b"=").decode()
    return f"{head}.{changed}.{signature}"


def unsigned(token: str) -> str:
    """The same token, which says that it needs no signature."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


# Log-out


def test_a_log_out_ends_one_session(shop: Shop, account: tuple[str, str]) -> None:
    here, there = log_in(shop.nobody, *account), log_in(shop.nobody, *account)
    client = shop.bearing(here["access"])
    assert client.post("/api/auth/logout", json={"refresh": here["refresh"]}).status_code == 200
    refusal(client.get("/api/auth/me"), 401, "UNAUTHORIZED")
    refusal(refreshed(shop.nobody, here["refresh"]), 401, "UNAUTHORIZED")
    assert shop.bearing(there["access"]).get("/api/auth/me").status_code == 200


def test_a_session_may_end_another_one_of_its_user(shop: Shop, account: tuple[str, str]) -> None:
    here, there = log_in(shop.nobody, *account), log_in(shop.nobody, *account)
    client = shop.bearing(here["access"])
    assert client.post("/api/auth/logout", json={"refresh": there["refresh"]}).status_code == 200
    refusal(shop.bearing(there["access"]).get("/api/auth/me"), 401, "UNAUTHORIZED")
    error = invalid(client.post("/api/auth/logout", json={"refresh": there["refresh"]}))
    assert error["message"] == "Invalid token", "an ended one, presented with another live session"


def test_only_a_live_refresh_token_of_ones_own_logs_out(shop: Shop, account: tuple[str, str]) -> None:
    mine, others = log_in(shop.nobody, *account), log_in(shop.nobody, *STAFF)
    client = shop.bearing(mine["access"])
    for token in (others["refresh"], mine["access"], tampered(mine["refresh"]), "x", ""):
        error = invalid(client.post("/api/auth/logout", json={"refresh": token}))
        assert error["message"] == "Invalid token"
    assert client.get("/api/auth/me").status_code == 200
    assert refreshed(shop.nobody, others["refresh"]).status_code == 200
    refusal(shop.nobody.post("/api/auth/logout", json={"refresh": mine["refresh"]}), 401, "UNAUTHORIZED")


def test_a_log_out_everywhere_ends_all(shop: Shop, account: tuple[str, str]) -> None:
    sessions = [log_in(shop.nobody, *account) for _ in range(2)]
    assert shop.bearing(sessions[0]["access"]).post("/api/auth/logout-all").status_code == 200
    for tokens in sessions:
        refusal(shop.bearing(tokens["access"]).get("/api/auth/me"), 401, "UNAUTHORIZED")
        refusal(shop.bearing(tokens["access"]).post("/api/auth/logout-all"), 401, "UNAUTHORIZED")
        refusal(refreshed(shop.nobody, tokens["refresh"]), 401, "UNAUTHORIZED")
    log_in(shop.nobody, *account)


def test_a_user_who_is_gone_is_signed_out(shop: Shop) -> None:
    user = shop.user()
    tokens = log_in(shop.nobody, user["username"], PASSWORD)
    shop.staff.delete(f"/api/users/{user['id']}")
    refusal(shop.bearing(tokens["access"]).get("/api/auth/me"), 401, "UNAUTHORIZED")
    refusal(refreshed(shop.nobody, tokens["refresh"]), 401, "UNAUTHORIZED")
    body = {"username": user["username"], "password": PASSWORD}
    refusal(shop.nobody.post("/api/auth/login", json=body), 401, "UNAUTHORIZED")
