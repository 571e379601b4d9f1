"""Work orders of the sample data, and the reports by which they got on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portico.apps.factory.sample import cast
from portico.apps.factory.sample.scene import ONE, Scene
from portico.apps.factory.sample.structure import Piece


@dataclass
class Operation:
    id: int
    order: "Order"
    station: str
    seconds: int
    state: str = "ready"
    run_id: int | None = None


@dataclass
class Order:
    id: int
    code: str
    project_id: int
    operations: list[Operation]

    @property
    def about(self) -> dict[str, int | None]:
        return {"work_order_id": self.id, "project_id": self.project_id}


@dataclass(frozen=True)
class Used:
    """What became of so much of a lot."""

    lot_id: int
    issued: Decimal
    scrapped: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)

    @property
    def in_product(self) -> Decimal:
        return self.issued - self.scrapped - self.lost


class Floor:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._rows = scene.rows

    def order(
        self, code: str, routing: str, article: str, quantity: int, project_id: int, at: datetime, *,
        is_released: bool = True,
    ) -> Order:  # fmt: skip
        order_id = self._rows.add(
            "work_orders", code=code, project_id=project_id, routing_id=self.scene.routings[routing],
            article_id=self.scene.articles[article], quantity=quantity, state="released" if is_released else "draft",
            due_on=(at.date()), released_at=at if is_released else None, started_at=None, completed_at=None,
            created_at=at,
        )  # fmt: skip
        order = Order(order_id, code, project_id, [])
        if is_released:
            (steps,) = (steps for name, _, steps in cast.ROUTINGS if name == routing)
            for position, (name, station, seconds) in enumerate(steps, 1):
                operation_id = self._rows.add(
                    "operations", work_order_id=order_id, position=position, name=name, state="ready",
                    workstation_id=self.scene.stations[station], standard_seconds=seconds, good=0, scrap=0, rework=0,
                )  # fmt: skip
                order.operations.append(Operation(operation_id, order, station, seconds))
            self.scene.note("OrderReleased", cast.MANAGER, at, **order.about)
        return order

    def start(self, operation: Operation, by: str, at: datetime) -> None:
        if self._rows.row("work_orders", operation.order.id)["state"] == "released":
            self._rows.change("work_orders", operation.order.id, state="in_progress", started_at=at)
            self.scene.note("OrderStarted", by, at, **operation.order.about)
        kind = "OperationStart" if operation.state == "ready" else "OperationResume"
        self._advance(operation, "running", kind, by, at)
        operation.run_id = self._rows.add(
            "operation_runs", operation_id=operation.id, workstation_id=self.scene.stations[operation.station],
            started_at=at, ended_at=None, user_id=self.scene.done_by(by, at)["user_id"],
        )  # fmt: skip

    def pause(self, operation: Operation, by: str, at: datetime) -> None:
        self._stop(operation, "paused", "OperationPause", by, at)

    def end(self, operation: Operation, by: str, at: datetime) -> None:
        self._stop(operation, "ended", "OperationEnd", by, at)

    def complete(self, order: Order, at: datetime, *, is_closed: bool = False) -> None:
        self._rows.change("work_orders", order.id, state="closed" if is_closed else "completed", completed_at=at)
        self.scene.note("OrderCompleted", cast.MANAGER, at, **order.about)
        if is_closed:
            self.scene.note("OrderClosed", cast.MANAGER, at, **order.about)

    def report(
        self, operation: Operation, by: str, at: datetime, *, good: int, scrap: Mapping[str, int] | None = None,
        has_pieces: bool = False,
    ) -> int:  # fmt: skip
        scrapped = sum((scrap or {}).values())
        row = self._rows.row("operations", operation.id)
        row["good"] += good
        row["scrap"] += scrapped
        number = len(self._rows.tables["reports"]) + 1
        report_id = self._rows.add(
            "reports", operation_id=operation.id, workstation_id=self.scene.stations[operation.station], good=good,
            scrap=scrapped, rework=0, reworked=0, over_reason="", has_pieces=has_pieces,
            key=f"sample-{number}", fingerprint="", reason="", **self.scene.done_by(by, at),
        )  # fmt: skip
        for reason, quantity in (scrap or {}).items():
            reason_id = self.scene.reasons[reason]
            self._rows.join("report_scrap", report_id=report_id, reason_id=reason_id, quantity=quantity)
        details = {"report_id": report_id, "good": good, "scrap": scrapped, "rework": 0}
        self.scene.note("Report", by, at, details, **operation.order.about, **self._here(operation))
        return report_id

    def consume(self, operation: Operation, report_id: int, by: str, at: datetime, used: Sequence[Used]) -> None:
        for each in used:
            self._rows.join(
                "consumptions", report_id=report_id, lot_id=each.lot_id, issued=each.issued,
                in_product=each.in_product, scrapped=each.scrapped, returned=0, lost=each.lost,
            )  # fmt: skip
            self.scene.move(
                each.lot_id, self.scene.place_of(operation.station), -each.issued, "issue", by, at,
                operation_id=operation.id, report_id=report_id,
            )  # fmt: skip

    def make(
        self, operation: Operation, report_id: int, by: str, at: datetime, code: str, article: str,
        parents: Mapping[int, Decimal],
    ) -> int:  # fmt: skip
        """A lot of one, with what of each other lot is in it."""
        lot_id = self.scene.add_lot(
            code, article_id=self.scene.articles[article], work_order_id=operation.order.id, at=at
        )
        self.scene.move(
            lot_id, self.scene.place_of(operation.station), ONE, "produce", by, at, operation_id=operation.id,
            report_id=report_id,
        )  # fmt: skip
        for parent_id, quantity in parents.items():
            self._rows.join(
                "genealogy", parent_id=parent_id, child_id=lot_id, quantity=quantity, report_id=report_id
            )  # fmt: skip
        return lot_id

    def tell(self, kind: str, operation: Operation, by: str, at: datetime, piece: Piece, before: str) -> None:
        """A line in the log about a piece."""
        details = {"barcode": piece.barcode, "before": before}
        lot_id = self._rows.row("pieces", piece.id)["lot_id"]
        about = {**piece.place, **self._here(operation), "work_order_id": operation.order.id, "lot_id": lot_id}
        self.scene.note(kind, by, at, details, piece_id=piece.id, **about)

    def _here(self, operation: Operation) -> dict[str, int | None]:
        return {"operation_id": operation.id, "workstation_id": self.scene.stations[operation.station]}

    def _stop(self, operation: Operation, state: str, kind: str, by: str, at: datetime) -> None:
        if operation.run_id is not None:
            self._rows.change("operation_runs", operation.run_id, ended_at=at)
            operation.run_id = None
        self._advance(operation, state, kind, by, at)

    def _advance(self, operation: Operation, state: str, kind: str, by: str, at: datetime) -> None:
        operation.state = state
        self._rows.change("operations", operation.id, state=state)
        self.scene.note(kind, by, at, **operation.order.about, **self._here(operation))
