"""The routes of work orders and of their operations."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.work_orders import operations as at_operations
from portico.apps.factory.work_orders import reads
from portico.apps.factory.work_orders import service as at_orders
from portico.apps.factory.work_orders.operations import OperationNotFound, OperationService
from portico.apps.factory.work_orders.schemas import (
    ActionOut,
    OperationDetail,
    ReasonIn,
    State,
    WorkOrderIn,
    WorkOrderOut,
    WorkOrderPage,
)
from portico.apps.factory.work_orders.service import WorkOrderNotFound, WorkOrderService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

work_orders = router(prefix="/api/v1/work-orders", tags=["work orders"])
operations = router(prefix="/api/v1/operations", tags=["work orders"])


async def _ordering(write: Writing, access: WriteAccess, now: Now) -> WorkOrderService:
    return WorkOrderService(write, access, now)


async def _working(write: Writing, access: WriteAccess, now: Now) -> OperationService:
    return OperationService(write, access, now)


Orders = Annotated[WorkOrderService, Depends(_ordering)]
Operations = Annotated[OperationService, Depends(_working)]


@work_orders.get("", response_model=WorkOrderPage, summary="Work orders, the newest first")
async def list_work_orders(
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    project: IdFilter = None,
    due: Annotated[date | None, Query(description="Those due on this day or before.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.work_orders(reading, state=state, project_id=project, due_by=due, limit=limit, cursor=cursor)


@work_orders.post("", status_code=201, response_model=WorkOrderOut, summary="Draft a work order", dependencies=[Once])
async def create_work_order(body: WorkOrderIn, orders: Orders, write: Writing, response: Response) -> Any:
    return await _shown(write, await orders.create(**body.model_dump()), response)


@work_orders.get("/{order_id}", response_model=WorkOrderOut, summary="One work order, with its operations")
async def get_work_order(order_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return tagged(response, await reads.work_order(reading, order_id), WorkOrderNotFound(order_id))


@work_orders.get("/{order_id}/actions", response_model=list[ActionOut], summary="What you may do with a work order now")
async def list_work_order_actions(order_id: Id, access: ReadAccess, reading: Reading) -> Any:
    order = existing(await reads.work_order(reading, order_id), WorkOrderNotFound(order_id))
    return at_orders.possibilities(order, access)


@work_orders.post(
    "/{order_id}/release", response_model=WorkOrderOut, summary="Release: it runs on the routing's steps of now",
    dependencies=[Once],
)  # fmt: skip
async def release_work_order(order_id: Id, orders: Orders, write: Writing, response: Response) -> Any:
    await orders.release(order_id)
    return await _shown(write, order_id, response)


@work_orders.post("/{order_id}/start", response_model=WorkOrderOut, summary="Start", dependencies=[Once])
async def start_work_order(order_id: Id, orders: Orders, write: Writing, response: Response) -> Any:
    await orders.start(order_id)
    return await _shown(write, order_id, response)


@work_orders.post("/{order_id}/hold", response_model=WorkOrderOut, summary="Hold what runs", dependencies=[Once])
async def hold_work_order(
    order_id: Id, orders: Orders, write: Writing, response: Response, body: ReasonIn | None = None
) -> Any:
    await orders.hold(order_id, body.reason if body else "")
    return await _shown(write, order_id, response)


@work_orders.post("/{order_id}/resume", response_model=WorkOrderOut, summary="Let it go on", dependencies=[Once])
async def resume_work_order(order_id: Id, orders: Orders, write: Writing, response: Response) -> Any:
    await orders.resume(order_id)
    return await _shown(write, order_id, response)


@work_orders.post("/{order_id}/complete", response_model=WorkOrderOut, summary="Complete", dependencies=[Once])
async def complete_work_order(order_id: Id, orders: Orders, write: Writing, response: Response) -> Any:
    await orders.complete(order_id)
    return await _shown(write, order_id, response)


@work_orders.post("/{order_id}/close", response_model=WorkOrderOut, summary="Close for good", dependencies=[Once])
async def close_work_order(order_id: Id, orders: Orders, write: Writing, response: Response) -> Any:
    await orders.close(order_id)
    return await _shown(write, order_id, response)


@work_orders.post(
    "/{order_id}/cancel", response_model=WorkOrderOut, summary="Cancel what has not started", dependencies=[Once]
)
async def cancel_work_order(
    order_id: Id, orders: Orders, write: Writing, response: Response, body: ReasonIn | None = None
) -> Any:
    await orders.cancel(order_id, body.reason if body else "")
    return await _shown(write, order_id, response)


@work_orders.post("/{order_id}/abort", response_model=WorkOrderOut, summary="Abort what runs", dependencies=[Once])
async def abort_work_order(
    order_id: Id, orders: Orders, write: Writing, response: Response, body: ReasonIn | None = None
) -> Any:
    await orders.abort(order_id, body.reason if body else "")
    return await _shown(write, order_id, response)


@work_orders.post(
    "/{order_id}/reopen", response_model=WorkOrderOut, summary="Reopen what is completed", dependencies=[Once]
)
async def reopen_work_order(order_id: Id, body: ReasonIn, orders: Orders, write: Writing, response: Response) -> Any:
    await orders.reopen(order_id, body.reason)
    return await _shown(write, order_id, response)


@operations.get("/{operation_id}", response_model=OperationDetail, summary="One operation, and when it ran")
async def get_operation(operation_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    return await _shown_operation(reading, operation_id, now)


@operations.get(
    "/{operation_id}/actions", response_model=list[ActionOut], summary="What you may do at an operation now"
)
async def list_operation_actions(operation_id: Id, access: ReadAccess, reading: Reading) -> Any:
    row = existing(await reads.operation(reading, operation_id), OperationNotFound(operation_id))
    return at_operations.possibilities(row, access)


@operations.post(
    "/{operation_id}/start", response_model=OperationDetail, summary="Start, and with the first one the order",
    dependencies=[Once],
)  # fmt: skip
async def start_operation(operation_id: Id, working: Operations, write: Writing, now: Now) -> Any:
    await working.start(operation_id)
    return await _shown_operation(await write.connection(), operation_id, now)


@operations.post("/{operation_id}/pause", response_model=OperationDetail, summary="Pause", dependencies=[Once])
async def pause_operation(operation_id: Id, working: Operations, write: Writing, now: Now) -> Any:
    await working.pause(operation_id)
    return await _shown_operation(await write.connection(), operation_id, now)


@operations.post("/{operation_id}/resume", response_model=OperationDetail, summary="Go on", dependencies=[Once])
async def resume_operation(operation_id: Id, working: Operations, write: Writing, now: Now) -> Any:
    await working.resume(operation_id)
    return await _shown_operation(await write.connection(), operation_id, now)


@operations.post("/{operation_id}/end", response_model=OperationDetail, summary="End", dependencies=[Once])
async def end_operation(operation_id: Id, working: Operations, write: Writing, now: Now) -> Any:
    await working.end(operation_id)
    return await _shown_operation(await write.connection(), operation_id, now)


@operations.post("/{operation_id}/skip", response_model=OperationDetail, summary="Do without it", dependencies=[Once])
async def skip_operation(operation_id: Id, working: Operations, write: Writing, now: Now) -> Any:
    await working.skip(operation_id)
    return await _shown_operation(await write.connection(), operation_id, now)


async def _shown(write: Writing, order_id: int, response: Response) -> Any:
    return tagged(response, await reads.work_order(await write.connection(), order_id), WorkOrderNotFound(order_id))


async def _shown_operation(connection: Connection, operation_id: int, now: datetime) -> Any:
    row = existing(await reads.operation(connection, operation_id), OperationNotFound(operation_id))
    runs = await reads.runs(connection, operation_id, now)
    return {**row, "runs": runs, "run_seconds": sum(run["seconds"] for run in runs)}
