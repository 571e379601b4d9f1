"""Signing in at a workstation by badge and PIN: what it opens, for how long, and how often one may guess."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from portico.apps.factory.auth.service import PER_BADGE, PER_STATION
from portico.identity.tokens import Tokens
from tests.apps.factory.world import API, PIN, QUICK_PIN_HASH, World, done
from tests.clocks import MovableClock
from tests.contract.shop import PASSWORD
from tests.contract.stall import problem
from tests.races import Call, at_once, statuses
from tests.servers import settings_of

QR = f"{API}/auth/qr"
ME = f"{API}/auth/me"


def attempt(world: World, badge: Any, station: Any, pin: str = PIN) -> httpx.Response:
    body = {"user_guid": str(badge), "workstation_guid": str(station), "pin": pin}
    return world.nobody.post(QR, json=body)


def bearer(world: World, tokens: dict[str, Any]) -> httpx.Client:
    return world.client(Authorization=f"Bearer {tokens['access_token']}")


def told(found: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in found.json().items() if name != "trace_id"}


def test_a_badge_opens_its_station_for_a_shift_and_not_longer(world: World, clock: MovableClock) -> None:
    tokens = world.badge_in(world.person("Operator")["guid"], world.ours.station["guid"])
    assert (tokens["role"], tokens["expires_in"]) == ("Operator", 10 * 3600)
    assert "refresh_token" not in tokens
    operator = bearer(world, tokens)
    clock.move(hours=9, minutes=59)
    assert done(operator.get(ME))["workstation_id"] == world.ours.station["id"]
    clock.move(minutes=2)
    problem(operator.get(ME), 401, "UNAUTHORIZED")


def test_whatever_is_wrong_is_answered_alike(world: World) -> None:
    badge, station = world.person("Operator")["guid"], world.ours.station["guid"]
    without_pin = world.person("Operator")
    removed, disabled = world.person("Operator"), world.person("Operator")
    world.sql("UPDATE factory.users SET pin_hash = NULL WHERE id = %(id)s", id=without_pin["id"])
    world.sql("UPDATE factory.users SET deleted_at = now() WHERE id = %(id)s", id=removed["id"])
    world.sql("UPDATE factory.users SET is_active = false WHERE id = %(id)s", id=disabled["id"])
    closed = [world.new_station(is_active=False), world.new_station(deleted_at="2026-01-01T00:00Z")]
    answers = [
        attempt(world, badge, station, "999999"),
        attempt(world, uuid4(), world.new_station()["guid"]),
        attempt(world, badge, uuid4()),
        attempt(world, badge, world.theirs.station["guid"]),
        *(attempt(world, person["guid"], world.new_station()["guid"]) for person in (without_pin, removed, disabled)),
        *(attempt(world, world.person("Operator")["guid"], each["guid"]) for each in closed),
    ]
    assert {each.status_code for each in answers} == {401}
    assert all(told(each) == told(answers[0]) for each in answers)


@pytest.mark.parametrize(
    ("field", "value"),
    [("pin", "12345"), ("pin", "1234567"), ("pin", "12345a"), ("pin", 271828), ("pin", "٢٧١٨٢٨"), ("pin", None),
     ("pin", "271828\n"), ("user_guid", "1"), ("workstation_guid", 7), ("company_id", "x")],
)  # fmt: skip
def test_what_is_no_badge_and_pin_is_invalid(shared_world: World, field: str, value: Any) -> None:
    body = {"user_guid": str(uuid4()), "workstation_guid": str(uuid4()), "pin": PIN, field: value}
    problem(shared_world.nobody.post(QR, json=body), 422, "VALIDATION_ERROR")


def test_five_wrong_pins_shut_a_badge_also_for_the_right_one(world: World, clock: MovableClock) -> None:
    badge = world.person("Operator")["guid"]
    answers = [attempt(world, badge, world.new_station()["guid"], "999999") for _ in range(PER_BADGE)]
    assert statuses(answers) == {401: 5}
    shut = attempt(world, badge, world.ours.station["guid"])
    problem(shut, 429, "RATE_LIMITED")
    assert 1 <= int(shut.headers["Retry-After"]) <= 15 * 60
    world.badge_in(world.person("Operator")["guid"], world.ours.station["guid"])  # others are not concerned
    clock.move(minutes=16)
    world.badge_in(badge, world.ours.station["guid"])


def test_five_failures_shut_a_station_whoever_tries(world: World) -> None:
    station = world.new_station()["guid"]
    answers = [attempt(world, uuid4(), station) for _ in range(PER_STATION)]
    assert statuses(answers) == {401: 5}
    operator = world.ours.floor  # who works elsewhere goes on
    badge = world.person("Operator")["guid"]
    problem(attempt(world, badge, station), 429, "RATE_LIMITED")
    world.badge_in(badge, world.ours.station["guid"])
    done(operator.get(ME))


def test_guesses_at_once_are_no_more_than_guesses_in_turn(world: World) -> None:
    body = {"user_guid": str(world.person("Operator")["guid"]), "pin": "999999"}
    stations = [str(world.new_station()["guid"]) for _ in range(12)]
    calls = [Call("POST", QR, {**body, "workstation_guid": station}) for station in stations]
    assert statuses(at_once(world.nobody, calls)) == {401: PER_BADGE, 429: 12 - PER_BADGE}


def test_a_right_pin_clears_the_badge_and_not_the_station(world: World) -> None:
    badge, station = world.person("Operator")["guid"], world.new_station()["guid"]
    for pin in ("999999", "888888", PIN, "999999", "888888"):
        attempt(world, badge, station, pin)
    assert attempt(world, badge, station, "777777").status_code == 401  # the fifth failure of the station
    problem(attempt(world, world.person("Operator")["guid"], station), 429, "RATE_LIMITED")
    world.badge_in(badge, world.ours.station["guid"])


def test_a_new_sign_in_ends_the_earlier_ones_by_badge_alone(world: World) -> None:
    person = world.person("Operator")
    by_password = bearer(
        world, done(world.nobody.post(f"{API}/auth/login", json={"email": person["email"], "password": PASSWORD}))
    )
    first = bearer(world, world.badge_in(person["guid"], world.ours.station["guid"]))
    other = world.ours.floor
    second = bearer(world, world.badge_in(person["guid"], world.new_station()["guid"]))
    problem(first.get(ME), 401, "UNAUTHORIZED")
    for client in (second, by_password, other):
        done(client.get(ME))


def test_of_sign_ins_at_once_one_session_is_left(world: World) -> None:
    badge = str(world.person("Operator")["guid"])
    calls = [
        Call("POST", QR, {"user_guid": badge, "workstation_guid": str(world.new_station()["guid"]), "pin": PIN})
        for _ in range(8)
    ]
    answers = at_once(world.nobody, calls)
    assert statuses(answers) == {200: 8}
    live = [bearer(world, each.json()).get(ME).status_code for each in answers]
    assert sorted(live) == [200] + [401] * 7


@pytest.mark.parametrize("role", ["ProjectManager", "CompanyAdmin"])
def test_six_digits_make_an_operator_of_anybody(world: World, role: str) -> None:
    person = world.person(role)
    world.sql("UPDATE factory.users SET pin_hash = %(pin)s WHERE id = %(id)s", pin=QUICK_PIN_HASH, id=person["id"])
    client = bearer(world, world.badge_in(person["guid"], world.ours.station["guid"]))
    assert done(client.get(ME))["role"] == "Operator"
    problem(client.get(f"{API}/users"), 403, "FORBIDDEN")
    path = f"{API}/users/{person['id']}"
    problem(client.put(path, json={"password": "another long password"}), 403, "FORBIDDEN")
    problem(client.put(f"{path}/pin", json={"pin": "314159"}), 403, "FORBIDDEN")


def test_a_system_administrator_with_a_pin_opens_no_other_company(world: World) -> None:
    station = world.new_station()
    world.sql(
        "UPDATE factory.users SET pin_hash = %(pin)s WHERE id = %(id)s", pin=QUICK_PIN_HASH, id=world.system.user_id
    )
    (row,) = world.sql("SELECT guid FROM factory.users WHERE id = %(id)s", id=world.system.user_id)
    problem(attempt(world, row["guid"], station["guid"]), 401, "UNAUTHORIZED")


def test_a_session_at_a_station_is_no_page_session_and_no_refresh_token(world: World) -> None:
    tokens = world.badge_in(world.person("Operator")["guid"], world.ours.station["guid"])
    refresh = f"{API}/auth/refresh"
    problem(world.nobody.post(refresh, json={"refresh_token": tokens["access_token"]}), 401, "UNAUTHORIZED")
    assert Tokens("factory", settings_of("postgresql://x")).tenant_in("access", tokens["access_token"]) == str(
        world.ours.id
    )
    client = bearer(world, tokens)
    assert client.post(f"{API}/auth/logout").status_code == 204
    problem(client.get(ME), 401, "UNAUTHORIZED")
