"""Passwords: their form at rest, their limits, and the pool that hashes them."""

import asyncio
import hashlib
import hmac
import re
from base64 import b64encode
from pathlib import Path

import bcrypt
import httpx
import psycopg
import pytest

from portico.identity import passwords
from portico.identity.passwords import PasswordHasher, check_new_password, hash_now, verify_now
from portico.kernel.errors import InvalidInput, RateLimited
from tests.races import Call, at_once, log_in, statuses
from tests.servers import serving_app, settings_of

FORM = re.compile(r"\$2b\$12\$[./A-Za-z0-9]{53}")
COMMON = Path(passwords.__file__).with_name("common_passwords.txt").read_text().split()


def registering(name: str, password: str) -> Call:
    return Call("POST", "/api/auth/register", {"username": name, "email": f"{name}@example.com", "password": password})


def stored_hash(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pwd_hash FROM store.users WHERE username = %s", [name]).fetchone()
    assert row is not None
    found: str = row[0]
    return found


def can_log_in(client: httpx.Client, name: str, password: str) -> bool:
    answer = client.post("/api/auth/login", json={"username": name, "password": password})
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


def refusal(client: httpx.Client, password: str) -> dict[str, str]:
    (answer,) = at_once(client, [registering("refused", password)])
    assert answer.status_code == 400
    details: dict[str, str] = answer.json()["error"]["details"]
    return details


@pytest.mark.usefixtures("full_cost")
def test_what_is_stored_is_bcrypt_2b_at_cost_12(store: httpx.Client, store_url: str) -> None:
    password = "as far as 72 bytes bcrypt gets it as it is"
    assert statuses(at_once(store, [registering("anna", password)])) == {201: 1}
    stored = stored_hash(store_url, "anna")
    assert FORM.fullmatch(stored)
    assert bcrypt.checkpw(password.encode(), stored.encode())


def test_one_password_has_another_hash_each_time() -> None:
    assert hash_now("one and the same") != hash_now("one and the same")


@pytest.mark.usefixtures("full_cost")
def test_above_72_bytes_bcrypt_gets_the_base64_of_an_hmac() -> None:
    longer = "x" * 73
    digest = hmac.digest(b"portico.bcrypt", longer.encode(), hashlib.sha256)
    stored = hash_now(longer)
    assert FORM.fullmatch(stored)
    assert bcrypt.checkpw(b64encode(digest), stored.encode())
    assert not verify_now("x" * 72, stored)


@pytest.mark.parametrize("password", ["p" * 71 + "1", "p" * 72 + "1", "p" * 127 + "1", "ä" * 36, "ä" * 37, "😀" * 128])
def test_every_character_counts_as_far_as_the_last(password: str) -> None:
    stored = hash_now(password)
    assert verify_now(password, stored)
    assert not verify_now(password[:-1], stored)
    assert not verify_now(password[:-1] + "2", stored)


@pytest.mark.parametrize(
    "password",
    [" spaces around it ", "Ünïcödé and 漢字", "tab\tand line\nend", "p" * 128, "p" * 73, "\\u0000 in letters"],
)
def test_a_password_is_taken_as_it_is(store: httpx.Client, password: str) -> None:
    assert statuses(at_once(store, [registering("anna", password)])) == {201: 1}
    assert can_log_in(store, "anna", password)
    assert not can_log_in(store, "anna", f"{password} ")


def test_8_to_128_characters_in_testing(store: httpx.Client) -> None:
    assert refusal(store, "x5t7q2z") == {"password": "must have at least 8 characters"}
    assert "password" in refusal(store, "x" * 129)
    found = at_once(store, [registering("eight", "x5t7q2z!"), registering("most", "y" * 128)])
    assert statuses(found) == {201: 2}
    # A password that nobody can have is refused like any other wrong one, also before it is hashed.
    assert not can_log_in(store, "most", "y" * 129)


@pytest.mark.parametrize(
    ("environment", "shortest"), [("development", 8), ("testing", 8), ("staging", 12), ("production", 12)]
)
def test_the_shortest_password_where_real_users_are_has_12_characters(environment: str, shortest: int) -> None:
    settings = settings_of("postgresql://nowhere/portico", environment=environment)
    assert settings.shortest_password == shortest
    check_new_password("q" * shortest, shortest=settings.shortest_password)
    with pytest.raises(InvalidInput) as refused:
        check_new_password("q" * (shortest - 1), shortest=settings.shortest_password)
    assert refused.value.details == {"password": f"must have at least {shortest} characters"}


def test_common_passwords_are_refused_in_any_case(store: httpx.Client) -> None:
    expected = {"password": "is among the most common ones: choose another"}
    for password in ("password", "Password1", "12345678", "QWERTYUIOP", "iloveyou", "123456789012"):
        assert refusal(store, password) == expected


@pytest.mark.parametrize("shortest", [8, 12])
def test_the_list_of_common_passwords_has_some_for_each_limit(shortest: int) -> None:
    long_enough = [password for password in COMMON if len(password) >= shortest]
    assert len(long_enough) >= 100
    for password in long_enough:
        with pytest.raises(InvalidInput, match="Invalid input"):
            check_new_password(password.upper(), shortest=shortest)


def test_the_list_of_common_passwords_is_lower_case_and_names_each_once() -> None:
    assert sorted(set(COMMON)) == sorted(COMMON)
    assert [password.lower() for password in COMMON] == COMMON


@pytest.mark.parametrize("password", ["gggggggg", "only letters here", "73920485", "########"])
def test_there_are_no_rules_of_composition(password: str) -> None:
    check_new_password(password, shortest=8)


@pytest.mark.usefixtures("full_cost")
def test_the_bounded_pool_says_no_to_one_more_than_it_takes() -> None:
    async def race() -> list[str | BaseException]:
        hasher = PasswordHasher(1, waiting=3)
        first = await asyncio.gather(*(hasher.hash("a password") for _ in range(4)), return_exceptions=True)
        return [*first, await hasher.hash("a password")]  # and it takes new ones once there is room

    *accepted, refused, later = asyncio.run(race())
    assert all(isinstance(each, str) and FORM.fullmatch(each) for each in [*accepted, later])
    assert isinstance(refused, RateLimited)
    assert refused.headers["Retry-After"] == "2"


@pytest.mark.usefixtures("full_cost")
def test_a_hash_that_is_given_up_leaves_its_place() -> None:
    async def give_up() -> str:
        hasher = PasswordHasher(1, waiting=1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hasher.hash("a password"), 0.001)
        return await hasher.hash("a password")

    assert FORM.fullmatch(asyncio.run(give_up()))


@pytest.mark.usefixtures("full_cost")
def test_hashes_leave_the_event_loop_free() -> None:
    """The loop turns while a hash is computed, so that a request beside it does not wait."""

    async def turn() -> int:
        hashing = asyncio.ensure_future(PasswordHasher(1).hash("a password"))
        turns = 0
        while not hashing.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(turn()) > 100


@pytest.mark.usefixtures("full_cost")
def test_more_log_ins_than_the_queue_takes_are_told_to_come_again(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE store.users SET pwd_hash = %s WHERE username = 'mor_2314'", [hash_now("83r5^_")])
    login = Call("POST", "/api/auth/login", {"username": "mor_2314", "password": "83r5^_"})
    count = 2 * passwords.WAITING
    # On a busy machine nobody is to wait for a connection, or for the time of a request, in place of the hash.
    with serving_app("store", store_url, request_timeout=300, db_pool_size=count) as store:
        answers = at_once(store, [login] * count)
        assert log_in(store, "mor_2314", "83r5^_")["access"]  # nobody was locked out by it
    found = statuses(answers)
    assert set(found) == {200, 429}
    assert found[200] >= passwords.WAITING
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.headers["Retry-After"] for answer in refused} == {"2"}
    assert {answer.json()["error"]["code"] for answer in refused} == {"RATE_LIMITED"}
