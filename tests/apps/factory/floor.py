"""What orders run on in a test: a routing over two workstations, material at them, and orders."""

from typing import Any
from uuid import uuid4

import httpx

from tests.apps.factory.world import API, Company, World, done
from tests.contract.shop import made, unique


class Floor:
    """A company's saw and welding table, with an operator at each, and a released routing over both.

    `material` is what lots are of; `bars` adds one at the saw. `article` is what orders make.
    """

    def __init__(self, world: World, company: Company | None = None) -> None:
        self.world = world
        self.company = company or world.ours
        self.manager = self.company.manager.client
        self.admin = self.company.admin.client
        self.places: dict[int, int] = {}
        """The location at each workstation."""
        self.saw = self._station("Machine")
        self.table = self._station("Assembly")
        self.sawyer = world.at_station(self.saw, self.company)
        self.welder = world.at_station(self.table, self.company)
        self.article = self._add("articles", code=unique("window"))
        self.material = self._add("materials", code=unique("profile"), unit="m")
        self.reason = made(self.admin.post(f"{API}/scrap-reasons", json={"code": unique("reason")}))["code"]
        self.routing = self.new_routing()

    def new_routing(self, *steps: dict[str, Any]) -> dict[str, Any]:
        """One that is released; over the saw and the table where no steps are named."""
        usual = [self.step(self.saw, "Cut"), self.step(self.table, "Weld")]
        body = {"code": unique("routing"), "steps": list(steps) or usual}
        routing = made(self.admin.post(f"{API}/routings", json=body))
        return done(self.admin.post(f"{API}/routings/{routing['id']}/release"))

    def step(self, station: dict[str, Any], name: str, seconds: float = 60) -> dict[str, Any]:
        return {"name": name, "workstation_id": station["id"], "standard_seconds": seconds}

    def order(self, quantity: int = 10, **values: Any) -> dict[str, Any]:
        """A draft."""
        body = {
            "code": unique("order"), "routing_id": self.routing["id"], "article_id": self.article["id"],
            "quantity": quantity, **values,
        }  # fmt: skip
        return made(self.manager.post(f"{API}/work-orders", json=body))

    def released(self, quantity: int = 10, **values: Any) -> dict[str, Any]:
        return self.do(self.order(quantity, **values), "release")

    def do(self, order: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
        return done(self.manager.post(f"{API}/work-orders/{order['id']}/{action}", json=body or None))

    def running(self, quantity: int = 10, **values: Any) -> tuple[dict[str, Any], int]:
        """An order whose first operation runs, and that one's id."""
        order = self.released(quantity, **values)
        operation = order["operations"][0]["id"]
        done(self.sawyer.post(f"{API}/operations/{operation}/start"))
        return order, operation

    def bar(self, quantity: float = 100, station: dict[str, Any] | None = None, **values: Any) -> str:
        """The code of a released lot of the material that lies at the saw, or at another workstation."""
        place = self.places[(station or self.saw)["id"]]
        row = {"code": unique("lot"), "material_id": self.material["id"], "state": "released", **values}
        lot = self._add("lots", **row)
        self._add(
            "movements", lot_id=lot["id"], location_id=place, quantity=quantity, kind="receive", at="2026-03-01",
            user_id=0, user_name="tests",
        )  # fmt: skip
        return str(lot["code"])

    def piece(self, order: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
        """A planned piece of a project of its own, of this order."""
        project = self._add("projects", code=unique("project"))
        component = self._add("components", code=unique("component"), project_id=project["id"])
        assembly = self._add("assemblies", code=unique("assembly"), component_id=component["id"])
        row = {"barcode": unique("piece"), "assembly_id": assembly["id"], "article_id": self.article["id"], **values}
        return self._add("pieces", work_order_id=order and order["id"], **row)

    def operation(self, operation_id: int) -> dict[str, Any]:
        return done(self.manager.get(f"{API}/operations/{operation_id}"))

    def on_hand(self, code: str) -> float:
        (row,) = self.world.sql(
            """SELECT coalesce(sum(s.on_hand), 0) AS n FROM factory.lots AS l
            LEFT JOIN factory.stock AS s ON s.company_id = l.company_id AND s.lot_id = l.id
            WHERE l.code = %(code)s AND l.company_id = %(company)s""",
            code=code, company=self.company.id,
        )  # fmt: skip
        return float(row["n"])

    def _station(self, type: str) -> dict[str, Any]:
        station = self.world.new_station(self.company, type)
        place = self._add("locations", code=unique("place"), kind="floor", workstation_id=station["id"])
        self.places[station["id"]] = place["id"]
        return station

    def _add(self, table: str, **values: Any) -> dict[str, Any]:
        return self.world.add(table, company_id=self.company.id, **values)


def report(client: httpx.Client, operation: int, *, key: str | None = None, **body: Any) -> httpx.Response:
    """Send a report, with a key of its own where none is given."""
    headers = {"Idempotency-Key": key or str(uuid4())}
    return client.post(f"{API}/operations/{operation}/report", json=body, headers=headers)
