"""What stands there before anything happens: stations, places, materials, routings; and lines for logs and ledger."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from portico.apps.factory.sample import cast
from portico.apps.factory.sample.days import Days
from portico.apps.factory.sample.rows import Rows

ONE = Decimal(1)


class Scene:
    """One company. What happens in it is written into `rows`."""

    def __init__(self, rows: Rows, people: dict[str, int], days: Days) -> None:
        self.rows = rows
        self.days = days
        self._people = people
        self.stations: dict[str, int] = {}
        self.places: dict[str, int] = {}
        """Locations by their codes; that of a station is `L-` and its name."""
        self.materials: dict[str, int] = {}
        self.articles: dict[str, int] = {}
        self.reasons: dict[str, int] = {}
        self.routings: dict[str, int] = {}
        self._on_hand: defaultdict[int, defaultdict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))

    def done_by(self, email: str, at: datetime) -> dict[str, Any]:
        return {"at": at, "user_id": self._people[email], "user_name": email}

    def add_stations(self, stations: tuple[tuple[str, str, str], ...], first: int = 1) -> None:
        """Each with the place that it takes from and puts to."""
        for number, (name, kind, hall) in enumerate(stations, first):
            station = self.rows.add(
                "workstations", guid=cast.station_code(number), name=name, type=kind, location=hall
            )  # fmt: skip
            self.stations[name] = station
            self.add_place(f"L-{name}", name, "floor", station)

    def add_place(self, code: str, name: str, kind: str, station: int | None = None) -> None:
        code = code.upper().replace(" ", "-")
        self.places[code] = self.rows.add("locations", code=code, name=name, kind=kind, workstation_id=station)

    def place_of(self, station: str) -> int:
        return self.places[f"L-{station}".upper().replace(" ", "-")]

    def add_catalogue(self) -> None:
        for code, name, unit in cast.MATERIALS:
            self.materials[code] = self.rows.add("materials", code=code, name=name, unit=unit)
        for code, name in cast.ARTICLES:
            self.articles[code] = self.rows.add("articles", code=code, name=name)
        for code, name in cast.SCRAP_REASONS:
            self.reasons[code] = self.rows.add("scrap_reasons", code=code, name=name)

    def add_routing(self, code: str, name: str, steps: tuple[tuple[str, str, int], ...]) -> None:
        self.routings[code] = self.rows.add("routings", code=code, name=name)
        for position, (step, station, seconds) in enumerate(steps, 1):
            self.rows.join(
                "routing_steps", routing_id=self.routings[code], position=position, name=step,
                workstation_id=self.stations[station], standard_seconds=seconds,
            )  # fmt: skip

    # What happens

    def note(
        self, kind: str, by: str, at: datetime, details: dict[str, Any] | None = None, /, **about: int | None
    ) -> None:
        names = ("workstation", "project", "component", "assembly", "piece", "lot", "work_order", "operation")
        known = {f"{name}_id": about.get(f"{name}_id") for name in names}
        self.rows.add("events", kind=kind, **self.done_by(by, at), **known, details=details or {})

    def add_lot(
        self, code: str, *, material_id: int | None = None, article_id: int | None = None,
        work_order_id: int | None = None, state: str = "released", supplier: str = "", supplier_lot: str = "",
        at: datetime,
    ) -> int:  # fmt: skip
        return self.rows.add(
            "lots", code=code, material_id=material_id, article_id=article_id, work_order_id=work_order_id, state=state,
            state_before="", supplier=supplier, supplier_lot=supplier_lot, created_at=at,
        )  # fmt: skip

    def move(
        self, lot_id: int, place: int, quantity: Decimal, kind: str, by: str, at: datetime, *,
        operation_id: int | None = None, report_id: int | None = None, shipment_id: int | None = None,
        reason: str = "",
    ) -> None:  # fmt: skip
        """A line of the ledger. A lot of which nothing is left is consumed, or shipped."""
        self.rows.add(
            "movements", lot_id=lot_id, location_id=place, quantity=quantity, kind=kind, operation_id=operation_id,
            report_id=report_id, shipment_id=shipment_id, reason=reason, **self.done_by(by, at),
        )  # fmt: skip
        held = self._on_hand[lot_id]
        held[place] += quantity
        assert held[place] >= 0, (lot_id, kind)  # noqa: S101 - the database would say so later, and less clearly
        if kind in ("issue", "scrap", "ship") and not any(held.values()):
            state = "shipped" if kind == "ship" else "consumed"
            self.rows.change("lots", lot_id, state=state)
            self.note(f"Lot{state.capitalize()}", by, at, lot_id=lot_id, operation_id=operation_id)

    def bring(self, lot_id: int, target: int, by: str, at: datetime, quantity: Decimal | None = None) -> None:
        """All of a lot, or so much of it, from where it lies to another place."""
        for place, there in list(self._on_hand[lot_id].items()):
            moved = min(there, quantity) if quantity is not None else there
            if moved and place != target:
                self.move(lot_id, place, -moved, "move", by, at)
                self.move(lot_id, target, moved, "move", by, at)

    def left(self, lot_id: int) -> Decimal:
        return sum(self._on_hand[lot_id].values(), Decimal(0))

    def receive(
        self, code: str, material: str, quantity: Decimal | int, at: datetime, *, supplier: str, supplier_lot: str,
        state: str = "released", place: str = "STORE",
    ) -> int:  # fmt: skip
        lot_id = self.add_lot(
            code, material_id=self.materials[material], supplier=supplier, supplier_lot=supplier_lot, state=state, at=at
        )
        self.move(lot_id, self.places[place], Decimal(quantity), "receive", cast.MANAGER, at)
        self.note("Receipt", cast.MANAGER, at, {"code": code, "quantity": float(quantity)}, lot_id=lot_id)
        if state == "released":
            self.note("LotReleased", cast.MANAGER, at, {"code": code}, lot_id=lot_id)
        return lot_id
