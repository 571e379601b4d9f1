"""Work orders and operations: their states, the snapshot they run on, and who may do what with them."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.apps.factory.floor import Floor, report
from tests.apps.factory.world import API, World, done
from tests.clocks import MovableClock
from tests.contract.shop import made, unique
from tests.races import Call, at_once, statuses


@pytest.fixture(scope="module")
def floor(shared_world: World) -> Floor:
    return Floor(shared_world)


def test_promise_4_an_order_runs_on_its_snapshot_whatever_the_routing_becomes(floor: Floor) -> None:
    order = floor.released()
    before = [(each["name"], each["workstation_id"], each["standard_seconds"]) for each in order["operations"]]
    routing = f"{API}/routings/{floor.routing['id']}"
    assert before == [("Cut", floor.saw["id"], 60), ("Weld", floor.table["id"], 60)]
    assert floor.admin.put(routing, json={"steps": []}).json()["code"] == "NOT_A_DRAFT"
    for statement in (
        "UPDATE factory.routing_steps SET standard_seconds = 1 WHERE routing_id = %(id)s",
        "DELETE FROM factory.routing_steps WHERE routing_id = %(id)s",
        "UPDATE factory.routings SET name = 'x' WHERE id = %(id)s",
        "UPDATE factory.routings SET state = 'draft' WHERE id = %(id)s",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            floor.world.sql(statement, id=floor.routing["id"])
    following = made(floor.admin.post(f"{routing}/editions"))
    assert (following["edition"], following["state"], len(following["steps"])) == (2, "draft", 2)
    steps = [floor.step(floor.table, "Glue", 5)]
    done(floor.admin.put(f"{API}/routings/{following['id']}", json={"steps": steps}))
    done(floor.admin.post(f"{API}/routings/{following['id']}/release"))
    done(floor.admin.post(f"{routing}/retire"))
    shown = done(floor.manager.get(f"{API}/work-orders/{order['id']}"))
    assert [(each["name"], each["workstation_id"], each["standard_seconds"]) for each in shown["operations"]] == before
    draft = floor.order()
    late = floor.manager.post(f"{API}/work-orders/{draft['id']}/release")
    assert (late.status_code, late.json()["code"]) == (409, "ROUTING_NOT_RELEASED")
    floor.routing = floor.new_routing()


def test_routings_are_drafted_released_and_removed(floor: Floor) -> None:
    body = {"code": unique("routing"), "steps": [floor.step(floor.saw, "Cut")]}
    draft = made(floor.admin.post(f"{API}/routings", json=body))
    path = f"{API}/routings/{draft['id']}"
    assert floor.admin.post(f"{API}/routings", json=body).json()["code"] == "NAME_TAKEN"
    assert floor.manager.post(f"{API}/routings", json={"code": unique("r")}).status_code == 403
    stranger = {"steps": [{**body["steps"][0], "workstation_id": 2**40}]}  # type: ignore[dict-item]
    assert floor.admin.put(path, json=stranger).status_code == 422
    assert floor.admin.put(path, json={"steps": []}, headers={"If-Match": '"99"'}).status_code == 412
    emptied = done(floor.admin.put(path, json={"steps": []}))
    assert emptied["steps"] == []
    assert floor.admin.post(f"{path}/release").json()["code"] == "NO_STEPS"
    assert floor.admin.delete(path).status_code == 204
    assert floor.admin.get(path).status_code == 404


def test_the_order_starts_with_its_first_operation_and_ends_when_all_have(floor: Floor) -> None:
    order = floor.released(2)
    cut, weld = (each["id"] for each in order["operations"])
    assert floor.welder.post(f"{API}/operations/{weld}/start").status_code == 409, "nothing is available yet"
    done(floor.sawyer.post(f"{API}/operations/{cut}/start"))
    assert state(floor, order) == "in_progress"
    made(report(floor.sawyer, cut, good=2))
    done(floor.sawyer.post(f"{API}/operations/{cut}/end"))
    refused = floor.manager.post(f"{API}/work-orders/{order['id']}/complete")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Neither ended nor skipped: Weld.")
    assert floor.welder.post(f"{API}/operations/{weld}/skip").status_code == 403
    done(floor.manager.post(f"{API}/operations/{weld}/skip"))
    assert floor.sawyer.post(f"{API}/work-orders/{order['id']}/complete").status_code == 403
    floor.do(order, "complete")
    path = f"{API}/work-orders/{order['id']}/reopen"
    assert floor.sawyer.post(path, json={"reason": "one is short"}).status_code == 403
    assert floor.manager.post(path).status_code == 422, "a reason"
    reopened = floor.do(order, "reopen", reason="one is short")
    assert [each["state"] for each in reopened["operations"]] == ["paused", "skipped"]
    done(floor.sawyer.post(f"{API}/operations/{cut}/resume"))
    done(floor.sawyer.post(f"{API}/operations/{cut}/end"))
    floor.do(order, "complete")
    assert floor.do(order, "close")["state"] == "closed"
    assert floor.manager.post(path, json={"reason": "x"}).status_code == 409


def test_hold_pauses_what_runs_and_counts_only_what_ran(world: World, clock: MovableClock) -> None:
    floor = Floor(world)
    order, cut = floor.running()
    clock.move(minutes=10)
    held = floor.do(order, "hold", reason="the saw smokes")
    assert (held["state"], held["reason"], held["operations"][0]["state"]) == ("held", "the saw smokes", "paused")
    clock.move(minutes=30)
    resume = f"{API}/operations/{cut}/resume"
    assert floor.sawyer.post(resume).status_code == 409
    assert floor.do(order, "resume")["operations"][0]["state"] == "paused"
    done(floor.sawyer.post(resume))
    clock.move(minutes=5)
    assert floor.operation(cut)["run_seconds"] == 15 * 60
    aborted = floor.do(order, "abort", reason="the customer is gone")
    assert [each["state"] for each in aborted["operations"]] == ["aborted", "aborted"]
    clock.move(minutes=5)
    shown = floor.operation(cut)
    assert (shown["run_seconds"], [run["ended_at"] is None for run in shown["runs"]]) == (15 * 60, [False, False])
    log = world.sql("SELECT kind FROM factory.events WHERE work_order_id = %(id)s ORDER BY id", id=order["id"])
    assert [row["kind"] for row in log] == [
        "OrderReleased", "OrderStarted", "OperationStart", "OrderHeld", "OrderResumed", "OperationResume",
        "OrderAborted",
    ]  # fmt: skip


def test_of_many_who_start_at_once_one_does(floor: Floor) -> None:
    operation = floor.released()["operations"][0]["id"]
    token = floor.sawyer.headers["Authorization"].removeprefix("Bearer ")
    calls = [Call("POST", f"{API}/operations/{operation}/start", None, token)] * 8
    assert statuses(at_once(floor.sawyer, calls)) == {200: 1, 409: 7}
    assert len(floor.operation(operation)["runs"]) == 1


def test_what_was_never_begun_is_cancelled_and_its_pieces_are_free(floor: Floor) -> None:
    piece = floor.piece()
    order = floor.released(1, piece_ids=[piece["id"]])
    floor.do(order, "cancel", reason="twice")
    assert floor.world.sql("SELECT work_order_id AS w FROM factory.pieces WHERE id = %(id)s", id=piece["id"]) == [
        {"w": None}
    ]
    again = floor.released(1, piece_ids=[piece["id"]])
    taken = floor.manager.post(
        f"{API}/work-orders",
        json={
            "code": unique("order"), "routing_id": floor.routing["id"], "article_id": floor.article["id"],
            "quantity": 1, "piece_ids": [piece["id"]],
        },
    )  # fmt: skip
    assert taken.status_code == 409, f"it is made by {again['code']}"


def test_what_an_order_refers_to_is_there_and_its_code_is_new(floor: Floor, shared_world: World) -> None:
    order = floor.order()
    body = {"code": order["code"], "routing_id": floor.routing["id"], "article_id": floor.article["id"], "quantity": 1}
    path = f"{API}/work-orders"
    assert floor.manager.post(path, json=body).json()["code"] == "CODE_TAKEN"
    theirs = Floor(shared_world, shared_world.theirs)
    made(
        theirs.manager.post(path, json={**body, "routing_id": theirs.routing["id"], "article_id": theirs.article["id"]})
    )
    for field, value in (("routing_id", theirs.routing["id"]), ("article_id", theirs.article["id"])):
        foreign = floor.manager.post(path, json={**body, "code": unique("order"), field: value})
        assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (422, field)
    assert theirs.manager.get(f"{path}/{order['id']}").status_code == 404
    assert theirs.manager.post(f"{path}/{order['id']}/release").status_code == 404


def test_the_actions_say_what_may_be_done_and_why_not_the_rest(floor: Floor) -> None:
    order, cut = floor.running()
    assert allowed(floor.manager, f"work-orders/{order['id']}") == {"hold", "abort"}
    assert allowed(floor.sawyer, f"work-orders/{order['id']}") == set()
    assert allowed(floor.sawyer, f"operations/{cut}") == {"pause", "end", "report"}
    assert allowed(floor.welder, f"operations/{cut}") == set()
    for action in done(floor.sawyer.get(f"{API}/operations/{cut}/actions")):  # type: ignore[attr-defined]
        assert action["allowed"] or action["reasons"]


def allowed(client: httpx.Client, path: str) -> set[str]:
    found: list[dict[str, Any]] = client.get(f"{API}/{path}/actions").json()
    return {each["action"] for each in found if each["allowed"]}


def state(floor: Floor, order: dict[str, Any]) -> str:
    return str(done(floor.manager.get(f"{API}/work-orders/{order['id']}"))["state"])
