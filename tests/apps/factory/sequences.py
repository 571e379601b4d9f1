"""Random sequences of calls by random people and programs, some at once, over all that moves on the floor.

Each case has a project, an order and lots of its own, so that hundreds share a company. Its number makes all of its
chances. Its company's clock moves on a second with each step; what is called in one step runs at once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from tests.apps.factory.in_process import Answer
from tests.apps.factory.shops import STEP, Headers, Shop
from tests.apps.factory.world import API

STRANGERS_GET = {400, 401, 403, 404, 409, 412, 422}


class Case:
    def __init__(self, shop: Shop, seed: int, row: Mapping[str, Any]) -> None:
        self.shop = shop
        self.name = f"s{seed}"
        self.chance = random.Random(seed)
        self.project: int = row["project"]
        self.spare = (
            f"components/{row['spare']}", f"assemblies/{row['spare_assembly']}", f"pieces/{row['spare_piece']}"
        )  # fmt: skip
        self.order: int = row["work_order"]
        self.pieces: list[tuple[int, str]] = [(number, code) for number, code in row["pieces"]]
        self.lots: list[tuple[int, str]] = [(number, code) for number, code in row["lots"]]
        self.operations: list[int] = []
        self.states: dict[int, str] = {}
        """What was last heard of the order, which is 0, and of its operations: what is sensible follows from it."""
        self.shipments: list[int] = []
        self.reports: list[int] = []
        self.blocked: list[int] = []
        self.scrapped: set[tuple[int, str]] = set()
        self.sent: dict[str, tuple[int, Headers, dict[str, Any]]] = {}
        self.booked: dict[str, set[int]] = {}
        """The ids that each key was answered with: promise 5 is that there is one."""
        self._count = 0

    async def run(self, length: int) -> None:
        if self.chance.random() < 0.15:
            await self.delete_or_restore()
        await self.on_order("release")
        for number, share in ((0, 0.9), (1, 0.35)):
            if self.chance.random() < share:
                await self.report(number, starts=True)
        for _ in range(length):
            STEP.set(STEP.get() + 1)
            count = self.chance.choice((1, 1, 2, 3))
            await asyncio.gather(*(self.something() for _ in range(count)))

    def something(self) -> Awaitable[Any]:
        (chosen,) = self.chance.choices(CALLS, WEIGHTS)
        return chosen(self)

    # Orders and operations

    async def on_order(self, *actions: str) -> None:
        action = self.chance.choice(actions or SENSIBLE[self.states.get(0, "draft")])
        who = self.whom(manager=12, sawyer=1, admin=1, boss=1)
        body = {"reason": "r"} if action in REASONED else None
        answer = await self.call(who, action, f"work-orders/{self.order}/{action}", body)
        if answer.status == 200:
            self.operations = [each["id"] for each in answer.body["operations"]]
            self.states = {0: answer.body["state"], **{each["id"]: each["state"] for each in answer.body["operations"]}}
        if action == "hold" and answer.status == 200 and self.chance.random() < 0.4:
            await self.on_order("resume")

    async def on_operation(self) -> None:
        if self.operations:
            number = self.chance.randrange(len(self.operations))
            sensible = AT_OPERATIONS.get(self.states[self.operations[number]], ())
            action = self.chance.choice(sensible or ("start", "pause", "resume", "end", "skip"))
            who = self.shop.manager if action == "skip" else self.at(number)
            if await self.at_operation(who, number, action) and action == "pause":
                await self.at_operation(who, number, "resume")

    async def at_operation(self, who: Headers, number: int, action: str) -> bool:
        operation = self.operations[number]
        answer = await self.call(who, f"{action} operation", f"operations/{operation}/{action}")
        if answer.status == 200:
            self.states |= {operation: answer.body["state"], 0: answer.body["order_state"]}
        return answer.status == 200

    async def finish(self) -> None:
        """End or skip all there is, and complete the order."""
        for number, operation in enumerate(self.operations):
            action = {"running": "end", "paused": "end", "ready": "skip"}.get(self.states[operation])
            if action is not None:
                await self.at_operation(self.shop.manager, number, action)
        await self.on_order("complete")
        if self.states.get(0) == "completed":
            await self.on_order()

    async def report(self, number: int | None = None, *, starts: bool = False) -> None:
        if not self.operations:
            return
        if number is None:
            at_work = [n for n, each in enumerate(self.operations) if self.states[each] in ("running", "paused")]
            number = self.chance.choice(at_work or (0, 0, 1))
            starts = not at_work
        who = self.at(number)
        if starts and not await self.at_operation(who, number, "start") and self.chance.random() < 0.8:
            return
        body = self.a_report()
        key = f"{self.name}-{self.new()}"
        self.sent[key] = (self.operations[number], who, body)
        await self.send(key)

    async def again(self) -> None:
        """What a tablet sends that has heard no answer, even at once with the first."""
        if self.sent:
            key = self.chance.choice(list(self.sent))
            await asyncio.gather(*(self.send(key) for _ in range(self.chance.choice((1, 2)))))

    async def send(self, key: str) -> None:
        operation, who, body = self.sent[key]
        headers = {**who, "Idempotency-Key": key}
        answer = await self.call(headers, "report", f"operations/{operation}/report", body)
        if answer.status == 201:
            self.booked.setdefault(key, set()).add(answer.body["id"])
            self.reports.append(answer.body["id"])
            lost = {line.get("piece") for line in body.get("scrap", ())}
            self.scrapped |= {piece for piece in self.pieces if piece[1] in lost}
            known = {number for number, _ in self.lots}
            made = [(each["lot_id"], each["lot"]) for each in answer.body["produced"]]
            self.lots += [lot for lot in made if lot[0] not in known]

    def a_report(self) -> dict[str, Any]:
        chance = self.chance
        good = chance.choice((1, 1, 2, 3))
        body: dict[str, Any] = {"good": good, "rework": chance.choice((0, 0, 0, 1))}
        if chance.random() < 0.08:
            body["reworked"] = 1
        if chance.random() < 0.3:
            body["scrap"] = [{"reason": self.shop.reason, **self.maybe_piece(0.6)}]
        if chance.random() < 0.7:
            lots = chance.sample(self.lots, chance.choice((1, 1, 2)))
            body["consumed"] = [{"lot": code, **self.parts()} for _, code in lots]
        if chance.random() < (0.95 if "consumed" in body else 0.5):
            body["produced"] = self.products(good)
        if chance.random() < 0.1:
            body["over_reason"] = "found some"
        return body

    def parts(self) -> dict[str, float]:
        issued = self.chance.randrange(1, 3000) / 1000
        rest = {name: round(issued * self.chance.random() / 3.2, 3) for name in ("scrap", "returned", "lost")}
        return {"qty": issued, **{name: value for name, value in rest.items() if self.chance.random() < 0.3}}

    def products(self, good: int) -> list[dict[str, Any]]:
        kind = self.chance.random()
        if kind < 0.4:
            return [{"piece": code} for _, code in self.chance.sample(self.pieces, min(good, len(self.pieces)))]
        if kind < 0.5:
            return [{"code": self.chance.choice(self.lots)[1], "qty": self.chance.choice((0, 1))}]
        return [{"qty": good}]

    def maybe_piece(self, share: float) -> dict[str, Any]:
        return {"piece": self.chance.choice(self.pieces)[1]} if self.chance.random() < share else {"qty": 1}

    async def reverse_report(self) -> None:
        if self.reports:
            number = self.chance.choice(self.reports)
            answer = await self.call(self.shop.manager, "reverse report", f"reports/{number}/reverse", {"reason": "r"})
            if answer.status == 201:
                self.reports.append(answer.body["id"])

    # Material

    async def on_lot(self) -> None:
        lot, _ = self.chance.choice(self.lots)
        action = self.chance.choice(("release", "block", "unblock", "reject", "receive", "move", "adjust"))
        if self.blocked and self.chance.random() < 0.4:
            lot, action = self.chance.choice(self.blocked), "unblock"
        first, second = self.chance.sample(self.shop.places, 2)
        quantity = self.chance.choice((0.5, 1, 3))
        body = {
            "receive": {"quantity": quantity, "location_id": first},
            "move": {"quantity": quantity, "from_location_id": first, "to_location_id": second},
            "adjust": {"quantity": self.chance.choice((-quantity, quantity)), "location_id": first, "reason": "r"},
        }.get(action, {"reason": "r"})
        who = self.whom(manager=8, admin=1, sawyer=1)
        answer = await self.call(who, f"{action} lot", f"lots/{lot}/{action}", body)
        if action == "block" and answer.status == 200:
            self.blocked.append(lot)
            if self.chance.random() < 0.4:
                await self.call(self.shop.manager, "unblock lot", f"lots/{lot}/unblock", body)

    async def split_or_merge(self) -> None:
        lot, _ = self.chance.choice(self.lots)
        other, _ = self.chance.choice(self.lots)
        body: dict[str, Any] = {
            "code": f"{self.name}x{self.new()}",
            "location_id": self.chance.choice(self.shop.places),
        }
        if self.chance.random() < 0.6:
            answer = await self.call(self.shop.manager, "split", f"lots/{lot}/split", {**body, "quantity": 0.5})
        else:
            answer = await self.call(self.shop.manager, "merge", f"lots/{lot}/merge", {**body, "lot_ids": [other]})
        if answer.status == 201:
            self.lots.append((answer.body["id"], answer.body["code"]))

    async def reverse_movement(self) -> None:
        lot, _ = self.chance.choice(self.lots)
        answer = await self.call(self.shop.manager, "movements", f"lots/{lot}/movements", method="GET")
        if answer.status == 200 and answer.body["items"]:
            number = self.chance.choice(answer.body["items"])["id"]
            await self.call(self.shop.manager, "reverse movement", f"movements/{number}/reverse", {"reason": "r"})

    async def recall(self) -> None:
        _, code = self.chance.choice(self.lots)
        body = {"lot": code} if self.chance.random() < 0.7 else {"supplier_lot": self.name}
        answer = await self.call(self.whom(manager=5, sawyer=1), "recall", "recalls", {**body, "reason": "r"})
        if answer.status == 201 and "lot" in body:
            self.blocked += [number for number, name in self.lots if name == code]

    async def ship(self) -> None:
        if not self.shipments or self.chance.random() < 0.5:
            answer = await self.call(self.shop.manager, "shipment", "shipments", {"code": f"{self.name}S{self.new()}"})
            self.shipments.append(answer.body["id"])
        number = self.chance.choice(self.shipments)
        lot, _ = self.chance.choice(self.lots)
        line = {"lot_id": lot, "quantity": self.chance.choice((0.5, 1))}
        await self.call(self.shop.manager, "shipment line", f"shipments/{number}/lines", line)
        await self.call(self.whom(manager=5, sawyer=1), "ship", f"shipments/{number}/ship")

    # Structure

    async def delete_or_restore(self) -> None:
        piece = self.chance.choice(self.pieces)[0]
        path = self.chance.choice((*self.spare, *self.spare, f"projects/{self.project}", f"pieces/{piece}"))
        who = self.whom(admin=9, manager=1)
        if self.chance.random() < 0.6:
            await self.call(who, "delete", path, method="DELETE")
        else:
            await self.call(who, "restore", f"{path}/restore")

    async def sync(self) -> None:
        what = self.chance.choice(("pieces", "assemblies", "components", "projects"))
        body = {
            "projects": {"code": f"{self.name}P"},
            "components": {"code": f"{self.name}D", "project_code": f"{self.name}P"},
            "assemblies": {"code": f"{self.name}B", "component_code": f"{self.name}D"},
            "pieces": self.chance.choice(
                (
                    {"code": f"{self.name}q", "assembly_code": f"{self.name}B"},
                    {"code": self.chance.choice(self.pieces)[1], "assembly_code": f"{self.name}A"},
                )
            ),
        }[what]
        await self.call(self.whom(key=8, manager=1), "sync", f"sync/{what}", {what: [body]})

    async def replace(self) -> None:
        if not self.scrapped and self.chance.random() < 0.8:
            await self.report()
            return
        piece = self.chance.choice(sorted(self.scrapped) or self.pieces)[0]
        answer = await self.call(self.whom(sawyer=1, manager=6), "replace", f"pieces/{piece}/replace")
        if answer.status == 201:
            self.pieces.append((answer.body["id"], answer.body["barcode"]))

    async def scan(self) -> None:
        code = self.chance.choice([*self.lots, *self.pieces])[1]
        body = {"code": code, "workstation": self.shop.stations[0]}
        await self.call(self.whom(sawyer=4, welder=1), "scan", "scans", body)

    async def intrude(self) -> None:
        """Promise 6: whoever is of another company finds nothing here, by no path."""
        lot, code = self.chance.choice(self.lots)
        paths: Sequence[tuple[str, str, Any]] = (
            ("GET", f"lots/{lot}", None), ("POST", f"lots/{lot}/block", {"reason": "r"}),
            ("GET", f"lots/{lot}/genealogy", None), ("POST", "recalls", {"lot": code, "reason": "r"}),
            ("GET", f"work-orders/{self.order}", None), ("POST", f"work-orders/{self.order}/hold", None),
            ("GET", f"projects/{self.project}", None), ("GET", f"queue?workstation={self.shop.stations[0]}", None),
            ("POST", "scans", {"code": code, "workstation": self.shop.stations[0]}),
            *(("POST", f"operations/{each}/{action}", {"good": 1} if action == "report" else None)
              for each in self.operations for action in ("start", "report")),
        )  # fmt: skip
        method, path, body = self.chance.choice(paths)
        headers = {**self.shop.stranger, "Idempotency-Key": f"{self.name}-{self.new()}"}
        answer = await self.call(headers, "intrude", path, body, method=method)
        assert answer.status in STRANGERS_GET, (method, path, answer)

    # How

    def at(self, number: int) -> Headers:
        """Somebody at an operation: mostly who belongs there."""
        right, wrong = (self.shop.sawyer, self.shop.welder) if number == 0 else (self.shop.welder, self.shop.sawyer)
        return self.chance.choices((right, self.shop.manager, wrong, self.shop.key), (24, 4, 1, 1))[0]

    def whom(self, **weights: int) -> Headers:
        name = self.chance.choices(list(weights), list(weights.values()))[0]
        headers: Headers = getattr(self.shop, name)
        return headers

    def new(self) -> int:
        self._count += 1
        return self._count

    async def call(self, who: Headers, name: str, path: str, body: Any = None, *, method: str = "POST") -> Answer:
        """What is not a mistake of ours, and what is busy comes again: nothing of it may have happened."""
        for _ in range(20):
            answer = await self.shop.app.call(dict(who), method, f"{API}/{path}", body)
            if answer.status != 503:
                break
            await asyncio.sleep(0.02)
        self.shop.seen[f"{name}: {answer.code}"] += 1
        assert answer.status < 500, (name, path, body, answer)
        return answer


SENSIBLE = {
    "draft": ("release",), "released": ("start", "start", "cancel"), "in_progress": ("hold", "hold", "hold", "abort"),
    "held": ("resume", "resume", "resume", "resume", "resume", "abort"), "completed": ("reopen", "reopen", "close"),
    **dict.fromkeys(("closed", "cancelled", "aborted"), ("reopen", "resume", "start")),
}  # fmt: skip
AT_OPERATIONS = {
    "ready": ("start", "start", "skip"),
    "running": ("pause", "pause", "end"),
    "paused": ("resume", "resume", "end"),
}
REASONED = ("hold", "cancel", "abort", "reopen")
Call = Callable[[Case], Awaitable[Any]]
CALLS: Sequence[Call] = (
    Case.report, Case.again, Case.reverse_report, Case.on_lot, Case.split_or_merge, Case.reverse_movement, Case.recall,
    Case.ship, Case.delete_or_restore, Case.sync, Case.replace, Case.scan, Case.intrude,
    Case.on_operation, Case.on_order, Case.finish,
)  # fmt: skip
WEIGHTS = (18, 4, 3, 9, 4, 3, 2, 4, 5, 3, 4, 2, 2, 9, 9, 4)
