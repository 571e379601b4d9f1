"""The rules of work orders. What happens at their operations stands in `operations`."""

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from portico.apps.factory.articles.service import ArticleService
from portico.apps.factory.codes import CodeTaken
from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects.piece_service import PieceService
from portico.apps.factory.projects.service import ProjectService
from portico.apps.factory.routings.service import RoutingService
from portico.apps.factory.work_orders import reads
from portico.apps.factory.work_orders.models import DONE, OPERATION_MACHINE, SERVER, WORK_ORDER_MACHINE, WorkOrder
from portico.apps.factory.work_orders.operations import about, begin, may_of
from portico.apps.factory.work_orders.repository import WorkOrderRepository
from portico.kernel.errors import Forbidden, InvalidInput, NotFound
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

EVENTS = {
    "release": "OrderReleased", "start": "OrderStarted", "hold": "OrderHeld", "resume": "OrderResumed",
    "complete": "OrderCompleted", "close": "OrderClosed", "cancel": "OrderCancelled", "abort": "OrderAborted",
    "reopen": "OrderReopened",
}  # fmt: skip
CODE_KEY = "work_orders_company_id_code_key"


class WorkOrderNotFound(NotFound):
    def __init__(self, order_id: int) -> None:
        super().__init__(f"There is no work order {order_id}.")


class WorkOrderService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._orders = WorkOrderRepository(write)

    async def create(self, *, code: str, piece_ids: Sequence[int] = (), **values: Any) -> int:
        """Add a draft and answer its id.

        Raises `CodeTaken`, `IsDeleted`, `InvalidInput`, and what `PieceService.assign` raises.
        """
        self._access.require(Action.PLAN)
        if values.get("project_id") is not None:
            await ProjectService(self._write, self._access).keep_project(values["project_id"])
        await ArticleService(self._write, self._access).keep(values["article_id"])
        order = WorkOrder(code=code, **values)
        broken = await self._orders.save(order)
        if broken == CODE_KEY:
            raise CodeTaken("work order", code)
        if broken is not None:
            field = broken.removeprefix("work_orders_company_id_").removesuffix("_fkey")
            raise InvalidInput(details={field: "not found"})
        if piece_ids:
            await PieceService(self._write, self._access, self._now).assign(piece_ids, order.id)
        return order.id

    async def release(self, order_id: int) -> None:
        """From here on it runs on the routing's steps as they are now.

        Raises `WorkOrderNotFound`, `IllegalTransition`, `NotReleased` for a routing that is not.
        """
        order = await self._locked(order_id)
        self._advance(order, "release")
        steps = await RoutingService(self._write, self._access).snapshot(order.routing_id)
        await self._orders.add_operations(order.id, steps)
        order.released_at = self._now
        await self._tell(order, "release")

    async def start(self, order_id: int) -> None:
        """Raises `WorkOrderNotFound`, `IllegalTransition`, `Forbidden` for an operator who has no part in it."""
        self._access.require(Action.WORK)
        order = await self._locked(order_id)
        stations = {each.workstation_id for each in await self._orders.operations(order.id)}
        if self._access.is_operator and self._access.workstation_id not in stations:
            raise Forbidden("Sign in at one of its workstations to start it.")
        begin(order, self._access, self._now)
        await self._tell(order, "start")

    async def hold(self, order_id: int, reason: str) -> None:
        """What runs is paused. Raises `WorkOrderNotFound`, `IllegalTransition`."""
        order = await self._locked(order_id)
        self._advance(order, "hold", reason)
        await self._each(order, "running", "pause")
        await self._tell(order, "hold", reason)

    async def resume(self, order_id: int) -> None:
        """Operations go on where somebody resumes them. Raises `WorkOrderNotFound`, `IllegalTransition`."""
        await self._do(order_id, "resume")

    async def complete(self, order_id: int) -> None:
        """Raises `WorkOrderNotFound`, `IllegalTransition` where an operation is neither ended nor skipped."""
        order = await self._locked(order_id)
        operations = await self._orders.operations(order.id)
        self._advance(order, "complete", unfinished=[each.name for each in operations if each.state not in DONE])
        order.completed_at = self._now
        await self._tell(order, "complete")

    async def close(self, order_id: int) -> None:
        """Raises `WorkOrderNotFound`, `IllegalTransition`."""
        await self._do(order_id, "close")

    async def cancel(self, order_id: int, reason: str) -> None:
        """Before its start. Its pieces are free for another order. Raises `WorkOrderNotFound`, `IllegalTransition`."""
        await self._drop(order_id, "cancel", reason)

    async def abort(self, order_id: int, reason: str) -> None:
        """After its start. Pieces not begun are free for another. Raises `WorkOrderNotFound`, `IllegalTransition`."""
        await self._drop(order_id, "abort", reason)

    async def reopen(self, order_id: int, reason: str) -> None:
        """Its ended operations are paused again. Raises `WorkOrderNotFound`, `IsDeleted`, `IllegalTransition`."""
        order = await self._locked(order_id)
        if order.project_id is not None:
            await ProjectService(self._write, self._access).keep_project(order.project_id)
        self._advance(order, "reopen", reason)
        order.completed_at = None
        await self._each(order, "ended", "reopen")
        await self._tell(order, "reopen", reason)

    async def _do(self, order_id: int, action: str) -> None:
        order = await self._locked(order_id)
        self._advance(order, action)
        await self._tell(order, action)

    async def _drop(self, order_id: int, action: str, reason: str) -> None:
        order = await self._locked(order_id)
        self._advance(order, action, reason)
        for state in ("ready", "running", "paused"):
            await self._each(order, state, "abort")
        free = await reads.planned_pieces(await self._write.connection(), order.id)
        if free:
            await PieceService(self._write, self._access, self._now).assign(free, None)
        await self._tell(order, action, reason)

    async def _each(self, order: WorkOrder, state: str, action: str) -> None:
        """Do this with those of an order's operations that are in this state."""
        for operation in await self._orders.operations(order.id):
            if operation.state == state:
                thing = SimpleNamespace(state=state, order_state="in_progress", available=0)
                operation.change(state=OPERATION_MACHINE.advance(thing, action, _as_server))
                await self._orders.end_run(operation.id, self._now)

    async def _locked(self, order_id: int) -> WorkOrder:
        order = await self._orders.lock(order_id)
        if order is None:
            raise WorkOrderNotFound(order_id)
        return order

    def _advance(self, order: WorkOrder, action: str, reason: str = "", unfinished: Sequence[str] = ()) -> None:
        thing = SimpleNamespace(state=order.state, unfinished=unfinished)
        order.change(state=WORK_ORDER_MACHINE.advance(thing, action, may_of(self._access)))
        if reason:
            order.reason = reason

    async def _tell(self, order: WorkOrder, action: str, reason: str = "") -> None:
        details = {"reason": reason} if reason else {}
        await note(self._write, self._access, self._now, EVENTS[action], details=details, **about(order))


def possibilities(order: dict[str, Any], access: Access) -> list[Possibility]:
    """What the caller may do now with an order as it was read with its operations, and why not the rest."""
    unfinished = [each["name"] for each in order["operations"] if each["state"] not in DONE]
    return WORK_ORDER_MACHINE.actions_of(SimpleNamespace(state=order["state"], unfinished=unfinished), may_of(access))


def _as_server(permission: Any) -> bool:
    return permission in (SERVER, Action.WORK)
