"""The workflow log: read by filters, page by page, as a table, and counted by the company's clock."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.apps.factory.structure import path_of, planned
from tests.apps.factory.world import API, World, done

ADD = """
    INSERT INTO factory.events (company_id, kind, at, user_id, user_name, workstation_id, piece_id, project_id)
    SELECT %(company)s, (ARRAY['PieceCut', 'Scrap', 'BarcodeScan'])[1 + n %% 3],
        %(start)s::timestamptz + n * interval '1 minute', 7 + n %% 2, 'u' || n %% 2, %(station)s, n / 3, n %% 5
    FROM generate_series(0, %(n)s - 1) AS n"""
START = datetime.fromisoformat("2026-10-24T22:00:00+00:00")
"""Sunday, one o'clock in Sofia: two hours later the clocks go back."""


@pytest.fixture(scope="module")
def log(shared_world: World) -> World:
    """300 lines, one a minute, at one station by two people."""
    ours = shared_world.ours
    shared_world.sql(ADD, company=ours.id, n=300, start=START, station=ours.station["id"])
    return shared_world


def page(world: World, **params: Any) -> dict[str, Any]:
    return done(world.ours.manager.client.get(f"{API}/workflow", params={"from": START.isoformat(), **params}))


def test_every_line_is_shown_once_the_newest_first(log: World) -> None:
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while not seen or cursor is not None:
        part = page(log, limit=70, **({"cursor": cursor} if cursor else {}))
        seen += [(each["at"], each["id"]) for each in part["items"]]
        cursor = part["next_cursor"]
    assert len(set(seen)) == 300
    assert seen == sorted(seen, reverse=True)


def test_filters_are_used_together(log: World) -> None:
    ours = log.ours
    for params, count in (
        ({"kind": "PieceCut"}, 100), ({"user": 8}, 150), ({"kind": "Scrap", "user": 8}, 50), ({"project": 3}, 60),
        ({"piece": 9}, 3), ({"workstation": ours.station["id"]}, 300), ({"workstation": 0}, 0),
        ({"to": (START + timedelta(minutes=45)).isoformat()}, 45),
        ({"from": "2026-10-25T01:10", "to": "2026-10-25T01:20"}, 10),
    ):  # fmt: skip
        found = [page(log, limit=100, **params)]
        while found[-1]["next_cursor"]:
            found.append(page(log, limit=100, cursor=found[-1]["next_cursor"], **params))
        assert sum(len(each["items"]) for each in found) == count, params


def test_statistics_count_by_the_company_s_clock_also_when_it_goes_back(log: World) -> None:
    params = {"from": "2026-10-25T00:00", "to": "2026-10-26T00:00"}
    path = f"{API}/workflow/statistics"
    found = done(log.ours.manager.client.get(path, params=params))
    assert (found["total"], found["time_zone"]) == (300, "Europe/Sofia")
    assert found["by_kind"] == [{"kind": kind, "count": 100} for kind in ("BarcodeScan", "PieceCut", "Scrap")]
    assert [(each["user_id"], each["user"], each["count"]) for each in found["by_user"]] == [
        (7, "u0", 150), (8, "u1", 150),
    ]  # fmt: skip
    assert [(each["workstation"], each["count"]) for each in found["by_workstation"]] == [
        (log.ours.station["name"], 300)
    ]  # fmt: skip
    assert [(each["start"], each["count"], each["cut"]) for each in found["over_time"]] == [
        ("2026-10-25T01:00:00+03:00", 60, 20),
        ("2026-10-25T02:00:00+03:00", 60, 20),
        ("2026-10-25T03:00:00+03:00", 60, 20),
        ("2026-10-25T03:00:00+02:00", 60, 20),
        ("2026-10-25T04:00:00+02:00", 60, 20),
    ]
    days = done(log.ours.manager.client.get(path, params={**params, "by": "day"}))
    assert [(each["start"], each["count"], each["scrapped"]) for each in days["over_time"]] == [
        ("2026-10-25T00:00:00+03:00", 300, 100)
    ]
    assert log.ours.manager.client.get(path, params={"from": "2026-01-01", "to": "2026-12-31"}).status_code == 422


def test_an_empty_period_counts_nothing(log: World) -> None:
    found = done(log.theirs.manager.client.get(f"{API}/workflow/statistics"))
    assert (found["total"], found["by_kind"], found["over_time"]) == (0, [], [])


def test_it_goes_out_as_a_table(log: World) -> None:
    params = {"from": START.isoformat(), "kind": "Scrap"}
    answer = log.ours.manager.client.get(f"{API}/workflow.csv", params=params)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 100
    assert {row["workstation"] for row in rows} == {log.ours.station["name"]}
    as_boss = log.ours.boss.get(f"{API}/workflow.csv", params=params)
    assert as_boss.text == answer.text


def test_who_may_read_it(log: World) -> None:
    ours = log.ours
    for client, log_status, statistics_status in (
        (ours.operator.client, 200, 403), (ours.manager.client, 200, 200), (ours.key, 403, 403),
        (log.nobody, 401, 401),
    ):  # fmt: skip
        assert client.get(f"{API}/workflow").status_code == log_status
        assert client.get(f"{API}/workflow.csv").status_code == log_status
        assert client.get(f"{API}/workflow/statistics").status_code == statistics_status


def test_syncs_deletions_and_restores_are_lines_of_it(log: World) -> None:
    ours = log.ours
    code = planned(ours, pieces=3)
    path = path_of(ours.admin.client, "projects", code)
    ours.admin.client.delete(path)
    done(ours.admin.client.post(f"{path}/restore"))
    items = done(ours.manager.client.get(f"{API}/workflow", params={"limit": 6, "to": "2026-10-01"}))["items"]
    assert [each["kind"] for each in items] == ["Restored", "Deleted", "Sync", "Sync", "Sync", "Sync"]
    assert items[0]["details"] == {
        "kind": "project", "code": code, "projects": 1, "components": 1, "assemblies": 1, "pieces": 3,
    }  # fmt: skip
    assert items[0]["project_id"] == int(path.rsplit("/", 1)[1])
    assert items[2]["details"] == {"of": "pieces", "inserted": 3, "updated": 0, "kept": 0}
