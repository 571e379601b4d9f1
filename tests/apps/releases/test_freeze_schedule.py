"""Promise 3: recurrence is evaluated in its time zone, across both changes of the clocks. All instants by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from portico.apps.releases.freezes.schedule import Schedule, flaws

SOFIA, NEW_YORK = "Europe/Sofia", "America/New_York"


def schedule(zone: str, start: str, rule: str | None, minutes: int | None, **ends: datetime | None) -> Schedule:
    times: dict[str, datetime | None] = {"ends_at": None, **ends}
    return Schedule(starts_at=at(start), recurrence=rule, duration_minutes=minutes, time_zone=zone, **times)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKEND = "FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=0"
SIXTY_HOURS = 60 * 60  # from Friday 18:00 to Monday 06:00


@pytest.mark.parametrize(
    ("zone", "start", "rule", "minutes", "expected"),
    [
        # Sofia goes from +2 to +3 on Sunday 29 March 2026 at 03:00, and back on Sunday 25 October at 04:00.
        (SOFIA, "2020-01-03 16:00", WEEKEND, SIXTY_HOURS, [
            ("2026-03-20 16:00", "2026-03-23 04:00"),
            ("2026-03-27 16:00", "2026-03-30 03:00"),  # 59 hours
            ("2026-04-03 15:00", "2026-04-06 03:00"),
        ]),
        (SOFIA, "2020-01-03 16:00", WEEKEND, SIXTY_HOURS, [
            ("2026-10-16 15:00", "2026-10-19 03:00"),
            ("2026-10-23 15:00", "2026-10-26 04:00"),  # 61 hours
            ("2026-10-30 16:00", "2026-11-02 04:00"),
        ]),
        # New York goes from -5 to -4 on Sunday 8 March 2026 at 02:00, and back on Sunday 1 November at 02:00.
        (NEW_YORK, "2020-01-03 23:00", WEEKEND, SIXTY_HOURS, [
            ("2026-02-27 23:00", "2026-03-02 11:00"),
            ("2026-03-06 23:00", "2026-03-09 10:00"),
            ("2026-03-13 22:00", "2026-03-16 10:00"),
        ]),
        (NEW_YORK, "2020-01-03 23:00", WEEKEND, SIXTY_HOURS, [
            ("2026-10-23 22:00", "2026-10-26 10:00"),
            ("2026-10-30 22:00", "2026-11-02 11:00"),
            ("2026-11-06 23:00", "2026-11-09 11:00"),
        ]),
        # 03:30 is left out in Sofia on 29 March: it moves forward to 04:30, and so does the end.
        (SOFIA, "2026-01-01 01:30", "FREQ=DAILY", 30, [
            ("2026-03-28 01:30", "2026-03-28 02:00"),
            ("2026-03-29 01:30", "2026-03-29 02:00"),
            ("2026-03-30 00:30", "2026-03-30 01:00"),
        ]),
        # 03:30 comes twice on 25 October: the first one, at +3, counts. 04:00 is after both.
        (SOFIA, "2026-01-01 01:30", "FREQ=DAILY", 15, [
            ("2026-10-24 00:30", "2026-10-24 00:45"),
            ("2026-10-25 00:30", "2026-10-25 00:45"),
            ("2026-10-26 01:30", "2026-10-26 01:45"),
        ]),
        (SOFIA, "2026-01-01 01:30", "FREQ=DAILY", 30, [("2026-10-25 00:30", "2026-10-25 02:00")]),
        # 02:30 in New York is left out on 8 March, and 01:30 comes twice on 1 November.
        (NEW_YORK, "2026-01-01 07:30", "FREQ=DAILY", 30, [
            ("2026-03-07 07:30", "2026-03-07 08:00"),
            ("2026-03-08 07:30", "2026-03-08 08:00"),
            ("2026-03-09 06:30", "2026-03-09 07:00"),
        ]),
        (NEW_YORK, "2026-01-01 06:30", "FREQ=DAILY", 15, [
            ("2026-10-31 05:30", "2026-10-31 05:45"),
            ("2026-11-01 05:30", "2026-11-01 05:45"),
            ("2026-11-02 06:30", "2026-11-02 06:45"),
        ]),
    ],
)  # fmt: skip
def test_promise_3_a_freeze_recurs_by_the_wall_clock_of_its_time_zone(
    zone: str, start: str, rule: str, minutes: int, expected: list[tuple[str, str]]
) -> None:
    freeze = schedule(zone, start, rule, minutes)
    for begin, end in [(at(low), at(high)) for low, high in expected]:
        assert [(each.start, each.end) for each in freeze.between(begin, end)] == [(begin, end)]
        just = timedelta(microseconds=1)
        assert [freeze.at(time) is not None for time in (begin - just, begin, end - just, end)] == [
            False, True, True, False
        ]  # fmt: skip
    low, high = at(expected[0][0]), at(expected[-1][1])
    assert len(freeze.between(low, high)) == len(expected)


def test_one_that_overlaps_itself_holds_until_the_later_end() -> None:
    freeze = schedule("UTC", "2026-01-01 00:00", "FREQ=DAILY", 36 * 60)
    holding = freeze.at(at("2026-01-02 06:00"))
    assert holding is not None
    assert holding.end == at("2026-01-03 12:00")


def test_ends_cut_what_holds() -> None:
    freeze = schedule("UTC", "2026-01-01 00:00", "FREQ=DAILY", 600, ends_at=at("2026-01-03 05:00"))
    whole = [(at(f"2026-01-0{day} 00:00"), at(f"2026-01-0{day} {end}")) for day, end in ((1, "10:00"), (2, "10:00"))]
    last = (at("2026-01-03 00:00"), at("2026-01-03 05:00"))
    window = at("2025-12-01 00:00"), at("2026-02-01 00:00")
    assert [(each.start, each.end) for each in freeze.between(*window)] == [*whole, last]
    ended = schedule("UTC", "2026-01-01 00:00", "FREQ=DAILY", 600, ended_at=at("2026-01-02 03:00"))
    assert [each.end for each in ended.between(*window)] == [at("2026-01-01 10:00"), at("2026-01-02 03:00")]
    assert ended.at(at("2026-01-02 03:00")) is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_at": at("2026-01-01 00:00")}, "ends_at"),
        ({}, "ends_at"),
        ({"recurrence": "FREQ=DAILY"}, "duration_minutes"),
        ({"ends_at": at("2026-02-01 00:00"), "duration_minutes": 5}, "duration_minutes"),
        ({"recurrence": "FREQ=HOURLY", "duration_minutes": 5}, "recurrence"),
        ({"recurrence": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "duration_minutes": 5}, "recurrence"),
        ({"recurrence": "FREQ=DAILY", "duration_minutes": 5, "time_zone": "Europe/Nowhere"}, "time_zone"),
        ({"recurrence": "FREQ=DAILY", "duration_minutes": 5, "time_zone": "Europe"}, "time_zone"),
        ({"recurrence": "FREQ=DAILY", "duration_minutes": 5, "time_zone": "../../../etc/passwd"}, "time_zone"),
    ],
)
def test_a_schedule_that_cannot_be_is_told_by_its_field(values: dict[str, object], field: str) -> None:
    whole = {"ends_at": None, "recurrence": None, "duration_minutes": None, "time_zone": "UTC", **values}
    assert list(flaws(Schedule(starts_at=at("2026-01-01 00:00"), **whole))) == [field]  # type: ignore[arg-type]
