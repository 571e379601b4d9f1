"""Freezes over HTTP: who makes and ends them, when they hold, and what is let through."""

from typing import Any

import httpx
import icalendar
import pytest

from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import UNKNOWN, made

PATH = "/api/v1/freezes"
# The clock of these tests stands at 2026-03-01 12:00 UTC, a Sunday.
YEAR_END = {"name": "Year end", "reason": "Nobody is here.", "starts_at": "2026-12-20T00:00:00+02:00",
            "ends_at": "2027-01-05T00:00:00+02:00"}  # fmt: skip
NOW = {"name": "Sale", "reason": "Shops are full.", "starts_at": "2026-03-01T00:00:00Z",
       "ends_at": "2026-03-08T00:00:00Z"}  # fmt: skip
WEEKENDS = {"name": "Weekends", "reason": "Nobody is here.", "starts_at": "2025-01-01T00:00:00Z",
            "recurrence": "FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=0", "duration_minutes": 3600,
            "time_zone": "Europe/Sofia"}  # fmt: skip


def frozen(world: World, **values: Any) -> dict[str, Any]:
    return made(world.manager.client.post(PATH, json={**NOW, **values}))


def holding(world: World, freeze: dict[str, Any]) -> tuple[bool, str | None]:
    """What the list says of it now."""
    items = done(world.viewer.client.get(PATH))["items"]
    (found,) = [each for each in items if each["id"] == freeze["id"]]
    return found["is_active"], found["until"]


def problem(found: httpx.Response, status: int, *fields: str) -> dict[str, Any]:
    assert found.status_code == status, found.text
    body: dict[str, Any] = found.json()
    assert [each["field"] for each in body.get("errors", [])] == list(fields)
    return body


def test_a_freeze_is_made_shown_changed_and_ended(world: World, clock: MovableClock) -> None:
    client = world.manager.client
    freeze = frozen(world, environment_types=["production", "staging", "production"])
    path = f"{PATH}/{freeze['id']}"
    assert freeze["environment_types"] == ["production", "staging"]
    assert freeze["created_by"] == world.manager.name
    assert holding(world, freeze) == (True, "2026-03-08T00:00:00Z")
    shown = client.get(path)
    assert shown.json() == freeze
    tag = {"If-Match": shown.headers["etag"]}
    changed = done(client.put(path, json={"name": "Big sale", "ends_at": "2026-03-09T00:00:00Z"}, headers=tag))
    assert changed == {**freeze, "name": "Big sale", "ends_at": "2026-03-09T00:00:00Z"}
    assert holding(world, freeze) == (True, "2026-03-09T00:00:00Z")
    assert client.put(path, json={"name": "Sale"}, headers=tag).status_code == 412
    problem(client.delete(path), 409)  # it has begun
    clock.move(hours=1)
    ended = done(client.post(f"{path}/end"))
    assert ended["ended_at"][:19] == "2026-03-01T13:00:00"
    assert holding(world, freeze) == (False, None)
    problem(client.post(f"{path}/end"), 409)
    problem(client.put(path, json={"name": "Sale"}), 409)
    log = done(world.admin.client.get("/api/v1/log", params={"object": f"freeze:{freeze['id']}"}))
    assert [each["action"] for each in log["events"]] == ["freeze.ended", "freeze.changed", "freeze.created"]


def test_one_that_has_not_begun_is_removed(world: World) -> None:
    client = world.manager.client
    path = f"{PATH}/{made(client.post(PATH, json=YEAR_END))['id']}"
    assert client.delete(path, headers={"If-Match": '"7"'}).status_code == 412
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_the_list_tells_what_may_hold_yet(world: World, clock: MovableClock) -> None:
    client = world.viewer.client
    sale, weekends = frozen(world), frozen(world, **WEEKENDS, ends_at=None)
    clock.move(days=10)
    names = {
        current: [each["id"] for each in done(client.get(PATH, params=params))["items"]]
        for current, params in ((None, {}), (True, {"current": "true"}), (False, {"current": "false"}))
    }
    assert names == {None: [weekends["id"], sale["id"]], True: [weekends["id"]], False: [sale["id"]]}
    first = done(client.get(PATH, params={"limit": 1}))
    second = done(client.get(PATH, params={"limit": 1, "cursor": first["next_cursor"]}))
    assert [first["total"], first["items"][0]["id"], second["items"][0]["id"]] == [2, weekends["id"], sale["id"]]


def test_occurrences_are_those_of_the_wall_clock(world: World) -> None:
    freeze = frozen(world, **WEEKENDS, ends_at=None)
    assert holding(world, freeze) == (True, "2026-03-02T04:00:00Z")
    path = f"{PATH}/{freeze['id']}/occurrences"
    window = {"from": "2026-03-21T00:00:00Z", "to": "2026-03-30T00:00:00Z"}
    assert world.viewer.client.get(path, params=window).json() == [
        {"start": "2026-03-20T16:00:00Z", "end": "2026-03-23T04:00:00Z"},
        {"start": "2026-03-27T16:00:00Z", "end": "2026-03-30T03:00:00Z"},
    ]
    assert len(world.viewer.client.get(path).json()) == 14  # 90 days, and the weekend of today
    for wrong in ({"from": "2026-03-21T00:00:00Z", "to": "2026-03-21T00:00:00Z"}, {"to": "2028-03-21T00:00:00Z"}):
        problem(world.viewer.client.get(path, params=wrong), 422, "to")


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"ends_at": "2026-03-01T00:00:00Z"}, ["ends_at"]),
        ({"recurrence": "FREQ=HOURLY", "duration_minutes": 5}, ["recurrence"]),
        ({"time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"starts_at": "2026-03-01T00:00:00"}, ["starts_at"]),  # of no zone
        ({"starts_at": "9999-12-31T23:59:59Z"}, ["starts_at"]),
        ({"environment_ids": [UNKNOWN], "team_ids": [UNKNOWN], "service_ids": [UNKNOWN]},
         ["environment_ids", "team_ids", "service_ids"]),
        ({"override_group_id": UNKNOWN}, ["override_group_id"]),
        ({"created_at": "2020-01-01T00:00:00Z"}, ["created_at"]),
        ({"reason": ""}, ["reason"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(shared_world: World, values: dict[str, Any], fields: list[str]) -> None:
    found = shared_world.manager.client.post(PATH, json={**NOW, **values})
    problem(found, 422, *fields)


def test_rights(shared_world: World) -> None:
    world = shared_world
    freeze = frozen(world)
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.developer.client, 403), (world.pipeline, 403),
        (world.approvers[0].client, 403), (world.manager.client, 201), (world.admin.client, 201),
    ):  # fmt: skip
        assert client.post(PATH, json=YEAR_END).status_code == status
        if status > 400:
            assert client.put(f"{PATH}/{freeze['id']}", json={"name": "x"}).status_code == status
            assert client.post(f"{PATH}/{freeze['id']}/end").status_code == status


def test_the_calendar_is_one_that_a_library_reads(world: World, clock: MovableClock) -> None:
    name, reason = "Ваканция; a, b \\ c", "Every desk is empty, and the line is long: " + "ж" * 80 + "\nand two lines"
    single = made(world.manager.client.post(PATH, json={**YEAR_END, "name": name, "reason": reason}))
    weekends = frozen(world, **WEEKENDS, ends_at=None)
    over = frozen(world, name="Over")
    done(world.manager.client.post(f"{PATH}/{over['id']}/end"))
    clock.move(days=40)
    found = world.viewer.client.get(f"{PATH}/calendar.ics")
    assert found.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = found.content.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    events = icalendar.Calendar.from_ical(found.content).walk("VEVENT")
    uids = [str(each["UID"]) for each in events]
    assert len(set(uids)) == len(uids)
    assert len(uids) == 1 + 57  # the weekends from a month ago to a year ahead
    (vacation,) = [each for each in events if each["UID"].startswith(f"freeze-{single['id']}-")]
    assert (str(vacation["SUMMARY"]), str(vacation["DESCRIPTION"])) == (f"Freeze: {name}", reason)
    assert [vacation[each].dt.isoformat() for each in ("DTSTART", "DTEND")] == [
        "2026-12-19T22:00:00+00:00", "2027-01-04T22:00:00+00:00"
    ]  # fmt: skip
    starts = [each["DTSTART"].dt.isoformat() for each in events if f"freeze-{weekends['id']}-" in each["UID"]]
    assert starts[:4] == [f"2026-{day}:00:00+00:00" for day in ("03-13T16", "03-20T16", "03-27T16", "04-03T15")]
    again = world.viewer.client.get(f"{PATH}/calendar.ics", headers={"If-None-Match": found.headers["etag"]})
    assert again.status_code == 304
