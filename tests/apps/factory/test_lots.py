"""Lots from their receipt to their end, over HTTP."""

from typing import Any

import pytest

from tests.apps.factory.material import Stores, wrong
from tests.apps.factory.world import API, World


@pytest.fixture(scope="module")
def stores(shared_world: World) -> Stores:
    return Stores(shared_world)


def test_a_lot_waits_in_quarantine_until_it_is_released(stores: Stores) -> None:
    lot = stores.lot(12.5, released=False, supplier="Profilex", supplier_lot="P-77", expires_on="2099-01-31")
    assert (lot["state"], lot["on_hand"], lot["unit"]) == ("quarantine", 12.5, "m")
    assert [place["on_hand"] for place in lot["stock"]] == [12.5]
    path = f"lots/{lot['id']}"
    refused = stores.ask(f"{path}/split", code="x", quantity=1, location_id=stores.here)
    assert (refused.status_code, refused.json()["code"]) == (409, "LOT_NOT_USABLE")
    assert stores.post(f"{path}/release")["state"] == "released"
    assert stores.post(f"{path}/receive", quantity=0.5, location_id=stores.there)["on_hand"] == 13
    actions = {each["action"]: each["allowed"] for each in stores.manager.get(f"{API}/{path}/actions").json()}
    assert actions == {"release": False, "block": True, "unblock": False, "reject": False}


def test_a_part_is_split_off_and_lots_are_merged(stores: Stores) -> None:
    lot = stores.lot(10, supplier_lot="S-1", expires_on="2098-05-01")
    other = stores.lot(4, supplier_lot="S-1", expires_on="2097-05-01")
    part = stores.post(f"lots/{lot['id']}/split", code=f"{lot['code']}-1", quantity=3, location_id=stores.here)
    assert (part["on_hand"], part["supplier_lot"], stores.get(f"lots/{lot['id']}")["on_hand"]) == (3, "S-1", 7)
    body = {"code": f"{lot['code']}-m", "lot_ids": [part["id"], other["id"]], "location_id": stores.there}
    merged = stores.post(f"lots/{lot['id']}/merge", **body)
    assert (merged["on_hand"], merged["supplier_lot"], merged["expires_on"]) == (14, "S-1", "2097-05-01")
    assert stores.state(lot["id"]) == stores.state(part["id"]) == "consumed"
    up = stores.get(f"lots/{merged['id']}/genealogy", direction="up")
    assert {(row["lot_id"], row["depth"]) for row in up["items"]} == {
        (merged["id"], 0), (lot["id"], 1), (part["id"], 1), (other["id"], 1)
    }  # fmt: skip
    down = stores.get(f"lots/{lot['id']}/genealogy", depth=1, limit=1)
    assert down["total"] == 3
    rest = stores.get(f"lots/{lot['id']}/genealogy", depth=1, cursor=down["next_cursor"])
    assert {row["lot_id"] for row in rest["items"]} == {part["id"], merged["id"]}


def test_other_material_is_not_merged(stores: Stores) -> None:
    lot, other = stores.lot(), stores.lot(material_id=stores.post("materials", code="glass")["id"])
    body = {"code": "never", "lot_ids": [other["id"]], "location_id": stores.here}
    assert wrong(stores.ask(f"lots/{lot['id']}/merge", **body)) == ["lot_ids"]


def test_what_is_moved_and_counted_is_in_the_ledger(stores: Stores) -> None:
    lot = stores.lot(5)
    path = f"lots/{lot['id']}"
    moved = stores.post(f"{path}/move", from_location_id=stores.here, to_location_id=stores.there, quantity=5)
    assert [place["location_id"] for place in moved["stock"]] == [stores.there]
    assert moved["state"] == "released", "all of it lies elsewhere, and it was used up at no time"
    assert (
        stores.post(f"{path}/adjust", location_id=stores.there, quantity=-0.125, reason="counted")["on_hand"] == 4.875
    )
    refused = stores.ask(f"{path}/adjust", location_id=stores.there, quantity=-4.876, reason="counted")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_ENOUGH")
    lines = stores.get(f"{path}/movements")
    assert [(line["kind"], line["quantity"]) for line in lines["items"]] == [
        ("adjust", -0.125), ("move", -5), ("move", 5), ("receive", 5)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"material_id": 2**40}, "material_id"), ({"location_id": 2**40}, "location_id"), ({"quantity": 0}, "quantity"),
        ({"quantity": 0.0001}, "quantity"), ({"quantity": "NaN"}, "quantity"), ({"quantity": True}, "quantity"),
    ],
)  # fmt: skip
def test_a_receipt_that_says_nonsense_is_refused_with_the_field(
    stores: Stores, body: dict[str, Any], field: str
) -> None:
    wanted = {"code": "nonsense", "material_id": stores.material, "location_id": stores.here, "quantity": 1, **body}
    assert wrong(stores.ask("lots", **wanted)) == [field]


def test_material_of_another_company_is_no_material(stores: Stores) -> None:
    theirs = Stores(stores.world, stores.world.theirs)
    wanted = {"code": "foreign", "quantity": 1, "material_id": theirs.material, "location_id": stores.here}
    assert wrong(stores.ask("lots", **wanted)) == ["material_id"]
    wanted |= {"material_id": stores.material, "location_id": theirs.here}
    assert wrong(stores.ask("lots", **wanted)) == ["location_id"]
    assert stores.ask(f"lots/{theirs.lot()['id']}/block", reason="x").status_code == 404


def test_a_code_is_used_once(stores: Stores) -> None:
    lot = stores.lot()
    again = stores.ask("lots", code=lot["code"], material_id=stores.material, quantity=1, location_id=stores.here)
    assert (again.status_code, again.json()["code"]) == (409, "CODE_TAKEN")


def test_what_is_on_hand_keeps_its_material_and_its_place(stores: Stores) -> None:
    own = Stores(stores.world)
    lot = own.lot(2)
    admin = stores.company.admin.client
    for path in (f"materials/{own.material}", f"locations/{own.here}"):
        refused = admin.delete(f"{API}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
        assert own.manager.delete(f"{API}/{path}").status_code == 403
    own.post(f"lots/{lot['id']}/adjust", location_id=own.here, quantity=-2, reason="lost")
    for path in (f"materials/{own.material}", f"locations/{own.here}"):
        assert admin.delete(f"{API}/{path}").status_code == 204
        assert admin.get(f"{API}/{path}").json()["deleted_at"] is not None
    wanted = {"code": "late", "material_id": own.material, "quantity": 1, "location_id": own.there}
    assert wrong(own.ask("lots", **wanted)) == ["material_id"]
    refused = own.ask(f"lots/{lot['id']}/receive", quantity=1, location_id=own.here)
    assert wrong(refused) == ["location_id"]
    assert admin.post(f"{API}/locations/{own.here}/restore").json()["deleted_at"] is None
    assert own.post(f"lots/{lot['id']}/receive", quantity=1, location_id=own.here)["state"] == "released"
