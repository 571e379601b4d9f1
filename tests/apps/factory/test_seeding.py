"""The sample data: it keeps every promise of the factory, shows a project half done, and is there once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from portico.apps.factory.sample import cast, plans
from portico.apps.factory.sample.days import Days
from portico.apps.factory.sample.rows import Rows
from portico.apps.factory.sample.service import delice
from tests.apps.factory.invariants import check
from tests.apps.factory.world import API, HEADER, done, log_in
from tests.servers import seed, serving_app

ROWS = """
    SELECT (SELECT count(*) FROM factory.{table}),
        (SELECT coalesce(sum(hashtext(x::text)), 0) FROM factory.{table} x)"""
PIECES = "SELECT state, count(*) AS n FROM factory.pieces WHERE company_id = %s GROUP BY state"
AHEAD = """
    SELECT 'movements' FROM factory.movements WHERE at > now() UNION ALL
    SELECT 'reports' FROM factory.reports WHERE at > now() UNION ALL
    SELECT 'events' FROM factory.events WHERE at > now() UNION ALL
    SELECT 'runs' FROM factory.operation_runs WHERE started_at > now() OR ended_at > now()"""
OUT_OF_PLACE = """
    SELECT r.id FROM factory.reports r WHERE NOT EXISTS (
        SELECT FROM factory.operation_runs u WHERE u.company_id = r.company_id AND u.operation_id = r.operation_id
            AND r.at BETWEEN u.started_at AND coalesce(u.ended_at, now()))
        AND r.user_id NOT IN (SELECT id FROM factory.users WHERE role = 'ProjectManager')"""
OVERLAPS = """
    SELECT a.id FROM factory.{table} a JOIN factory.{table} b
        ON b.company_id = a.company_id AND b.workstation_id = a.workstation_id AND b.id > a.id
    WHERE tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"""


@pytest.fixture
def seeded(new_database: Callable[..., str]) -> str:
    return new_database("factory")


def everything(url: str) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'factory'").fetchall()
        return {name: connection.execute(ROWS.format(table=name)).fetchone() for (name,) in tables}  # type: ignore[arg-type]


async def test_every_promise_holds_in_the_sample_data(seeded: str) -> None:
    async with await psycopg.AsyncConnection.connect(seeded, row_factory=dict_row) as connection:
        orders = await (await connection.execute("SELECT * FROM factory.work_orders ORDER BY id")).fetchall()
        assert {each["state"] for each in orders} == {"completed", "in_progress", "released", "draft"}
        for each in orders:
            params = {
                "company": cast.DELICE, "first": 0, "order": each["id"], "routing": each["routing_id"],
                "is_released": each["state"] != "draft", "project": each["project_id"],
            }  # fmt: skip
            await check(connection, params)
        assert await (await connection.execute(AHEAD)).fetchall() == []
        assert await (await connection.execute(OUT_OF_PLACE)).fetchall() == []
        for table in ("shifts", "downtimes"):
            found = await connection.execute(OVERLAPS.format(table=table))  # type: ignore[arg-type]
            assert await found.fetchall() == []


def test_a_project_of_900_pieces_is_half_done(seeded: str) -> None:
    with psycopg.connect(seeded) as connection:
        states = dict(connection.execute(PIECES, [cast.DELICE]).fetchall())
    assert states == {"shipped": 180, "completed": 264, "in_production": 12, "scrapped": 3, "planned": 444}
    with serving_app("factory", seeded) as client:
        signed_in = log_in(client, cast.ADMIN, cast.PASSWORD)
        client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        (project,) = done(client.get(f"{API}/projects"))["items"]
        assert (project["code"], project["percent_done"]) == ("DEL-017", 49.3)
        assert done(client.get(f"{API}/recall", params={"supplier_lot": "PX-881"}))
        for path in (
            "workflow", "stock", "lots", "work-orders", "shipments", "inspections", "nonconformances", "downtimes",
            "cut-plans", "kpi/oee", "kpi/losses", "workflow/statistics",
        ):  # fmt: skip
            params = {"from": "2020-01-01T00:00:00Z", "to": "2020-06-01T00:00:00Z"} if path.startswith("kpi") else {}
            assert client.get(f"{API}/{path}", params=params).status_code == 200, path
        _work_goes_on(client)


def _work_goes_on(client: httpx.Client) -> None:
    """An operator comes with the badge that is documented, and finds work."""
    body = {"user_guid": str(cast.badge(1)), "workstation_guid": str(cast.station_code(2)), "pin": cast.PIN}
    token = done(client.post(f"{API}/auth/qr", json=body))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    station = done(client.get(f"{API}/auth/me", headers=headers))["workstation_id"]
    found = client.get(f"{API}/queue", params={"workstation": station}, headers=headers)
    assert [each["work_order"] for each in found.json()][:2] == ["WO-017-C3", "WO-017-C4"]
    running = found.json()[0]["id"]
    report = {"good": 1}
    key = {**headers, "Idempotency-Key": "after the sample"}
    done(client.post(f"{API}/operations/{running}/report", json=report, headers=key))


def test_the_other_company_is_another_one_and_the_administrator_sees_both(seeded: str) -> None:
    with serving_app("factory", seeded) as client:
        theirs = log_in(client, cast.OKNA_PEOPLE[0].email, cast.PASSWORD)
        headers = {"Authorization": f"Bearer {theirs['access_token']}"}
        assert [each["code"] for each in done(client.get(f"{API}/projects", headers=headers))["items"]] == ["OKN-001"]
        system = log_in(client, cast.SYSTEM[0].email, cast.PASSWORD)
        headers = {"Authorization": f"Bearer {system['access_token']}", HEADER: str(cast.DELICE)}
        assert [each["code"] for each in done(client.get(f"{API}/projects", headers=headers))["items"]] == ["DEL-017"]


def test_twice_doubles_nothing_and_flush_begins_anew(seeded: str) -> None:
    before = everything(seeded)
    seed("factory", seeded)
    assert everything(seeded) == before
    with psycopg.connect(seeded) as connection:
        connection.execute("UPDATE factory.pieces SET colour = 'pink'")
        (company,) = connection.execute("INSERT INTO factory.companies (name) VALUES ('New') RETURNING id").fetchone()  # type: ignore[misc]
        connection.execute("INSERT INTO factory.articles (company_id, code) VALUES (%s, 'A')", [company])
    seed("factory", seeded, flush=True)
    assert {name: count for name, (count, _) in everything(seeded).items()} == {
        name: count for name, (count, _) in before.items()
    }
    with psycopg.connect(seeded) as connection:
        assert connection.execute("SELECT count(*) FROM factory.pieces WHERE colour = 'pink'").fetchone() == (0,)


@pytest.mark.usefixtures("full_cost")
def test_where_real_users_are_there_is_one_administrator(database_url: str) -> None:
    summary = seed("factory", database_url, demonstration=False)
    assert "Administrator admin, password" in summary.notes[0]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT role, pwd_hash ~ '^.2b.12.' FROM factory.users").fetchall() == [
            ("SystemAdmin", True)
        ]
        assert connection.execute("SELECT count(*) FROM factory.companies").fetchone() == (1,)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 0, 5, tzinfo=UTC),  # a Monday night
        datetime(2026, 11, 22, 12, 0, tzinfo=UTC),  # a Sunday
        datetime(2026, 10, 26, 4, 59, tzinfo=UTC),  # a day after the clocks were set back
        datetime(2027, 1, 1, 21, 59, tzinfo=UTC),
    ],
)
def test_the_story_ends_before_now_whenever_it_is_told(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "SECONDS", 0)
    people = {person.email: number for number, person in enumerate(cast.PEOPLE, 1)}
    bases: dict[str, int] = dict.fromkeys(
        ("workstations", "locations", "materials", "articles", "scrap_reasons", "projects", "components", "assemblies",
         "routings", "work_orders", "operations", "operation_runs", "lots", "pieces", "reports", "shipments",
         "movements", "blocks", "inspections", "nonconformances", "cut_plans", "shifts", "downtimes", "events"), 0,
    )  # fmt: skip
    rows = delice(Rows(bases), people, Days(now))
    told = [row["at"] for table in ("events", "movements", "reports") for row in rows.tables[table]]
    assert now - timedelta(minutes=15) < max(told) <= now
    assert sorted(told[: len(rows.tables["events"])]) == told[: len(rows.tables["events"])]
    first = min(row["started_at"] for row in rows.tables["operation_runs"])
    assert now - timedelta(days=16) < first
