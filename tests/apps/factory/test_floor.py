"""The queue of a workstation, and scans at it."""

from typing import Any

import pytest

from tests.apps.factory.floor import Floor, report
from tests.apps.factory.world import API, World, done
from tests.contract.shop import made, unique


@pytest.fixture
def floor(shared_world: World) -> Floor:
    """With workstations of its own: the queue shows nobody else's orders."""
    return Floor(shared_world)


def test_the_queue_has_what_can_be_done_the_first_due_first(floor: Floor) -> None:
    later = floor.released(due_on="2026-04-02")
    never = floor.released()
    soon = floor.released(due_on="2026-04-01")
    floor.order(due_on="2026-03-01")
    held = floor.running(due_on="2026-03-01")[0]
    floor.do(held, "hold")
    line = queue(floor.sawyer, floor.saw)
    assert [each["work_order"] for each in line] == [soon["code"], later["code"], never["code"]]
    assert [each["available"] for each in line] == [10, 10, 10]
    assert queue(floor.welder, floor.table) == []
    done(floor.sawyer.post(f"{API}/operations/{soon['operations'][0]['id']}/start"))
    made(report(floor.sawyer, soon["operations"][0]["id"], good=10))
    assert [each["available"] for each in queue(floor.welder, floor.table)] == [10]
    assert next((each["state"], each["available"]) for each in queue(floor.sawyer, floor.saw)) == ("running", 0)
    done(floor.sawyer.post(f"{API}/operations/{soon['operations'][0]['id']}/end"))
    assert [each["work_order"] for each in queue(floor.sawyer, floor.saw)] == [later["code"], never["code"]]


def test_the_queue_is_the_own_workstation_s(floor: Floor, shared_world: World) -> None:
    path = f"{API}/queue?workstation={floor.saw['id']}"
    assert floor.welder.get(path).status_code == 403
    assert floor.company.key.get(path).status_code == 403
    assert shared_world.theirs.manager.client.get(path).status_code == 404
    assert floor.manager.get(path).status_code == 200
    assert floor.manager.get(f"{API}/queue").status_code == 422


def test_a_scan_says_what_it_is_and_what_may_be_done(floor: Floor) -> None:
    piece = floor.piece()
    order = floor.released(1, piece_ids=[piece["id"]])
    found = scan(floor, piece["barcode"])
    assert (found["kind"], found["piece_id"], found["work_order_id"]) == ("piece", piece["id"], order["id"])
    (operation,) = found["operations"]
    assert [each["action"] for each in operation["actions"] if each["allowed"]] == ["start"]
    assert scan(floor, order["code"])["kind"] == "work_order"
    (assembly,) = floor.world.sql("SELECT * FROM factory.assemblies WHERE id = %(id)s", id=piece["assembly_id"])
    found = scan(floor, assembly["code"])
    assert (found["kind"], [each["work_order"] for each in found["operations"]]) == ("assembly", [order["code"]])
    bar, elsewhere, blocked = floor.bar(7), floor.bar(7, floor.table), floor.bar(7, state="blocked")
    assert (scan(floor, bar)["here"], consuming(floor, bar)) == (7, [])
    assert consuming(floor, elsewhere) == ["Nothing of it lies at this workstation."]
    assert consuming(floor, blocked) == ["It is blocked."]
    assert scan(floor, str(floor.saw["guid"]))["kind"] == "workstation"
    badge = floor.world.person("Operator", floor.company)
    assert scan(floor, str(badge["guid"]).upper())["kind"] == "user"
    log = floor.world.sql(
        "SELECT count(*) AS n FROM factory.events WHERE kind = 'BarcodeScan' AND workstation_id = %(id)s",
        id=floor.saw["id"],
    )
    assert log == [{"n": 9}]


def test_a_code_that_nothing_has_is_unknown_also_where_another_company_has_it(
    floor: Floor, shared_world: World
) -> None:  # fmt: skip
    theirs = Floor(shared_world, shared_world.theirs).bar()
    for code in (theirs, unique("nothing")):
        answer = floor.sawyer.post(f"{API}/scans", json={"code": code, "workstation": floor.saw["id"]})
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_CODE")
    for client in (floor.welder, floor.company.key):
        assert client.post(f"{API}/scans", json={"code": "x", "workstation": floor.saw["id"]}).status_code == 403


def queue(client: Any, station: dict[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = client.get(f"{API}/queue", params={"workstation": station["id"]}).json()
    return lines


def scan(floor: Floor, code: str) -> dict[str, Any]:
    return done(floor.sawyer.post(f"{API}/scans", json={"code": code, "workstation": floor.saw["id"]}))


def consuming(floor: Floor, code: str) -> list[str]:
    (action,) = [each for each in scan(floor, code)["actions"] if each["action"] == "consume"]
    reasons: list[str] = action["reasons"]
    return reasons
