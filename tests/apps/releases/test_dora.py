"""The metrics of DORA against tables computed by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pytest

from portico.identity.public import hash_now
from tests.apps.releases.ledger import Ledger, at
from tests.servers import serving_app

NOW = at("07-01 00:00")
PASSWORD = "a password of the tests"
HOUR, DAY = 3600, 86400
NAMES = (
    "change_lead_time", "deployment_frequency", "failed_deployment_recovery_time", "change_fail_rate",
    "deployment_rework_rate",
)  # fmt: skip


@dataclass
class World:
    client: httpx.Client
    ledger: Ledger
    team: int
    service: int

    def metrics(self, start: datetime | None = None, end: datetime | None = None, **filters: int) -> dict[str, Any]:
        answer = self.client.get("/api/v1/metrics/dora", params=self._params(start, end, filters))
        assert answer.status_code == 200, answer.text
        return {metric["name"]: metric for metric in answer.json()["metrics"]}

    def rows(
        self, metric: str, start: datetime | None = None, end: datetime | None = None, *, limit: int = 100
    ) -> list[dict[str, Any]]:
        """All of them, by however many pages it takes."""
        found, params = [], {"metric": metric, "limit": limit, **self._params(start, end, {})}
        while True:
            page = self.client.get("/api/v1/metrics/dora/rows", params=params).json()
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]

    def _params(self, start: datetime | None, end: datetime | None, filters: dict[str, int]) -> dict[str, Any]:
        times = {"from": start and start.isoformat(), "to": end and end.isoformat()}
        return {**filters, **{name: value for name, value in times.items() if value}}


@pytest.fixture
def world(new_database: Callable[..., str]) -> Iterator[World]:
    url = new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO releases.users (email, username, pwd_hash) VALUES ('v@example.com', 'v', %s)",
            [hash_now(PASSWORD)],
        )
        ledger = Ledger(connection)
        team = ledger.team("Payments")
        with serving_app("releases", url, clock=lambda: NOW) as client:
            tokens = client.post("/api/v1/auth/login", json={"email": "v@example.com", "password": PASSWORD}).json()
            client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            yield World(client, ledger, team, ledger.service("checkout", team))


def excluded(metric: dict[str, Any]) -> dict[str, int]:
    return {each["reason"]: each["count"] for each in metric["excluded"]}


def test_promise_8_no_data_is_null_and_not_0(world: World) -> None:
    found = world.metrics()
    assert tuple(found) == NAMES
    assert [metric["value"] for metric in found.values()] == [None] * 5
    assert {bucket["value"] for metric in found.values() for bucket in metric["trend"]} == {None}
    # What ran in other environments, or never ran at all, is no data either.
    release = world.ledger.release(world.service, "1.0.0", at("06-01"), [at("05-31")])
    world.ledger.deploy(release, at("06-02"), to="staging")
    world.ledger.deploy(release, at("06-03"), state="cancelled")
    assert [metric["value"] for metric in world.metrics().values()] == [None] * 5


def test_promise_8_6_incidents_on_4_of_23_deployments_are_17_4_percent(world: World) -> None:
    release = world.ledger.release(world.service, "1.0.0", at("05-01"))
    deployments = [world.ledger.deploy(release, at("06-01") + timedelta(hours=n)) for n in range(23)]
    for number, caused_by in enumerate([0, 0, 0, 5, 9, 22]):
        world.ledger.incident(
            world.service, at("06-10"), caused_by=deployments[caused_by], resolved=at(f"06-1{number}")
        )
    rate = world.metrics()["change_fail_rate"]
    assert (rate["value"], rate["numerator"], rate["denominator"]) == (17.4, 4, 23)
    rows = world.rows("change_fail_rate", limit=10)
    assert (len(rows), sum(row["is_counted"] for row in rows)) == (23, 4)
    assert [len(row["incidents"]) for row in rows if row["is_counted"]] == [1, 1, 1, 3]


def test_promise_8_lead_time_is_the_median_over_changes_of_what_came_in_the_window(world: World) -> None:
    ledger, service = world.ledger, world.service
    # release    changes committed              first in production      lead times
    # 1.0.0      1 May                          3 May                    48 h
    # 1.1.0      4 May, 5 May                   never: comes with 1.2.0  96 h, 72 h
    # 1.2.0      7 May, unknown                 8 May                    24 h
    first = ledger.release(service, "1.0.0", at("05-02"), [at("05-01")])
    ledger.release(service, "1.1.0", at("05-05 13:00"), [at("05-04"), at("05-05")])
    second = ledger.release(service, "1.2.0", at("05-07 13:00"), [at("05-07"), None])
    ledger.deploy(first, at("05-02 14:00"), to="staging")
    ledger.deploy(first, at("05-02 15:00"), state="failed")
    ledger.deploy(first, at("05-03"))
    ledger.deploy(second, at("05-08"))
    ledger.deploy(first, at("05-09"))  # a rollback brings nothing new
    lead = world.metrics()["change_lead_time"]
    assert (lead["value"], lead["unit"], lead["denominator"]) == (60 * HOUR, "seconds", 4)  # between 48 h and 72 h
    assert excluded(lead) == {"it is not known when it was committed": 1}
    rows = world.rows("change_lead_time", limit=2)
    assert [(row["version"], row["seconds"]) for row in rows] == [
        ("1.2.0", None), ("1.2.0", 24 * HOUR), ("1.1.0", 72 * HOUR), ("1.1.0", 96 * HOUR), ("1.0.0", 48 * HOUR),
    ]  # fmt: skip
    # Of an odd number it is the one in the middle.
    assert world.metrics(at("05-05"), at("05-20"))["change_lead_time"]["value"] == 72 * HOUR


def test_a_release_of_an_older_line_does_not_bring_the_newer_ones_changes(world: World) -> None:
    ledger, service = world.ledger, world.service
    ledger.release(service, "2.0.0", at("05-02"), [at("05-01")])
    fix = ledger.release(service, "1.0.1", at("05-03"), [("fix", at("05-03"))])
    ledger.deploy(fix, at("05-04"))
    assert [row["version"] for row in world.rows("change_lead_time")] == ["1.0.1"]
    later = ledger.release(service, "2.0.1", at("05-05"), [("fix", at("05-03"))])
    ledger.deploy(later, at("05-06"))
    lead = world.metrics()["change_lead_time"]
    assert (lead["denominator"], excluded(lead)) == (2, {"another release had brought it before": 1})
    # A change that came before this window has not come in it, for all that a release of it lists it.
    assert world.metrics(at("05-05"), at("06-01"))["change_lead_time"]["denominator"] == 1


def test_a_fix_of_an_older_line_is_not_in_what_ran_before_it(world: World) -> None:
    ledger, service = world.ledger, world.service
    ledger.deploy(ledger.release(service, "2.0.0", at("05-01"), [at("05-01 06:00")]), at("05-02"))
    fix = ledger.release(service, "1.0.1", at("05-03"), [at("05-03")])
    ledger.deploy(fix, at("05-04"))
    assert [(row["version"], row["seconds"]) for row in world.rows("change_lead_time")] == [
        ("1.0.1", DAY), ("2.0.0", 30 * HOUR),
    ]  # fmt: skip


def test_what_was_imported_counts_by_its_own_deployment_alone(world: World) -> None:
    ledger, service = world.ledger, world.service
    ledger.release(service, "1.0.0", at("05-02"), [at("01-02"), None], imported=True)
    deployed = ledger.release(service, "1.1.0", at("05-02 13:00"), [at("05-01")], imported=True)
    ledger.deploy(deployed, at("05-03"))
    lead = world.metrics()["change_lead_time"]
    assert (lead["value"], lead["denominator"]) == (2 * DAY, 1)
    assert excluded(lead) == {
        "it is not known when it was committed": 1, "it was imported, and may have run before there was a log": 1,
    }  # fmt: skip


def test_a_change_that_says_it_is_from_the_future_is_left_out(world: World) -> None:
    release = world.ledger.release(world.service, "1.0.0", at("05-02"), [at("05-05"), at("05-01")])
    world.ledger.deploy(release, at("05-03"))
    lead = world.metrics()["change_lead_time"]
    assert (lead["value"], excluded(lead)) == (2 * DAY, {"it says it was committed after it ran": 1})


def test_promise_8_frequency_counts_days_and_deployments(world: World) -> None:
    release = world.ledger.release(world.service, "1.0.0", at("05-01"))
    for when in ("06-01 00:00", "06-01 23:59", "06-02 00:00", "06-09 08:00"):
        world.ledger.deploy(release, at(when))
    for state in ("failed", "rejected", "expired"):
        world.ledger.deploy(release, at("06-20"), state=state)
    frequency = world.metrics(at("06-01 00:00"), at("07-01 00:00"))["deployment_frequency"]
    assert (frequency["value"], frequency["count"], frequency["denominator"]) == (3, 4, 30)
    assert excluded(frequency) == {
        "it failed": 1, "rejected, so it never ran": 1, "expired, so it never ran": 1,
    }  # fmt: skip
    weeks = frequency["trend"]
    assert [week["value"] for week in weeks] == [2, 1, 0, None, None]
    assert [week["from"][:10] for week in weeks] == [f"2026-06-{day}" for day in ("01", "08", "15", "22", "29")]
    assert weeks[-1]["to"][:10] == "2026-07-01"


def test_promise_8_recovery_is_the_median_from_failed_to_restored(world: World) -> None:
    ledger, service = world.ledger, world.service
    release = ledger.release(service, "1.0.0", at("05-01"))
    # Rolled back, and whole again 2 h later: 2 h.
    broken = ledger.deploy(release, at("06-01 10:00"))
    other = ledger.service("ledger", world.team)
    ledger.deploy(ledger.release(other, "1.0.0", at("05-01")), at("06-01 11:00"))  # of another service: heals nothing
    ledger.deploy(release, at("06-01 12:00"), rolls_back=broken)
    # Failed, and tried again: 30 min.
    failed = ledger.deploy(release, at("06-02 10:00"), state="failed")
    ledger.deploy(release, at("06-02 10:20"), state="failed", to="staging")
    ledger.deploy(release, at("06-02 10:30"), retries=failed)
    # Two incidents: it is over when the last of them is, 8 h.
    bad = ledger.deploy(release, at("06-03 10:00"))
    ledger.incident(service, at("06-03 11:00"), caused_by=bad, resolved=at("06-03 12:00"))
    ledger.incident(service, at("06-03 13:00"), caused_by=bad, resolved=at("06-03 18:00"))
    # Failed, and left at that; an incident that could wait; one elsewhere: nobody had to do anything at once.
    left = ledger.deploy(release, at("06-04 10:00"), state="failed")
    ledger.deploy(release, at("06-04 10:10"), state="cancelled", retries=left)
    slow = ledger.deploy(release, at("06-04 11:00"))
    ledger.incident(service, at("06-04 12:00"), caused_by=slow, resolved=at("06-05"), needs_intervention=False)
    ledger.deploy(release, at("06-04 12:30"), state="expired", rolls_back=slow)
    ledger.incident(service, at("06-04 12:00"), resolved=at("06-05"))
    recovery = world.metrics()["failed_deployment_recovery_time"]
    assert (recovery["value"], recovery["denominator"], recovery["excluded"]) == (2 * HOUR, 3, [])
    rows = world.rows("failed_deployment_recovery_time", limit=1)
    assert [row["seconds"] for row in rows] == [8 * HOUR, HOUR / 2, 2 * HOUR]
    rate = world.metrics()["change_fail_rate"]
    assert (rate["numerator"], rate["denominator"]) == (3, 8)
    # One that is still going on is left out of the median, and said to be.
    open_one = ledger.deploy(release, at("06-05 10:00"))
    ledger.incident(service, at("06-05 10:30"), caused_by=open_one, resolved=at("06-05 10:45"))
    ledger.incident(service, at("06-05 11:00"), caused_by=open_one)
    recovery = world.metrics()["failed_deployment_recovery_time"]
    assert (recovery["value"], excluded(recovery)) == (2 * HOUR, {"not restored yet": 1})
    assert world.metrics()["change_fail_rate"]["numerator"] == 4


def test_promise_8_rework_is_what_was_deployed_because_of_an_incident(world: World) -> None:
    ledger, service = world.ledger, world.service
    release = ledger.release(service, "1.0.0", at("05-01"))
    bad = ledger.deploy(release, at("06-01"))
    incident = ledger.incident(service, at("06-01 13:00"), caused_by=bad, resolved=at("06-01 15:00"))
    fix = ledger.release(service, "1.0.1", at("06-01 14:00"))
    ledger.deploy(fix, at("06-01 14:30"), incident=incident, state="failed")
    ledger.deploy(fix, at("06-01 15:00"), incident=incident)
    ledger.deploy(fix, at("06-01 15:00"), incident=incident, state="cancelled")
    ledger.deploy(fix, at("06-01 14:40"), incident=incident, to="staging")
    ledger.deploy(fix, at("06-08"))
    rework = world.metrics()["deployment_rework_rate"]
    assert (rework["value"], rework["numerator"], rework["denominator"]) == (50.0, 2, 4)
    assert excluded(rework) == {"cancelled, so it never ran": 1}
    counted = [row for row in world.rows("deployment_rework_rate") if row["is_counted"]]
    assert {row["incident_id"] for row in counted} == {incident}


def test_promise_8_windows_choose_rows_and_do_not_change_what_they_count_as(world: World) -> None:
    ledger, service = world.ledger, world.service
    first = ledger.release(service, "1.0.0", at("05-01"), [at("04-20"), ("twice", at("04-21"))])
    second = ledger.release(service, "1.1.0", at("05-20"), [at("05-18"), ("twice", at("04-21"))])
    bad = ledger.deploy(first, at("05-10"))
    ledger.deploy(second, at("05-30 10:00"), state="failed")
    fixed = ledger.deploy(second, at("05-30 12:00"), rolls_back=bad)
    incident = ledger.incident(service, at("06-10"), caused_by=fixed, resolved=at("06-12"))
    ledger.deploy(second, at("06-12"), incident=incident)
    start, end = at("05-01 00:00"), at("07-01 00:00")
    whole = {name: world.rows(name, start, end) for name in NAMES}
    cuts = [start, *(start + timedelta(days=days) for days in (9.5, 12, 29.45, 29.5, 42)), end]
    for name in NAMES:
        parts = [row for since, until in pairwise(cuts) for row in world.rows(name, since, until)]
        assert sorted(parts, key=str) == sorted(whole[name], key=str), name
    assert world.metrics(start, end) == world.metrics(start, end)
    # Half-open: what ended at a cut is in the later part alone.
    assert not world.rows("deployment_frequency", start, at("05-10"))
    assert len(world.rows("deployment_frequency", at("05-10"), at("05-11"))) == 1


def test_teams_and_services_are_told_apart(world: World) -> None:
    ledger = world.ledger
    other_team = ledger.team("Search")
    other = ledger.service("index", other_team)
    for service, times in ((world.service, 1), (other, 3)):
        release = ledger.release(service, "1.0.0", at("05-01"), [at("05-01")])
        for day in range(times):
            ledger.deploy(release, at("06-01") + timedelta(days=day))
    counts = [
        world.metrics(**filters)["deployment_frequency"]["count"]
        for filters in ({}, {"service": world.service}, {"team": world.team}, {"team": other_team})
    ]
    assert counts == [4, 1, 1, 3]
    assert world.metrics(service=world.service, team=other_team)["deployment_frequency"]["value"] is None
    for filters in ({"service": 999}, {"team": 999}):
        assert world.client.get("/api/v1/metrics/dora", params=filters).status_code == 404


def test_the_window_is_the_last_90_days_unless_something_else_is_asked_for(world: World) -> None:
    window = world.client.get("/api/v1/metrics/dora").json()["window"]
    assert (window["from"], window["to"]) == ("2026-04-02T00:00:00Z", "2026-07-01T00:00:00Z")
    assert (window["days"], window["time_zone"], window["bucket"]) == (90, "UTC", "week")
    year = world.client.get("/api/v1/metrics/dora", params={"from": "2025-07-01", "to": "2026-07-01"}).json()
    assert year["window"]["bucket"] == "month"
    assert len(year["metrics"][0]["trend"]) == 12
    for wrong in ({"from": "2026-07-01", "to": "2026-07-01"}, {"from": "1990-01-01"}, {"to": "0001-01-02"}):
        assert world.client.get("/api/v1/metrics/dora", params=wrong).status_code == 422, wrong
    rows = {"metric": "change_fail_rate", "cursor": "nonsense"}
    assert world.client.get("/api/v1/metrics/dora/rows", params=rows).status_code == 422
