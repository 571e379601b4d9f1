"""Inspections and nonconformances: what failed is recorded, contained, decided on, and the decision carried out."""

from typing import Any

import httpx
import pytest

from tests.apps.factory.floor import Floor, report
from tests.apps.factory.world import API, World, done
from tests.contract.shop import made, unique
from tests.races import Call, at_once, statuses

TOO_LONG = {"name": "length", "value": 1251.4, "unit": "mm", "low": 1249, "high": 1251}


class Bench:
    """Quality at work on a floor."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.floor = Floor(world)
        self.operator = self.floor.sawyer
        self.manager = self.floor.manager

    def lot(self, quantity: float = 100, **values: Any) -> dict[str, Any]:
        return self.row("lots", code=self.floor.bar(quantity, **values))

    def cut(self, lot: dict[str, Any], *pieces: dict[str, Any]) -> None:
        """Have the saw make an order's pieces, or one lot, of 3 of the lot."""
        order = self.row("work_orders", id=pieces[0]["work_order_id"]) if pieces else self.floor.released(1)
        operation = self.world.sql(
            "SELECT id FROM factory.operations WHERE work_order_id = %(id)s ORDER BY position", id=order["id"]
        )[0]["id"]
        done(self.operator.post(f"{API}/operations/{operation}/start"))
        produced = [{"piece": each["barcode"]} for each in pieces] or [{"code": unique("frame")}]
        made(
            report(
                self.operator, operation, good=len(produced), consumed=[{"lot": lot["code"], "qty": 3}],
                produced=produced,
            )
        )  # fmt: skip

    def nonconformance(self, **about: Any) -> dict[str, Any]:
        return made(self.operator.post(f"{API}/nonconformances", json={"title": "Too long", **about}))

    def do(self, nonconformance: dict[str, Any], action: str, **body: Any) -> httpx.Response:
        return self.manager.post(f"{API}/nonconformances/{nonconformance['id']}/{action}", json=body or None)

    def dispose(self, nonconformance: dict[str, Any], disposition: str) -> httpx.Response:
        return self.do(nonconformance, "disposition", disposition=disposition, reason="We looked at it")

    def row(self, table: str, **by: Any) -> dict[str, Any]:
        ((name, value),) = by.items()
        (row,) = self.world.sql(f"SELECT * FROM factory.{table} WHERE {name} = %(value)s", value=value)
        return row

    def state(self, lot: dict[str, Any]) -> str:
        return str(self.row("lots", id=lot["id"])["state"])


@pytest.fixture(scope="module")
def bench(shared_world: World) -> Bench:
    return Bench(shared_world)


def test_an_inspection_that_fails_opens_a_nonconformance_in_the_same_call(bench: Bench) -> None:
    lot = bench.lot()
    body = {
        "lot_id": lot["id"], "name": "Length of bars", "measurements": [TOO_LONG, {"name": "colour", "value": 9016}],
        "nonconformance": {"title": "Bars too long"},
    }  # fmt: skip
    found = made(bench.operator.post(f"{API}/inspections", json=body))
    assert (found["result"], [each["is_good"] for each in found["measurements"]]) == ("fail", [False, True])
    opened = done(bench.operator.get(f"{API}/nonconformances/{found['nonconformance_ids'][0]}"))
    assert (opened["lot"], opened["state"], opened["inspection_id"]) == (lot["code"], "open", found["id"])
    listed = done(bench.operator.get(f"{API}/inspections", params={"lot": lot["id"], "result": "fail"}))
    assert [each["id"] for each in listed["items"]] == [found["id"]]


def test_of_an_operation_and_of_a_piece(bench: Bench) -> None:
    order = bench.floor.released(1)
    piece = bench.floor.piece(order)
    operation = order["operations"][0]["id"]
    body = {"operation_id": operation, "name": "First cut", "result": "fail", "nonconformance": {"title": "Skew"}}
    found = made(bench.operator.post(f"{API}/inspections", json=body))
    assert found["operation"] == "Cut"
    nothing = done(bench.operator.get(f"{API}/nonconformances/{found['nonconformance_ids'][0]}"))
    assert (nothing["lot_id"], nothing["piece_id"]) == (None, None)
    assert refused(bench.dispose(nothing, "scrap"), 409)["code"] == "DISPOSITION_NOT_POSSIBLE"
    assert done(bench.dispose(nothing, "use_as_is"))["state"] == "dispositioned"
    body = {"piece_id": piece["id"], "name": "Surface", "result": "pass"}
    assert made(bench.operator.post(f"{API}/inspections", json=body))["piece"] == piece["barcode"]


@pytest.mark.parametrize(
    "values",
    [
        {"result": "pass", "measurements": [TOO_LONG]},
        {"result": "pass", "nonconformance": {"title": "x"}},
        {"result": "maybe"},
        {},
        {"result": "pass", "measurements": [{"name": "x", "value": 1, "low": 2, "high": 1}]},
        {"result": "pass", "measurements": [{"name": "x", "value": "NaN"}]},
        {"result": "pass", "piece_id": 1},
        {"result": "pass", "lot_id": None},
    ],
)
def test_an_inspection_that_says_two_things_is_refused(bench: Bench, values: dict[str, Any]) -> None:
    body = {"lot_id": bench.floor.material["id"], "name": "Length", **values}
    assert bench.operator.post(f"{API}/inspections", json=body).status_code == 422


def test_what_is_of_another_company_is_named(bench: Bench, shared_world: World) -> None:
    foreign = Bench(shared_world)
    foreign.floor = Floor(shared_world, shared_world.theirs)
    lot = foreign.lot()
    inspection = {"lot_id": lot["id"], "name": "x", "result": "pass"}
    assert fields(bench.operator.post(f"{API}/inspections", json=inspection)) == ["lot_id"]
    for name in ("lot_id", "piece_id", "inspection_id"):
        body = {"title": "x", name: lot["id"] + 1000}
        assert fields(bench.operator.post(f"{API}/nonconformances", json=body)) == [name]
    theirs = made(foreign.floor.sawyer.post(f"{API}/nonconformances", json={"title": "x", "lot_id": lot["id"]}))
    assert bench.do(theirs, "contain").status_code == 404
    assert bench.manager.get(f"{API}/nonconformances/{theirs['id']}/actions").status_code == 404


def test_to_contain_blocks_what_was_made_of_it_and_to_use_as_is_frees_it(bench: Bench) -> None:
    lot = bench.lot()
    bench.cut(lot)
    (link,) = bench.world.sql("SELECT child_id FROM factory.genealogy WHERE parent_id = %(id)s", id=lot["id"])
    child = {"id": link["child_id"]}
    found = bench.nonconformance(lot_id=lot["id"])
    contained = done(bench.do(found, "contain", reason="Until we know"))
    assert (contained["state"], contained["lot_state"]) == ("contained", "blocked")
    assert bench.state(child) == "blocked"
    assert refused(bench.do(found, "contain"), 409)["details"]["legal"] == ["disposition"]
    decided = done(bench.dispose(found, "use_as_is"))
    assert (decided["disposition"], decided["decision_reason"]) == ("use_as_is", "We looked at it")
    assert (bench.state(lot), bench.state(child)) == ("released", "released")
    assert done(bench.do(found, "close"))["state"] == "closed"
    assert refused(bench.do(found, "close"), 409)["details"]["legal"] == []


def test_another_block_stays(bench: Bench) -> None:
    lot = bench.lot()
    first, second = (bench.nonconformance(lot_id=lot["id"]) for _ in range(2))
    done(bench.do(first, "contain"))
    done(bench.do(second, "contain"))
    done(bench.dispose(first, "use_as_is"))
    assert bench.state(lot) == "blocked"
    done(bench.dispose(second, "use_as_is"))
    assert bench.state(lot) == "released"


def test_scrap_books_the_lot_out_and_what_was_made_of_it_stays_blocked(bench: Bench) -> None:
    lot = bench.lot(100)
    bench.cut(lot)
    found = bench.nonconformance(lot_id=lot["id"])
    assert done(bench.dispose(found, "scrap"))["lot_state"] == "rejected"
    assert bench.floor.on_hand(lot["code"]) == 0
    (booked,) = bench.world.sql(
        "SELECT quantity, reason FROM factory.movements WHERE lot_id = %(id)s AND kind = 'scrap'", id=lot["id"]
    )
    assert (float(booked["quantity"]), "We looked at it" in booked["reason"]) == (-97, True)
    (child,) = bench.world.sql("SELECT child_id AS id FROM factory.genealogy WHERE parent_id = %(id)s", id=lot["id"])
    assert bench.state(child) == "blocked"
    again = bench.nonconformance(lot_id=lot["id"])
    assert refused(bench.dispose(again, "scrap"), 409)["code"] == "DISPOSITION_NOT_POSSIBLE"
    assert bench.row("nonconformances", id=again["id"])["state"] == "open"


def test_a_scrapped_piece_is_replaced_and_the_link_is_kept(bench: Bench) -> None:
    order = bench.floor.released(1)
    piece = bench.floor.piece(order)
    bench.cut(bench.lot(), piece)
    found = bench.nonconformance(piece_id=piece["id"])
    assert found["lot"] == piece["barcode"]
    decided = done(bench.dispose(found, "scrap"))
    assert (decided["piece_state"], decided["lot_state"]) == ("scrapped", "rejected")
    assert bench.row("pieces", id=decided["replacement_id"])["replaces_id"] == piece["id"]
    assert bench.floor.on_hand(piece["barcode"]) == 0


def test_rework_is_blocked_until_it_is_closed(bench: Bench) -> None:
    piece = bench.floor.piece(bench.floor.released(1))
    bench.cut(bench.lot(), piece)
    found = bench.nonconformance(piece_id=piece["id"])
    decided = done(bench.dispose(found, "rework"))
    assert (decided["piece_state"], decided["lot_state"]) == ("rework", "blocked")
    assert done(bench.do(found, "close"))["lot_state"] == "released"


def test_only_what_was_bought_goes_back_to_its_supplier(bench: Bench) -> None:
    lot = bench.lot(40, supplier="Profiles Ltd")
    found = bench.nonconformance(lot_id=lot["id"])
    done(bench.do(found, "contain"))
    assert done(bench.dispose(found, "return_to_supplier"))["lot_state"] == "rejected"
    assert bench.floor.on_hand(lot["code"]) == 0
    piece = bench.floor.piece()
    own = bench.nonconformance(piece_id=piece["id"])
    assert refused(bench.dispose(own, "return_to_supplier"), 409)["code"] == "DISPOSITION_NOT_POSSIBLE"


def test_operators_record_and_managers_decide(bench: Bench) -> None:
    lot = bench.lot()
    found = bench.nonconformance(lot_id=lot["id"])
    path = f"{API}/nonconformances/{found['id']}"
    for action, body in (("contain", {}), ("disposition", {"disposition": "scrap", "reason": "x"}), ("close", {})):
        assert bench.operator.post(f"{path}/{action}", json=body).status_code == 403
    may = {each["action"]: each["allowed"] for each in _actions(bench.manager, path)}
    assert may == {"contain": True, "disposition": True, "close": False}
    assert not any(each["allowed"] for each in _actions(bench.operator, path))
    assert bench.state(lot) == "released"


def test_numbers_count_in_the_company_and_one_of_many_decides(bench: Bench) -> None:
    lot = bench.lot()
    token = bench.operator.headers["Authorization"].removeprefix("Bearer ")
    body = {"title": "x", "lot_id": lot["id"]}
    answers = at_once(bench.operator, [Call("POST", f"{API}/nonconformances", body, token)] * 8)
    numbers = sorted(made(each)["number"] for each in answers)
    assert numbers == list(range(numbers[0], numbers[0] + 8))
    token = bench.manager.headers["Authorization"].removeprefix("Bearer ")
    path = f"{API}/nonconformances/{answers[0].json()['id']}/disposition"
    calls = [Call("POST", path, {"disposition": "scrap", "reason": "x"}, token)] * 6
    assert statuses(at_once(bench.manager, calls)) == {200: 1, 409: 5}
    assert bench.floor.on_hand(lot["code"]) == 0


def _actions(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{path}/actions").json()
    return found


def refused(found: httpx.Response, status: int) -> dict[str, Any]:
    assert found.status_code == status, found.text
    body: dict[str, Any] = found.json()
    return body


def fields(found: httpx.Response) -> list[str]:
    return [each["field"] for each in refused(found, 422)["errors"]]
