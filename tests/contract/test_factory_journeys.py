"""What people do in a day with the factory, over real HTTP, from the first call to the last."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.apps.factory.floor import report
from tests.apps.factory.world import API, PIN, Company, World, done, open_world
from tests.clocks import A_YEAR, MovableClock
from tests.contract.shop import made, unique

WINDOWS, PIECES_A_WINDOW = 2, 4


@pytest.fixture
def world(new_database: Callable[..., str], clock: MovableClock) -> Iterator[World]:
    with open_world(new_database(), clock=clock, **A_YEAR) as world:
        yield world


@pytest.fixture
def maker(world: World) -> Company:
    """A new company, which has nothing but its people."""
    return world.ours


def test_a_window_maker_s_day_from_sync_to_shipment(world: World, maker: Company, clock: MovableClock) -> None:
    project, pieces = synced(maker.key)
    shop = Workshop(world, maker)
    bar = shop.received("PVC-70", 40)
    planned = made(maker.manager.client.post(f"{API}/cut-plans", json=cuts_of(pieces)))
    accepted = done(maker.manager.client.post(f"{API}/cut-plans/{planned['id']}/accept"))
    assert (accepted["state"], accepted["bars"]) == ("accepted", 2)

    bars = all_cut(shop, project, pieces, bar)
    all_welded(shop, project, bars)
    shipment = made(shop.manager.post(
        f"{API}/shipments", json={"code": "S-1", "customer": "Hotel Sofia", "trolley": "T7", "project_id": project}
    ))  # fmt: skip
    for window in range(WINDOWS):
        line = {"lot_id": shop.lot(f"W-{window}")["id"], "quantity": 1}
        done(shop.manager.post(f"{API}/shipments/{shipment['id']}/lines", json=line))
    assert done(shop.manager.post(f"{API}/shipments/{shipment['id']}/ship"))["state"] == "shipped"
    shown = done(shop.manager.get(f"{API}/projects/{project}"))
    assert shown["percent_done"] == 100
    assert (shown["pieces"]["shipped"], shown["pieces"]["scrapped"]) == (8, 1)

    # The supplier calls: the bar is in both windows, by way of every piece.
    found = done(shop.manager.get(f"{API}/recall", params={"lot": bar}))
    assert {each["code"] for each in found["items"]} >= {"W-0", "W-1", *bars}
    assert shop.lot(bar)["on_hand"] == pytest.approx(40 - 9 * 1.5)
    clock.move(hours=1)
    kinds = {each["kind"]: each["count"] for each in shop.statistics()["by_kind"]}
    assert (kinds["Report"], kinds["PieceCut"], kinds["AssemblyWeld"], kinds["Replacement"]) == (11, 8, 2, 1)


def all_cut(shop: "Workshop", project: int, pieces: list[dict[str, Any]], bar: str) -> list[str]:
    """The sawyer: queue, scan, start, report, and a piece that is cut too short. The codes of the good ones."""
    order = shop.released("Cut", shop.saw, quantity=len(pieces), project=project, pieces=pieces)
    sawyer = shop.signed_in(shop.saw)
    (line,) = done(sawyer.get(f"{API}/queue", params={"workstation": shop.saw["id"]}))  # type: ignore[misc]
    assert (line["work_order"], line["available"]) == (order["code"], 8)  # type: ignore[index]
    seen = done(sawyer.post(f"{API}/scans", json={"code": pieces[0]["barcode"], "workstation": shop.saw["id"]}))
    assert (seen["kind"], seen["operations"][0]["work_order"]) == ("piece", order["code"])
    cut = seen["operations"][0]["id"]
    done(sawyer.post(f"{API}/operations/{cut}/start"))
    *good, short = pieces
    for each in good:
        consumed = [{"lot": bar, "qty": 1.5, "lost": 0.003}]
        made(report(sawyer, cut, good=1, consumed=consumed, produced=[{"piece": each["barcode"]}]))
    scrap = [{"reason": shop.reason, "piece": short["barcode"]}]
    made(report(sawyer, cut, scrap=scrap, consumed=[{"lot": bar, "qty": 1.5, "scrap": 1.5}]))
    refused = report(sawyer, cut, good=1)
    assert refused.json()["code"] == "MORE_THAN_AVAILABLE", "the order was for eight, of which one is scrap"
    another = made(shop.manager.post(f"{API}/pieces/{short['id']}/replace"))
    consumed = [{"lot": bar, "qty": 1.5}]
    made(report(sawyer, cut, good=1, consumed=consumed, produced=[{"piece": another["barcode"]}]))
    done(sawyer.post(f"{API}/operations/{cut}/end"))
    shop.completed(order)
    return [*(each["barcode"] for each in good), another["barcode"]]


def all_welded(shop: "Workshop", project: int, bars: list[str]) -> None:
    """Pieces are carried to the table, and the welder makes windows of them."""
    order = shop.released("Weld", shop.table, quantity=WINDOWS, project=project)
    welder = shop.signed_in(shop.table)
    weld = order["operations"][0]["id"]
    done(welder.post(f"{API}/operations/{weld}/start"))
    for window in range(WINDOWS):
        used = bars[window * PIECES_A_WINDOW : (window + 1) * PIECES_A_WINDOW]
        for code in used:
            shop.carried(code)
        consumed = [{"lot": code, "qty": 1} for code in used]
        made(report(welder, weld, good=1, consumed=consumed, produced=[{"code": f"W-{window}"}]))
    done(welder.post(f"{API}/operations/{weld}/end"))
    shop.completed(order)


class Workshop:
    """A saw and a welding table with their places, made by the company's administrator."""

    def __init__(self, world: World, company: Company) -> None:
        self.world = world
        self.admin, self.manager = company.admin.client, company.manager.client
        self.saw = made(self.admin.post(f"{API}/workstations", json={"name": "Saw 1", "type": "Machine"}))
        self.table = made(self.admin.post(f"{API}/workstations", json={"name": "Table 1", "type": "Assembly"}))
        self.places = {each["id"]: self._place(each) for each in (self.saw, self.table)}
        self.material = made(self.manager.post(f"{API}/materials", json={"code": "PVC", "unit": "m"}))["id"]
        self.reason = made(self.admin.post(f"{API}/scrap-reasons", json={"code": "SHORT", "name": "Too short"}))["code"]
        self.article = made(self.manager.post(f"{API}/articles", json={"code": "WINDOW"}))["id"]

    def _place(self, station: dict[str, Any]) -> int:
        body = {"code": f"at {station['name']}", "kind": "floor", "workstation_id": station["id"]}
        return int(made(self.admin.post(f"{API}/locations", json=body))["id"])

    def received(self, code: str, metres: float) -> str:
        """A delivery that waits in quarantine until it is released."""
        body = {
            "code": code, "material_id": self.material, "quantity": metres, "location_id": self.places[self.saw["id"]],
            "supplier": "Profine", "supplier_lot": "2026-11-A",
        }  # fmt: skip
        lot = made(self.manager.post(f"{API}/lots", json=body))
        assert lot["state"] == "quarantine"
        done(self.manager.post(f"{API}/lots/{lot['id']}/release"))
        return code

    def released(
        self,
        name: str,
        station: dict[str, Any],
        *,
        quantity: int,
        project: int,
        pieces: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        steps = [{"name": name, "workstation_id": station["id"], "standard_seconds": 40}]
        routing = made(self.admin.post(f"{API}/routings", json={"code": name, "steps": steps}))["id"]
        done(self.admin.post(f"{API}/routings/{routing}/release"))
        body = {
            "code": unique(name), "routing_id": routing, "article_id": self.article, "quantity": quantity,
            "project_id": project, "due_on": "2026-03-02", "piece_ids": [each["id"] for each in pieces or []],
        }  # fmt: skip
        order = made(self.manager.post(f"{API}/work-orders", json=body))
        return done(self.manager.post(f"{API}/work-orders/{order['id']}/release"))

    def completed(self, order: dict[str, Any]) -> None:
        for action, state in (("complete", "completed"), ("close", "closed")):
            assert done(self.manager.post(f"{API}/work-orders/{order['id']}/{action}"))["state"] == state

    def signed_in(self, station: dict[str, Any]) -> httpx.Client:
        """The client of a new operator, by the badge and the PIN that the administrator has given."""
        body = {"email": f"{unique('operator')}@example.com", "full_name": "Ivan", "role": "Operator", "pin": PIN}
        badge = made(self.admin.post(f"{API}/users", json=body))["guid"]
        token = self.world.badge_in(badge, station["guid"])["access_token"]
        return self.world.client(Authorization=f"Bearer {token}")

    def carried(self, code: str) -> None:
        """From the saw to the table."""
        body = {"from_location_id": self.places[self.saw["id"]], "to_location_id": self.places[self.table["id"]]}
        done(self.manager.post(f"{API}/lots/{self.lot(code)['id']}/move", json={**body, "quantity": 1}))

    def lot(self, code: str) -> dict[str, Any]:
        (found,) = done(self.manager.get(f"{API}/lots", params={"code": code}))["items"]
        return dict(found)

    def statistics(self) -> dict[str, Any]:
        return done(self.manager.get(f"{API}/workflow/statistics"))


def synced(program: httpx.Client) -> tuple[int, list[dict[str, Any]]]:
    """What the planning program pushes: a project of two windows of four pieces each; twice, as programs do."""
    pieces = [
        {"code": f"P{window}-{n}", "assembly_code": f"F{window}", "outer_length": 1400, "profile": "PVC-70"}
        for window in range(WINDOWS) for n in range(PIECES_A_WINDOW)
    ]  # fmt: skip
    parts = {
        "projects": [{"code": "2026-17", "customer": "Hotel Sofia", "due_on": "2026-03-02"}],
        "components": [{"code": f"C{n}", "project_code": "2026-17"} for n in range(WINDOWS)],
        "assemblies": [{"code": f"F{n}", "component_code": f"C{n}"} for n in range(WINDOWS)],
        "pieces": pieces,
    }
    for turn in range(2):
        for name, rows in parts.items():
            counted = done(program.post(f"{API}/sync/{name}", json={name: rows}))
            assert (counted["inserted"], counted["updated"]) == ((len(rows), 0) if not turn else (0, len(rows)))
    (project,) = done(program.get(f"{API}/projects", params={"code": "2026-17"}))["items"]
    found = done(program.get(f"{API}/pieces", params={"project": project["id"], "limit": 100}))["items"]
    return project["id"], sorted(found, key=lambda each: str(each["barcode"]))


def cuts_of(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "stock": [{"length": 6000}], "kerf": 3, "trim": 20, "min_remnant": 500,
        "pieces": [{"piece_id": each["id"]} for each in pieces],
    }  # fmt: skip
