"""The overall equipment effectiveness, against tables that were computed by hand."""

from typing import Any

import pytest

from tests.apps.factory.measuring import Station, at, percents
from tests.apps.factory.world import API, World, done
from tests.clocks import MovableClock


@pytest.fixture
def station(shared_world: World) -> Station:
    return Station(shared_world)


def test_the_contract_s_examples(station: Station, shared_world: World) -> None:
    station.shift(at("06:00"), at("14:00"))
    station.stop(at("07:00"), at("08:00"))
    assert station.oee()["availability"]["percent"] == 87.5  # 420 / 480
    other = Station(shared_world)
    other.shift(at("06:00"), at("14:00"))
    other.stop(at("09:00"), at("09:30"), planned=True, reason="Maintenance")
    other.stop(at("10:00"), at("10:30"))
    assert other.oee()["availability"] == {
        "value": 420 / 450,
        "percent": 93.33,
        "formula": "APT / PBT",
        "inputs": [
            {"symbol": "APT", "title": "actual production time", "unit": "min", "value": 420},
            {"symbol": "PBT", "title": "planned busy time", "unit": "min", "value": 450},
        ],
    }


def test_the_factors_and_their_product(station: Station) -> None:
    """480 min planned, 60 down. 378 items of 60 s in 420 min: 90 %. 357 of them good: 94.44 %."""
    station.shift(at("06:00"), at("14:00"))
    station.stop(at("07:00"), at("08:00"))
    operation = station.operation(60)
    station.report(operation, at("09:00"), good=200, scratch=10)
    station.report(operation, at("13:59"), good=157, scratch=5, bent=4, rework=2)
    found = station.oee()
    assert percents(found) == (87.5, 90.0, 94.44, 74.38)
    assert found["oee"]["value"] == pytest.approx(357 / 480)  # all of one standard time: PRI x GQ / PBT
    assert found["oee"]["formula"] == "availability x effectiveness x quality"
    assert [each["value"] for each in found["effectiveness"]["inputs"]] == [378, 420]
    assert (found["elements"]["scrap"], found["elements"]["rework"]) == (19, 2)
    assert found["notes"] == []


def test_several_standard_times_are_summed_over_the_operations(station: Station) -> None:
    """100 x 90 s and 60 x 150 s are 300 min of 400."""
    station.shift(at("06:00"), at("12:40"))
    station.report(station.operation(90), at("08:00"), good=100)
    station.report(station.operation(150), at("12:00"), good=60)
    assert percents(station.oee()) == (100.0, 75.0, 100.0, 75.0)


def test_what_was_taken_back_never_was(station: Station) -> None:
    """Also where the reversal comes a day later."""
    station.shift(at("06:00"), at("07:00"))
    operation = station.operation(60)
    station.report(operation, at("06:10"), good=30)
    wrong = station.report(operation, at("06:20"), good=20, bent=5, rework=1)
    station.report(operation, at("09:00", "2026-02-03"), good=-20, bent=-5, rework=-1, reverses_id=wrong)
    assert percents(station.oee()) == (100.0, 50.0, 100.0, 50.0)
    assert [each["kind"] for each in station.losses()["losses"]] == ["speed"]
    assert station.oee(at("00:00", "2026-02-03"), at("23:59", "2026-02-03"))["elements"]["produced"] == 0


def test_above_100_percent_is_shown_and_explained(station: Station) -> None:
    station.shift(at("06:00"), at("07:00"))
    station.report(station.operation(120), at("06:30"), good=45)
    found = station.oee()
    assert percents(found) == (100.0, 150.0, 100.0, 150.0)
    assert "standard time is wrong" in found["notes"][0]
    assert found["biggest_loss"] is None
    assert [(each["kind"], each["minutes"]) for each in station.losses()["losses"]] == [("speed", -30)]


def test_no_data_is_null(station: Station, shared_world: World) -> None:
    assert percents(station.oee()) == (None, None, None, None)
    station.shift(at("06:00"), at("07:00"))
    assert percents(station.oee()) == (100.0, None, None, None)
    station.stop(at("06:00"), at("07:00"), reason="No power")
    found = station.oee()
    assert percents(found) == (0.0, None, None, None)
    assert found["biggest_loss"]["reason"] == "No power"
    other = Station(shared_world)
    other.report(other.operation(60), at("08:00"), good=1)
    assert percents(other.oee()) == (None, None, 100.0, None)
    assert "No shift" in other.oee()["notes"][0]


def test_times_are_clipped_to_the_window_and_stops_to_the_shifts(station: Station) -> None:
    station.shift(at("06:00"), at("14:00"))
    station.shift(at("16:00"), at("20:00"))
    station.stop(at("05:00"), at("06:30"))  # 30 in the first shift
    station.stop(at("13:30"), at("16:20"))  # 30 and 20
    station.stop(at("21:00"), at("22:00"))  # none
    assert station.oee()["elements"]["shift_minutes"] == 720
    assert station.oee()["elements"]["unplanned_stop_minutes"] == 80
    part = station.oee(at("06:10"), at("16:10"))["elements"]
    assert (part["shift_minutes"], part["unplanned_stop_minutes"]) == (480, 60)
    operation = station.operation(60)
    for minute in ("06:09", "06:10", "16:09", "16:10"):
        station.report(operation, at(minute), good=1)
    assert station.oee(at("06:10"), at("16:10"))["elements"]["good"] == 2


@pytest.mark.parametrize(("night", "minutes"), [("2025-10-25", 540), ("2025-03-29", 420), ("2025-11-05", 480)])
def test_a_night_shift_is_as_long_as_the_clocks_say(station: Station, night: str, minutes: int) -> None:
    """From 22:00 to 06:00 in Sofia, where the clocks change between two of these days."""
    morning = f"{night[:-2]}{int(night[-2:]) + 1:02}"
    shift = station.shift(f"{night}T22:00:00", f"{morning}T06:00:00")
    assert shift["minutes"] == minutes
    station.stop(f"{night}T23:30:00", f"{morning}T00:30:00")
    parts = [station.oee(f"{night}T00:00:00", f"{morning}T00:00:00"), station.oee(f"{morning}", f"{morning}T12:00:00")]
    assert [part["elements"]["shift_minutes"] for part in parts] == [120, minutes - 120]
    assert [part["elements"]["unplanned_stop_minutes"] for part in parts] == [30, 30]


def test_what_is_still_to_come_is_not_in_it(station: Station) -> None:
    """It is noon, and a quarter of a second."""
    station.shift(at("11:00", "2026-03-01"), at("15:00", "2026-03-01"))
    station.stop(at("11:30", "2026-03-01"), None)
    found = station.oee(at("00:00", "2026-03-01"), at("00:00", "2026-03-02"))
    assert found["to"] == at("00:00", "2026-03-02")
    assert found["measured_until"].startswith("2026-03-01T12:00:00.25")
    elements = found["elements"]
    assert elements["shift_minutes"] == pytest.approx(60, abs=0.01)
    assert elements["unplanned_stop_minutes"] == pytest.approx(30, abs=0.01)


def test_losses_and_what_was_good_are_the_planned_busy_time(station: Station) -> None:
    station.shift(at("06:00"), at("14:00"))
    station.stop(at("06:00"), at("06:30"), planned=True, reason="Cleaning")
    for start, end, reason in (
        ("07:00", "07:20", "Jam"), ("08:00", "08:40", "No material"), ("09:00", "09:30", "Jam"),
    ):  # fmt: skip
        station.stop(at(start), at(end), reason=reason)
    station.report(station.operation(60), at("10:00"), good=200, scratch=25, rework=5)
    station.report(station.operation(120), at("11:00"), good=20, bent=5, scratch=5)
    found = station.losses()
    assert [(each["kind"], each["reason"], each["minutes"], each["count"]) for each in found["losses"]] == [
        ("speed", "Slower than the standard time, or nothing ran", 70, None),  # 360 - 290
        ("downtime", "Jam", 50, 2),
        ("downtime", "No material", 40, 1),
        ("scrap", "scratch", 25 + 10, 30),
        ("scrap", "bent", 10, 5),
        ("rework", "Sent to rework", 5, 5),
    ]
    good = 200 + 40
    assert sum(each["minutes"] for each in found["losses"]) + good == found["planned_busy_minutes"] == 450
    assert found["biggest_loss"] == found["losses"][0]
    assert found["losses"][1]["share"] == pytest.approx(50 / 450)
    assert [(each["reason"], each["minutes"]) for each in found["planned_stops"]] == [("Cleaning", 30)]


def test_all_workstations_together_and_each(world: World) -> None:
    first, second, idle = Station(world), Station(world), Station(world)
    first.shift(at("06:00"), at("14:00"))
    first.stop(at("07:00"), at("08:00"), reason="Jam")
    first.report(first.operation(60), at("09:00"), good=210)
    second.shift(at("06:00"), at("10:00"))
    second.stop(at("07:00"), at("08:00"), reason="Jam")
    second.report(second.operation(60), at("09:00"), good=90, scratch=30)
    params = {"from": at("00:00"), "to": at("23:59")}
    found = done(world.ours.floor.get(f"{API}/kpi/oee", params=params))
    assert percents(found) == (83.33, 55.0, 90.91, 41.67)  # 600 / 720, 330 / 600, 300 / 330
    shown = {each["workstation_id"]: each["oee"] for each in found["stations"]}
    assert shown == {first.id: pytest.approx(210 / 480), second.id: pytest.approx(90 / 240)}
    assert idle.id not in shown
    losses = done(world.ours.floor.get(f"{API}/kpi/losses", params=params))["losses"]
    assert [(each["reason"], each["minutes"]) for each in losses if each["kind"] == "downtime"] == [("Jam", 120)]


def test_a_foreign_workstation_and_a_wrong_window_are_refused(station: Station, shared_world: World) -> None:
    theirs = shared_world.theirs.admin.client
    for what in ("oee", "losses"):
        assert theirs.get(f"{API}/kpi/{what}", params={"workstation": station.id}).status_code == 404
        assert _fields(station, what, **{"from": at("08:00"), "to": at("08:00")}) == ["from"]
    assert _fields(station, "oee", to="0001-01-01T00:00:00") == ["to"]
    assert _fields(station, "oee", **{"from": "noon"}) == ["from"]


def test_without_a_window_it_is_the_last_24_hours(station: Station, shared_clock: MovableClock) -> None:
    found = done(station.client.get(f"{API}/kpi/oee"))
    assert found["to"] == found["measured_until"]
    assert found["from"].startswith("2026-02-28T12:00:00.25")


def _fields(station: Station, what: str, **params: Any) -> list[str]:
    found = station.client.get(f"{API}/kpi/{what}", params=params)
    assert found.status_code == 422, found.text
    return [each["field"].removeprefix("query.") for each in found.json()["errors"]]
