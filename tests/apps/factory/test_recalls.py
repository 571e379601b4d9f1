"""Recalls, the stock and its ledger, and shipments: over HTTP."""

import csv
import io
from collections import Counter
from datetime import timedelta

import pytest

from portico.apps.factory.lots.expiry import expire
from tests.apps.factory.material import Stores, wrong
from tests.apps.factory.world import API, World, done
from tests.clocks import MovableClock
from tests.contract.shop import unique


@pytest.fixture(scope="module")
def stores(shared_world: World) -> Stores:
    return Stores(shared_world)


def windows(stores: Stores, **values: str) -> tuple[int, list[int]]:
    """A raw lot that is used up: two bars were cut into seven pieces, of which seven windows were made."""
    raw = stores.lot(2, **values)["id"]
    bars = [stores.made_of(raw, quantity=7) for _ in range(2)]
    return raw, [stores.made_of(*bars, quantity=1) for _ in range(7)]


def shipped(stores: Stores, lots: list[int], customer: str) -> dict[str, object]:
    shipment = stores.post("shipments", code=unique("ship"), customer=customer, trolley="T-4")
    for lot in lots:
        stores.post(f"shipments/{shipment['id']}/lines", lot_id=lot, quantity=1)
    return stores.post(f"shipments/{shipment['id']}/ship")


def test_a_recall_finds_four_that_are_shipped_and_blocks_three(stores: Stores) -> None:
    number = unique("P-")
    raw, made = windows(stores, supplier_lot=number)
    first, second = shipped(stores, made[:3], "Ana"), shipped(stores, made[3:4], "Boris")
    assert (first["state"], first["lines_count"]) == ("shipped", 3)

    found = stores.get("recall", supplier_lot=number)
    assert (found["total"], found["shipped"], found["states"]) == (
        10, 4, {"consumed": 3, "shipped": 4, "released": 3}
    )  # fmt: skip
    assert {(each["code"], each["customer"], each["units"]) for each in found["shipments"]} == {
        (first["code"], "Ana", 3), (second["code"], "Boris", 1)
    }  # fmt: skip
    assert Counter(row["depth"] for row in found["items"]) == {0: 1, 1: 2, 2: 7}
    assert found["items"] == stores.get("recall", lot=raw)["items"]

    record = stores.post("recalls", supplier_lot=number, reason="brittle at -10 C")
    assert (record["units"], record["shipped"], record["blocked"]) == (10, 4, 3)
    assert Counter(stores.state(lot) for lot in made) == {"shipped": 4, "blocked": 3}
    units = {row["lot_id"]: row for row in stores.get(f"recalls/{record['id']}/units")["items"]}
    assert {units[lot]["customers"] for lot in made} == {"Ana", "Boris", ""}
    assert {(units[lot]["state_before"], units[lot]["state"]) for lot in made[4:]} == {("released", "blocked")}
    log = stores.world.system.client.get(f"{API}/log", params={"object": f"recall:{record['id']}"})
    (event,) = done(log)["events"]
    assert (event["action"], event["details"]["shipped"]) == ("recall.made", 4)

    stores.post(f"lots/{raw}/unblock", reason="the test was wrong")
    assert Counter(stores.state(lot) for lot in made) == {"shipped": 4, "released": 3}
    again = stores.post("recalls", lot=str(raw), reason="it was not")
    assert again["number"] == record["number"] + 1
    assert stores.get(f"recalls/{record['id']}") == record, "what was recorded never changes"


def test_the_lists_come_as_csv(stores: Stores) -> None:
    raw, made = windows(stores)
    shipped(stores, made[:1], "=cmd()")
    record = stores.post("recalls", lot=str(raw), reason="brittle")
    for path, params in ((f"recalls/{record['id']}/units.csv", {}), ("recall.csv", {"lot": raw})):
        answer = stores.manager.get(f"{API}/{path}", params=params)
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert Counter(row["state"] for row in rows) == {"consumed": 3, "shipped": 1, "blocked": 6}
        assert [row["customers"] for row in rows if row["state"] == "shipped"] == ["'=cmd()"]


def test_a_number_that_is_a_code_and_another_lots_id_recalls_neither(stores: Stores) -> None:
    lot = stores.lot()
    other = stores.lot(code=str(lot["id"]))
    assert wrong(stores.ask("recalls", lot=str(lot["id"]), reason="x")) == ["lot"]
    assert stores.get("recall", lot=other["id"])["items"][0]["lot_id"] == other["id"]
    assert stores.ask("recalls", lot="no such", reason="x").status_code == 404
    assert wrong(stores.ask("recalls", reason="x")) == ["lot"]
    assert wrong(stores.ask("recalls", lot="a", supplier_lot="b", reason="x")) == ["lot"]


def test_what_another_block_holds_stays_blocked(stores: Stores) -> None:
    left, right = stores.lot()["id"], stores.lot()["id"]
    both, one = stores.made_of(left, right), stores.made_of(left)
    for lot in (left, right):
        stores.post(f"lots/{lot}/block", reason="scratched")
    held = stores.get(f"lots/{both}")["blocks"]
    assert [block["lot_id"] for block in held] == [left, right]
    refused = stores.ask(f"lots/{both}/unblock", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT"), "its own it is not"
    stores.post(f"lots/{left}/unblock", reason="polished")
    assert [stores.state(lot) for lot in (left, right, both, one)] == ["released", "blocked", "blocked", "released"]
    stores.post(f"lots/{right}/block", reason="and bent")
    refused = stores.ask(f"lots/{right}/unblock", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "SEVERAL_BLOCKS")
    for block in refused.json()["details"]["blocks"]:
        assert stores.state(both) == "blocked"
        stores.post(f"lots/{right}/unblock", reason="straightened", block_id=block)
    assert stores.state(both) == stores.state(right) == "released"


def test_what_waited_in_quarantine_waits_there_again(stores: Stores) -> None:
    lot = stores.lot(released=False)["id"]
    stores.post(f"lots/{lot}/block", reason="wet")
    stores.post(f"lots/{lot}/unblock", reason="dry")
    assert stores.state(lot) == "quarantine"
    stores.post(f"lots/{lot}/block", reason="wet")
    assert stores.post(f"lots/{lot}/reject", reason="rotten")["state"] == "rejected"
    assert stores.ask(f"lots/{lot}/release").status_code == 409


def test_a_reversed_consumption_revives_the_lot_and_only_once(stores: Stores) -> None:
    lot = stores.lot(3)["id"]
    stores.made_of(lot, taken=3)
    assert stores.state(lot) == "consumed"
    (issue,) = stores.get("movements", lot=lot, kind="issue")["items"]
    line = stores.post(f"movements/{issue['id']}/reverse", reason="another bar was used")
    assert (line["quantity"], line["reverses_id"]) == (3, issue["id"])
    assert stores.state(lot) == "released"
    for path, code in ((issue["id"], "ALREADY_REVERSED"), (line["id"], "NOT_REVERSIBLE")):
        refused = stores.ask(f"movements/{path}/reverse", reason="x")
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert stores.get("movements", lot=lot, kind="issue")["items"][0]["reversed_by_id"] == line["id"]


def test_what_comes_back_of_a_blocked_lot_is_blocked(stores: Stores) -> None:
    raw = stores.lot(3)["id"]
    bar = stores.made_of(raw, taken=3)
    stores.made_of(bar)
    (issue,) = stores.get("movements", lot=bar, kind="issue")["items"]
    stores.post(f"lots/{raw}/block", reason="brittle")
    assert stores.state(bar) == stores.state(raw) == "consumed"
    stores.post(f"movements/{issue['id']}/reverse", reason="it was not used")
    assert stores.state(bar) == "blocked"
    stores.post(f"lots/{raw}/unblock", reason="fine")
    assert stores.state(bar) == "released"


def test_a_receipt_that_is_used_already_is_not_reversed(stores: Stores) -> None:
    lot = stores.lot(3)["id"]
    stores.made_of(lot, taken=1)
    (receipt,) = stores.get("movements", lot=lot, kind="receive")["items"]
    refused = stores.ask(f"movements/{receipt['id']}/reverse", reason="not ours")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_ENOUGH")


def test_the_stock_is_told_as_it_was(stores: Stores, shared_clock: MovableClock) -> None:
    lot = stores.lot(3)["id"]
    early = shared_clock()
    shared_clock.move(hours=1)
    stores.post(f"lots/{lot}/receive", quantity=4, location_id=stores.there)
    stores.post(f"lots/{lot}/move", from_location_id=stores.here, to_location_id=stores.there, quantity=3)

    def stock(**params: object) -> list[tuple[int, float]]:
        return [(row["location_id"], row["on_hand"]) for row in stores.get("stock", lot=lot, **params)["items"]]

    assert stock() == stock(at=shared_clock().isoformat()) == [(stores.there, 7)]
    assert stock(at=early.isoformat()) == [(stores.here, 3)]
    assert stock(at=(early - timedelta(hours=1)).isoformat()) == []
    page = stores.get("stock", material=stores.material, limit=1)
    rest = stores.get("stock", material=stores.material, cursor=page["next_cursor"])
    assert page["items"][0]["lot_id"] < rest["items"][0]["lot_id"]


def test_an_expired_lot_is_neither_split_nor_shipped(stores: Stores, shared_clock: MovableClock) -> None:
    lot = stores.lot(3, expires_on=str(shared_clock().date() + timedelta(days=1)))["id"]
    shipment = stores.post("shipments", code=unique("ship"))["id"]
    assert stores.ask(f"shipments/{shipment}/ship").status_code == 409, "there is nothing in it"
    stores.post(f"shipments/{shipment}/lines", lot_id=lot, quantity=2)
    shared_clock.move(days=3)
    refused = stores.ask(f"shipments/{shipment}/ship")
    assert (refused.status_code, refused.json()["code"]) == (409, "LOT_NOT_USABLE")
    assert stores.get(f"lots/{lot}")["is_expired"]
    stores.manager.put(f"{API}/lots/{lot}", json={"expires_on": None})
    assert stores.post(f"shipments/{shipment}/ship")["lines"][0]["on_hand"] == 1
    assert stores.state(lot) == "released", "some of it is left"
    for path in ("ship", "cancel"):
        assert stores.ask(f"shipments/{shipment}/{path}").status_code == 409
    assert stores.ask(f"shipments/{shipment}/lines", lot_id=lot, quantity=1).status_code == 409


def test_what_has_expired_is_called_so_and_looked_at_again(stores: Stores, shared_clock: MovableClock) -> None:
    last_day = str(shared_clock().date() + timedelta(days=1))
    due, wet, fresh = stores.lot(expires_on=last_day)["id"], stores.lot(expires_on=last_day)["id"], stores.lot()["id"]
    stores.post(f"lots/{wet}/block", reason="wet")
    shared_clock.move(days=3)
    assert stores.book(lambda write: expire(write, shared_clock())) >= 1
    assert [stores.state(lot) for lot in (due, wet, fresh)] == ["expired", "blocked", "released"]
    found = stores.manager.put(f"{API}/lots/{due}", json={"expires_on": "2099-01-01"})
    assert found.json()["state"] == "quarantine"


def test_pieces_leave_with_what_they_were_built_into(stores: Stores) -> None:
    world = stores.world
    project = world.add("projects", code=unique("project"))["id"]
    component = world.add("components", project_id=project, code=unique("window"))["id"]
    assembly = world.add("assemblies", component_id=component, code=unique("frame"))["id"]
    cut, loose = stores.made_of(stores.lot()["id"]), stores.made_of(stores.lot()["id"])
    window = stores.made_of(cut)
    pieces = [
        world.add("pieces", assembly_id=assembly, barcode=unique("piece"), lot_id=lot, state=state)["id"]
        for lot, state in ((cut, "completed"), (loose, "in_production"))
    ]
    shipped(stores, [window], "Ana")
    assert stores.get(f"pieces/{pieces[0]}")["state"] == "shipped"
    shipment = stores.post("shipments", code=unique("ship"))["id"]
    stores.post(f"shipments/{shipment}/lines", lot_id=loose, quantity=1)
    assert stores.ask(f"shipments/{shipment}/ship").status_code == 409, "it is not completed"
    assert (stores.state(loose), stores.get(f"shipments/{shipment}")["state"]) == ("released", "draft")


def test_a_draft_is_changed_and_cancelled(stores: Stores) -> None:
    lot, code = stores.lot()["id"], unique("ship")
    shipment = stores.post("shipments", code=code, customer="Ana")["id"]
    assert stores.ask("shipments", code=code).json()["code"] == "CODE_TAKEN"
    assert wrong(stores.ask("shipments", code=unique("ship"), project_id=2**40)) == ["project_id"]
    assert wrong(stores.ask(f"shipments/{shipment}/lines", lot_id=2**40, quantity=1)) == ["lot_id"]
    for quantity in (1, 2):
        found = stores.post(f"shipments/{shipment}/lines", lot_id=lot, quantity=quantity)
    assert [line["quantity"] for line in found["lines"]] == [2]
    path = f"{API}/shipments/{shipment}"
    assert [stores.manager.delete(f"{path}/lines/{lot}").status_code for _ in range(2)] == [204, 404]
    assert stores.manager.put(path, json={"trolley": "T-9"}, headers={"If-Match": '"1"'}).status_code == 412
    assert stores.manager.put(path, json={"trolley": "T-9"}).json()["trolley"] == "T-9"
    assert stores.post(f"shipments/{shipment}/cancel")["state"] == "cancelled"
    assert stores.get("shipments", code=code)["items"][0]["state"] == "cancelled"
