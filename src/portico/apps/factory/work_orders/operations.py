"""Operations: who starts, pauses and ends them, and what may be reported at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.work_orders import reads
from portico.apps.factory.work_orders.availability import available
from portico.apps.factory.work_orders.models import OPERATION_MACHINE, SERVER, WORK_ORDER_MACHINE, Operation, WorkOrder
from portico.apps.factory.work_orders.repository import WorkOrderRepository
from portico.kernel.errors import NotFound
from portico.kernel.state_machine import May, Possibility
from portico.kernel.transaction import Transaction

EVENTS = {
    "start": "OperationStart", "pause": "OperationPause", "resume": "OperationResume", "end": "OperationEnd",
    "skip": "OperationSkip",
}  # fmt: skip


class OperationNotFound(NotFound):
    def __init__(self, operation_id: int) -> None:
        super().__init__(f"There is no operation {operation_id}.")


@dataclass(frozen=True, kw_only=True)
class Work:
    """An operation together with its order, which is locked, and the other operations of that.

    `to_make` is the quantity of the order and the pieces in it that replace scrapped ones.
    """

    order: WorkOrder
    operation: Operation
    operations: Sequence[Operation]
    to_make: int

    @property
    def available(self) -> int:
        return available(self.to_make, self.operations, self.operation.position)

    @property
    def passed_on(self) -> int:
        """How many of its good ones the next operation has reported."""
        following = [each for each in self.operations if each.position > self.operation.position]
        return next((each.good + each.scrap + each.rework for each in following if each.state != "skipped"), 0)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it that is not skipped."""
        return all(each.state == "skipped" for each in self.operations if each.position > self.operation.position)


class OperationService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._orders = WorkOrderRepository(write)

    async def start(self, operation_id: int) -> None:
        """Raises `OperationNotFound`, `Forbidden`, `IllegalTransition`. The first start of all starts the order."""
        work = await self.at_work(operation_id)
        self._advance(work, "start")
        if work.order.state == "released":
            begin(work.order, self._access, self._now)
            await note(self._write, self._access, self._now, "OrderStarted", details={}, **about(work.order))
        await self._orders.begin_run(work.operation, self._now, self._access.user_id)
        await self._tell(work, "start")

    async def pause(self, operation_id: int) -> None:
        """Raises `OperationNotFound`, `Forbidden`, `IllegalTransition`."""
        await self._stop(operation_id, "pause")

    async def resume(self, operation_id: int) -> None:
        """Raises `OperationNotFound`, `Forbidden`, `IllegalTransition`."""
        work = await self.at_work(operation_id)
        self._advance(work, "resume")
        await self._orders.begin_run(work.operation, self._now, self._access.user_id)
        await self._tell(work, "resume")

    async def end(self, operation_id: int) -> None:
        """Raises `OperationNotFound`, `Forbidden`, `IllegalTransition`."""
        await self._stop(operation_id, "end")

    async def skip(self, operation_id: int) -> None:
        """Raises `OperationNotFound`, `Forbidden`, `IllegalTransition`."""
        self._access.require(Action.PLAN)
        work = await self._locked(operation_id)
        self._advance(work, "skip")
        await self._tell(work, "skip")

    async def at_work(self, operation_id: int) -> Work:
        """The operation, locked with its order. Raises `OperationNotFound`, `Forbidden` away from its workstation."""
        work = await self._locked(operation_id)
        self._access.require_at(work.operation.workstation_id)
        return work

    async def count(self, work: Work, *, good: int, scrap: int, rework: int) -> None:
        """Add a report's counts to the sums."""
        operation = work.operation
        operation.change(
            good=operation.good + good, scrap=operation.scrap + scrap, rework=operation.rework + rework
        )  # fmt: skip
        await self._write.session.flush()

    async def _stop(self, operation_id: int, action: str) -> None:
        work = await self.at_work(operation_id)
        self._advance(work, action)
        await self._orders.end_run(operation_id, self._now)
        await self._tell(work, action)

    async def _locked(self, operation_id: int) -> Work:
        order_id = await self._orders.order_of(operation_id)
        order = None if order_id is None else await self._orders.lock(order_id)
        if order is None:
            raise OperationNotFound(operation_id)
        operations = await self._orders.operations(order.id)
        operation = next(each for each in operations if each.id == operation_id)
        to_make = order.quantity + await reads.replacements(await self._write.connection(), order.id)
        return Work(order=order, operation=operation, operations=operations, to_make=to_make)

    def _advance(self, work: Work, action: str) -> None:
        thing = SimpleNamespace(
            state=work.operation.state, order_state=work.order.state, available=work.available
        )  # fmt: skip
        state = OPERATION_MACHINE.advance(thing, action, may_of(self._access))
        work.operation.change(state=state)

    async def _tell(self, work: Work, action: str) -> None:
        operation = work.operation
        await note(
            self._write, self._access, self._now, EVENTS[action], details={}, **about(work.order),
            operation_id=operation.id, workstation_id=operation.workstation_id,
        )  # fmt: skip


def begin(order: WorkOrder, access: Access, now: datetime) -> None:
    """Raises `Forbidden`, `IllegalTransition`."""
    thing = SimpleNamespace(state=order.state, unfinished=[])
    order.change(state=WORK_ORDER_MACHINE.advance(thing, "start", may_of(access)), started_at=order.started_at or now)


def about(order: WorkOrder) -> dict[str, int | None]:
    """What the workflow log refers to."""
    return {"work_order_id": order.id, "project_id": order.project_id}


def may_of(access: Access) -> May:
    """What the caller may do; what the server does by itself is nobody's."""
    return lambda permission: permission != SERVER and access.may(permission)


def possibilities(operation: dict[str, Any], access: Access) -> list[Possibility]:
    """What the caller may do now with an operation as it was read, and why not the rest."""
    is_here = not access.is_operator or access.workstation_id == operation["workstation_id"]
    may = may_of(access)
    known = OPERATION_MACHINE.actions_of(
        SimpleNamespace(**operation), lambda permission: may(permission) and (permission != Action.WORK or is_here)
    )
    reasons = [] if may(Action.WORK) and is_here else ["You may not do this."]
    reasons += why_not_at_work(operation["order_state"], operation["state"])
    report = Possibility(action="report", target=operation["state"], allowed=not reasons, reasons=reasons)
    return [*(each for each in known if each.action in EVENTS), report]


def why_not_at_work(order_state: str, state: str) -> list[str]:
    """Reports are made between start and end, and not of what is held."""
    reasons = [] if order_state == "in_progress" else [f"The work order is {order_state}."]
    return reasons if state in ("running", "paused") else [*reasons, f"The operation is {state}."]
