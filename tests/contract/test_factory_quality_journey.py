"""The days of a shift leader and of quality, and the tool that sets a password, as the contract tells them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from portico.kernel.migrations import upgrade
from tests.apps.factory.floor import Floor, report
from tests.apps.factory.world import API, World, done, log_in, open_world
from tests.clocks import A_YEAR, MovableClock
from tests.commands import run
from tests.contract.shop import PASSWORD, made
from tests.databases import Databases


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def url(databases: Databases, worker_id: str) -> Iterator[str]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def world(url: str, clock: MovableClock) -> Iterator[World]:
    with open_world(url, clock=clock, **A_YEAR) as world:
        yield world


def test_the_day_of_a_shift_leader(world: World, clock: MovableClock) -> None:
    """Eight hours, of which 30 minutes were planned to stand still and 60 were lost; 360 windows of a minute each."""
    floor = Floor(world)
    leader, station = floor.manager, floor.saw["id"]
    start = clock()
    end = start + timedelta(hours=8)
    shift = {"workstation_id": station, "name": "Late", "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    made(floor.admin.post(f"{API}/shifts", json=shift))
    _, operation = floor.running(360)

    clock.move(hours=2)
    stop = made(floor.sawyer.post(f"{API}/downtimes", json={"workstation_id": station, "reason": "Saw stands"}))
    (down,) = done(leader.get(f"{API}/downtimes", params={"open": True, "workstation": station}))["items"]
    assert (down["workstation"], down["reason"]) == (floor.saw["name"], "Saw stands")
    clock.move(hours=1)
    done(floor.sawyer.post(f"{API}/downtimes/{stop['id']}/close", json={"reason": "Blade broken"}))

    clock.move(hours=3)
    lunch = {"starts_at": (clock() - timedelta(minutes=30)).isoformat(), "ends_at": clock().isoformat()}
    body = {"workstation_id": station, "reason": "Lunch", "is_planned": True, **lunch}
    made(floor.sawyer.post(f"{API}/downtimes", json=body))
    clock.move(hours=1, minutes=59)
    made(report(floor.sawyer, operation, good=345, scrap=[{"reason": floor.reason, "qty": 15}]))
    done(floor.sawyer.post(f"{API}/operations/{operation}/end"))

    clock.move(minutes=1)
    asked = {"workstation": station, "from": start.isoformat(), "to": end.isoformat()}
    figures = done(leader.get(f"{API}/kpi/oee", params=asked))
    shown = [figures[name]["percent"] for name in ("availability", "effectiveness", "quality", "oee")]
    assert shown == [86.67, 92.31, 95.83, 76.67]  # 390 / 450, 360 / 390, 345 / 360, 345 / 450
    assert figures["biggest_loss"] == {
        "kind": "downtime", "reason": "Blade broken", "minutes": 60, "count": 1, "share": pytest.approx(60 / 450)
    }  # fmt: skip
    losses = done(leader.get(f"{API}/kpi/losses", params=asked))["losses"]
    assert [(each["kind"], each["minutes"]) for each in losses] == [("downtime", 60), ("speed", 30), ("scrap", 15)]


def test_the_day_of_quality(world: World) -> None:
    """A bar is found wrong after a part of it went into a frame: nobody uses either, until it is decided."""
    floor = Floor(world)
    code = floor.bar(100, supplier="Profiles Ltd", supplier_lot="L-77")
    (lot,) = done(floor.manager.get(f"{API}/lots", params={"code": code}))["items"]
    order, operation = floor.running(2)
    frame = f"{order['code']}-F"
    consumed = [{"lot": code, "qty": 3}]
    made(report(floor.sawyer, operation, good=1, consumed=consumed, produced=[{"code": frame}]))

    inspection = {
        "lot_id": lot["id"], "name": "Incoming length",
        "measurements": [{"name": "length", "value": 6012, "unit": "mm", "low": 5995, "high": 6005}],
        "nonconformance": {"title": "Bars too long"},
    }  # fmt: skip
    failed = made(floor.sawyer.post(f"{API}/inspections", json=inspection))
    assert failed["result"] == "fail"
    path = f"{API}/nonconformances/{failed['nonconformance_ids'][0]}"
    assert floor.sawyer.post(f"{path}/contain").status_code == 403
    done(floor.manager.post(f"{path}/contain", json={"reason": "Until the supplier has answered"}))
    states = {
        each["code"]: each["state"]
        for name in (code, frame)
        for each in done(floor.manager.get(f"{API}/lots", params={"code": name}))["items"]
    }
    assert states == {code: "blocked", frame: "blocked"}
    refused = report(floor.sawyer, operation, good=1, consumed=consumed, produced=[{}])
    assert (refused.status_code, refused.json()["code"]) == (409, "LOT_NOT_USABLE")

    body = {"disposition": "return_to_supplier", "reason": "The supplier takes them back"}
    decided = done(floor.manager.post(f"{path}/disposition", json=body))
    assert (decided["state"], decided["lot_state"], floor.on_hand(code)) == ("dispositioned", "rejected", 0)
    assert done(floor.manager.post(f"{path}/close", json={"reason": "Credit note received"}))["state"] == "closed"
    told = done(floor.manager.get(f"{API}/workflow", params={"kind": "Nonconformance"}))["items"]
    assert [each["details"]["what"] for each in reversed(told)] == [
        "opened", "contained", "return_to_supplier", "closed"
    ]  # fmt: skip


def test_the_password_tool_of_the_seed(world: World, url: str, tmp_path: Path) -> None:
    """It verifies the form of what it wrote, and whoever was signed in is signed out."""
    account = world.account("CompanyAdmin")
    email = f"{account.name}@example.com"
    before = log_in(world.nobody, email)
    client = world.client(Authorization=f"Bearer {before['access_token']}")
    done(client.get(f"{API}/auth/me"))
    command = ("users", "password", email, "--app", "factory")
    said = run(*command, folder=tmp_path, text="battery staple horse\n", DATABASE_URL=url, ENVIRONMENT="testing")
    assert said.returncode == 0, said.stderr
    (row,) = world.sql("SELECT pwd_hash FROM factory.users WHERE id = %(id)s", id=account.user_id)
    assert row["pwd_hash"].startswith("$2b$12$")
    assert client.get(f"{API}/auth/me").status_code == 401
    wrong = world.nobody.post(f"{API}/auth/login", json={"email": email, "password": PASSWORD})
    assert wrong.status_code == 401
    tokens = log_in(world.nobody, email, "battery staple horse")
    assert {"access_token", "refresh_token", "role", "token_type", "expires_in"} <= set(tokens)
