"""Downtimes and shifts: a workstation stands still once at a time, and is planned once at a time."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.apps.factory.measuring import Station, at
from tests.apps.factory.world import API, World, done
from tests.clocks import MovableClock
from tests.contract.shop import made
from tests.races import Call, at_once, statuses


@pytest.fixture
def station(shared_world: World) -> Station:
    return Station(shared_world)


def test_an_operator_stops_the_own_workstation_and_starts_it_again(shared_world: World, station: Station) -> None:
    operator = shared_world.at_station(station.row)
    stop = made(operator.post(f"{API}/downtimes", json={"workstation_id": station.id, "reason": "Jam"}))
    assert (stop["ends_at"], stop["minutes"], stop["is_planned"]) == (None, None, False)
    assert done(operator.get(f"{API}/downtimes", params={"workstation": station.id, "open": True}))["total"] == 1
    again = operator.post(f"{API}/downtimes", json={"workstation_id": station.id, "reason": "Jam"})
    refused(again, 409, "OVERLAP")
    too_soon = operator.post(f"{API}/downtimes/{stop['id']}/close", json={"ends_at": at("12:00", "2026-02-28")})
    assert fields(too_soon) == ["ends_at"]


def test_a_stop_ends_with_its_true_reason(shared_world: World, station: Station) -> None:
    stop = station.stop(at("10:00"), None, reason="?")
    body = {"ends_at": at("10:45"), "reason": "Blade broken"}
    closed = done(station.client.post(f"{API}/downtimes/{stop['id']}/close", json=body))
    assert (closed["minutes"], closed["reason"]) == (45, "Blade broken")
    refused(station.client.post(f"{API}/downtimes/{stop['id']}/close"), 409, "CONFLICT")
    log = shared_world.sql(
        "SELECT details->>'what' AS what FROM factory.events WHERE workstation_id = %(id)s ORDER BY id", id=station.id
    )
    assert [row["what"] for row in log] == ["started", "closed"]


def test_it_lasts_until_now(world: World, clock: MovableClock) -> None:
    stop = made(
        world.ours.floor.post(f"{API}/downtimes", json={"workstation_id": world.ours.station["id"], "reason": "x"})
    )
    clock.move(minutes=12)
    assert done(world.ours.floor.post(f"{API}/downtimes/{stop['id']}/close"))["minutes"] == 12


def test_an_operator_stops_no_other_workstation(shared_world: World, station: Station) -> None:
    stop = station.stop(at("10:00"), None)
    for client in (shared_world.ours.floor, shared_world.ours.operator.client):
        body = {"workstation_id": station.id, "reason": "Jam"}
        assert client.post(f"{API}/downtimes", json=body).status_code == 403
        assert client.post(f"{API}/downtimes/{stop['id']}/close").status_code == 403
    assert shared_world.theirs.admin.client.post(f"{API}/downtimes/{stop['id']}/close").status_code == 404


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (at("10:00"), at("09:00"), "ends_at"),
        (at("10:00"), at("10:00"), "ends_at"),
        (at("10:00", "2026-03-02"), None, "starts_at"),
        (at("10:00"), at("10:00", "2026-03-02"), "ends_at"),
        ("0001-01-01T00:00:00+14:00", None, "starts_at"),
    ],
)
def test_a_stop_is_of_the_past_and_ends_after_its_start(
    station: Station, start: str, end: str | None, field: str
) -> None:
    body = {"workstation_id": station.id, "reason": "Jam", "starts_at": start, "ends_at": end}
    assert fields(station.client.post(f"{API}/downtimes", json=body)) == [field]


@pytest.mark.parametrize("path", ["downtimes", "shifts"])
def test_what_overlaps_is_refused_and_what_touches_is_not(station: Station, path: str) -> None:
    def add(start: str, end: str | None) -> httpx.Response:
        reason = {"reason": "Jam"} if path == "downtimes" else {}
        body = {"workstation_id": station.id, "starts_at": at(start), "ends_at": end and at(end), **reason}
        return station.client.post(f"{API}/{path}", json=body)

    first = made(add("10:00", "11:00"))
    for start, end in (("10:30", "10:40"), ("09:00", "10:01"), ("10:59", "12:00"), ("09:00", "12:00")):
        found = refused(add(start, end), 409, "OVERLAP")
        assert found["details"]["id"] == first["id"]
        assert datetime.fromisoformat(found["details"]["starts_at"]) == datetime.fromisoformat(at("10:00"))
    made(add("09:00", "10:00"))
    made(add("11:00", "12:00"))
    if path == "downtimes":
        refused(add("08:00", None), 409, "OVERLAP")
        made(add("12:00", None))
        refused(add("13:00", "14:00"), 409, "OVERLAP")


@pytest.mark.parametrize("path", ["downtimes", "shifts"])
def test_of_many_that_overlap_one_comes_in(station: Station, path: str) -> None:
    token = station.client.headers["Authorization"].removeprefix("Bearer ")
    reason = {"reason": "Jam"} if path == "downtimes" else {}
    calls = [
        Call("POST", f"{API}/{path}", {
            "workstation_id": station.id, "starts_at": at(f"10:{n:02}"), "ends_at": at("11:00"), **reason
        }, token)
        for n in range(12)
    ]  # fmt: skip
    assert statuses(at_once(station.client, calls)) == {201: 1, 409: 11}


def test_of_many_who_close_one_does(station: Station) -> None:
    stop = station.stop(at("10:00"), None)
    token = station.client.headers["Authorization"].removeprefix("Bearer ")
    answers = at_once(station.client, [Call("POST", f"{API}/downtimes/{stop['id']}/close", {}, token)] * 8)
    assert statuses(answers) == {200: 1, 409: 7}


def test_shifts_are_changed_and_cancelled_as_they_were_read(station: Station, shared_world: World) -> None:
    shift = station.shift(at("06:00"), at("14:00"))
    other = station.shift(at("14:00"), at("22:00"))
    path, body = f"{API}/shifts/{shift['id']}", {"workstation_id": station.id, "starts_at": at("07:00")}
    changed = station.client.put(path, json={**body, "ends_at": at("13:00")}, headers={"If-Match": '"1"'})
    assert (done(changed)["minutes"], changed.headers["ETag"]) == (360, '"2"')
    late = station.client.put(path, json={**body, "ends_at": at("12:00")}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    found = refused(station.client.put(path, json={**body, "ends_at": at("15:00")}), 409, "OVERLAP")
    assert found["details"]["id"] == other["id"]
    assert shared_world.ours.manager.client.delete(path).status_code == 403
    assert shared_world.theirs.admin.client.delete(path).status_code == 404
    assert station.client.delete(path).status_code == 204
    assert station.client.get(path).status_code == 404
    assert done(station.client.get(f"{API}/shifts", params={"workstation": station.id}))["total"] == 1


def test_a_foreign_or_deleted_workstation_is_named(shared_world: World, station: Station) -> None:
    shared_world.sql("UPDATE factory.workstations SET deleted_at = now() WHERE id = %(id)s", id=station.id)
    for number in (shared_world.theirs.station["id"], station.id):
        times = {"workstation_id": number, "starts_at": at("06:00"), "ends_at": at("14:00")}
        assert fields(station.client.post(f"{API}/shifts", json=times)) == ["workstation_id"]
        assert fields(station.client.post(f"{API}/downtimes", json={**times, "reason": "x"})) == ["workstation_id"]


def refused(found: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (found.status_code, found.json()["code"]) == (status, code), found.text
    body: dict[str, Any] = found.json()
    return body


def fields(found: httpx.Response) -> list[str]:
    assert found.status_code == 422, found.text
    return [each["field"].removeprefix("body.") for each in found.json()["errors"]]
