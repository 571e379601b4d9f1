"""What happens in the sample project: five batches of windows, each a few days behind the one before."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from portico.apps.factory.sample import cast
from portico.apps.factory.sample.floor import Floor, Operation, Order
from portico.apps.factory.sample.making import MINUTE, Making
from portico.apps.factory.sample.plans import add_plans
from portico.apps.factory.sample.scene import Scene
from portico.apps.factory.sample.structure import Window, add_project, add_window

PROJECT = "DEL-017"
WINDOWS, IN_BATCH = 75, 15
LOST = {f"{PROJECT}-W03-F2": "Cut", f"{PROJECT}-W09-S1": "Machine", f"{PROJECT}-W20-B4": "Cut"}
"""The pieces that go wrong, and at which operation."""

Then = Callable[[Operation, str, datetime], None] | Literal["end"] | None
Doing = Callable[[Operation, Window, datetime], object]


@dataclass
class Batch:
    number: int
    windows: list[Window]
    cutting: Order
    welding: Order
    fitting: Order


class Story:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.floor = Floor(scene)
        self._agenda: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self.batches: list[Batch] = []
        self.supplies: dict[str, list[int]] = {}
        self.making = Making(self.floor, self.at, self.supplies, LOST)
        due_on = (scene.days.now + timedelta(days=21)).date()
        self.project_id = add_project(scene, PROJECT, "Residence Vitosha", "Vitosha Homes", due_on)

    def at(self, time: datetime, action: Callable[[datetime], object]) -> None:
        heapq.heappush(self._agenda, (time, len(self._agenda), action))

    def tell(self) -> None:
        """Have everything happen, one after the other."""
        self._receive()
        windows = [add_window(self.scene, self.project_id, PROJECT, number) for number in range(1, WINDOWS + 1)]
        days = self.scene.days
        said = {"project": PROJECT, "pieces": WINDOWS * 12}
        self.scene.note("Sync", cast.ADMIN, days.back(10, 60), said, project_id=self.project_id)
        for number, released in enumerate((days.back(10, 120), days.back(6, 400), days.back(1, 420), days.ago(200)), 1):
            self._add_batch(number, windows, released)
        self._add_batch(5, windows, days.ago(60), is_released=False)
        for batch, at in zip(self.batches, (days.back(10, 90), days.back(6, 380), days.back(1, 400)), strict=False):
            add_plans(self.scene, batch.windows, at, is_accepted=True)
        add_plans(self.scene, self.batches[3].windows, days.ago(190), is_accepted=True)
        add_plans(self.scene, self.batches[4].windows, days.ago(50), is_accepted=False)
        self._first(self.batches[0])
        self._second(self.batches[1])
        self._third(self.batches[2])
        while self._agenda:
            time, _, action = heapq.heappop(self._agenda)
            action(time)

    def _receive(self) -> None:
        receive, first, second = self.scene.receive, self.scene.days.back(10, 30), self.scene.days.back(6, 45)
        metres = {"P70-FRAME": 180, "P70-SASH": 160, "P70-BEAD": 150}
        for material, quantity in metres.items():
            name = material.rpartition("-")[2]
            self.supplies[material] = [
                receive(f"{name}-{number}", material, quantity, at, supplier="Profilex", supplier_lot=f"PX-88{number}")
                for number, at in ((1, first), (2, second))
            ]  # fmt: skip
        self.supplies["GLASS-4-16-4"] = [
            receive("GLASS-1", "GLASS-4-16-4", 40, first, supplier="Vetro", supplier_lot="VT-2041")
        ]
        self.supplies["HW-TILT"] = [receive("HW-1", "HW-TILT", 60, first, supplier="Beslag", supplier_lot="BS-700")]

    def _add_batch(
        self, number: int, windows: Sequence[Window], at: datetime, *, is_released: bool = True
    ) -> None:  # fmt: skip
        own = list(windows[(number - 1) * IN_BATCH : number * IN_BATCH])
        cutting, welding, fitting = (
            self.floor.order(
                f"WO-017-{letter}{number}", routing, article, len(own) * each, self.project_id, at,
                is_released=is_released,
            )
            for letter, routing, article, each in (
                ("C", "CUT", "PIECE-FRAME", 12), ("W", "WELD", "FRAME", 2), ("A", "FIT", "WINDOW", 1)
            )
        )  # fmt: skip
        for window in own:
            for piece in window.all_pieces:
                self.scene.rows.change("pieces", piece.id, work_order_id=cutting.id)
        self.batches.append(Batch(number, own, cutting, welding, fitting))

    def _first(self, batch: Batch) -> None:
        """Made in six days, and shipped."""
        days, making = self.scene.days, self.making
        self._cut(batch, days.back(9, 20), batch.windows, then=self.floor.pause)
        self.at(days.back(8, 290), lambda at: self.floor.end(batch.cutting.operations[0], cast.SAWYER, at))
        fit, glaze, check, pack = batch.fitting.operations
        self._stage(batch.cutting.operations[1], cast.MACHINIST, days.back(8, 20), 13, batch.windows, making.machine)
        self._complete(batch.cutting, days.back(8, 300))
        self._stage(batch.welding.operations[0], cast.WELDER, days.back(7, 20), 20, batch.windows, making.weld)
        self._stage(batch.welding.operations[1], cast.WELDER, days.back(6, 20), 9, batch.windows, making.clean)
        self._complete(batch.welding, days.back(6, 240))
        self._stage(fit, cast.FITTER, days.back(6, 40), 16, batch.windows, making.fit)
        self._stage(glaze, cast.FITTER, days.back(5, 20), 18, batch.windows, making.glaze)
        self._stage(check, cast.CHECKER, days.back(4, 10), 5, batch.windows, making.check)
        self._stage(pack, cast.CHECKER, days.back(4, 100), 8, batch.windows, making.pack)
        self._complete(batch.fitting, days.back(4, 260))

    def _second(self, batch: Batch) -> None:
        """Cut and welded; ten windows are glazed, and some of these are packed just now."""
        days, making = self.scene.days, self.making
        self._cut(batch, days.back(5, 20), batch.windows)
        self._stage(batch.cutting.operations[1], cast.MACHINIST, days.back(4, 20), 14, batch.windows, making.machine)
        self._complete(batch.cutting, days.back(4, 300))
        self._stage(batch.welding.operations[0], cast.WELDER, days.back(3, 20), 21, batch.windows, making.weld)
        self._stage(batch.welding.operations[1], cast.WELDER, days.back(2, 20), 10, batch.windows, making.clean)
        self._complete(batch.welding, days.back(2, 240))
        fit, glaze, check, pack = batch.fitting.operations
        self._stage(fit, cast.FITTER, days.back(2, 60), 15, batch.windows, making.fit)
        self._stage(glaze, cast.FITTER, days.back(1, 20), 19, batch.windows[:10], making.glaze, then=self.floor.pause)
        self._stage(check, cast.CHECKER, days.ago(150), 6, batch.windows[:10], making.check, then=self.floor.pause)
        self._stage(pack, cast.CHECKER, days.ago(80), 11, batch.windows[:6], making.pack, then=None)

    def _third(self, batch: Batch) -> None:
        """On the saw now, and close behind it on the machining centre."""
        self._cut(batch, self.scene.days.ago(172), batch.windows[:8], then=None)
        self._stage(
            batch.cutting.operations[1], cast.MACHINIST, self.scene.days.ago(150), 20, batch.windows[:7],
            self.making.machine, then=None,
        )  # fmt: skip

    def _cut(self, batch: Batch, start: datetime, windows: Sequence[Window], *, then: Then = "end") -> None:
        operation = batch.cutting.operations[0]

        def cut(operation: Operation, window: Window, at: datetime) -> None:
            for number, letter in enumerate("FSB"):
                self.at(at - (2 - number) * 5 * MINUTE, lambda then, kind=letter: self.making.cut(  # type: ignore[misc]
                    operation, window, kind, then))  # fmt: skip

        self.at(start, lambda at: self.floor.start(operation, cast.SAWYER, at))
        for number, window in enumerate(windows, 1):
            cut(operation, window, start + number * 20 * MINUTE)
        self._finish(operation, cast.SAWYER, start + len(windows) * 20 * MINUTE, then)

    def _stage(
        self, operation: Operation, by: str, start: datetime, step: float, windows: Sequence[Window], doing: Doing, *,
        then: Then = "end",
    ) -> None:  # fmt: skip
        """An operation for window after window; at the end it is ended, paused, or goes on."""
        self.at(start, lambda at: self.floor.start(operation, by, at))
        for number, window in enumerate(windows, 1):
            self.at(start + number * step * MINUTE, lambda at, one=window: doing(operation, one, at))  # type: ignore[misc]
        self._finish(operation, by, start + len(windows) * step * MINUTE, then)

    def _finish(self, operation: Operation, by: str, at: datetime, then: Then) -> None:
        """A replacement may come a while after the rest."""
        last = self.floor.end if then == "end" else then
        if callable(last):
            self.at(at + 45 * MINUTE, lambda time: last(operation, by, time))

    def _complete(self, order: Order, at: datetime) -> None:
        self.at(at, lambda then: self.floor.complete(order, then))
