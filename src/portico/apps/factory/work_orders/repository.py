"""The write side of work orders and their operations.

Whoever changes an order or one of its operations has the order's row locked: an order is one thing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portico.apps.factory.work_orders.models import Operation, OperationRun, WorkOrder
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class WorkOrderRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, order_id: int) -> WorkOrder | None:
        """The order, locked against other writers until the end of the transaction."""
        query = select(WorkOrder).where(WorkOrder.id == order_id).with_for_update(key_share=True)
        found: WorkOrder | None = await self._write.session.scalar(query.execution_options(populate_existing=True))
        return found

    async def order_of(self, operation_id: int) -> int | None:
        """The id of an operation's order, which never changes."""
        query = select(Operation.work_order_id).where(Operation.id == operation_id)
        found: int | None = await self._write.session.scalar(query)
        return found

    async def operations(self, order_id: int) -> list[Operation]:
        """The operations of an order that is locked, as they come one after the other."""
        query = select(Operation).where(Operation.work_order_id == order_id).order_by(Operation.position)
        return list(await self._write.session.scalars(query.execution_options(populate_existing=True)))

    async def save(self, order: WorkOrder) -> str | None:
        """Write the order; where a constraint stands against it, answer that one's name."""
        return await rows.save(self._write, order)

    async def add_operations(self, order_id: int, steps: Sequence[dict[str, Any]]) -> None:
        self._write.session.add_all(Operation(work_order_id=order_id, **step) for step in steps)
        await self._write.session.flush()

    async def begin_run(self, operation: Operation, now: datetime, user_id: int) -> None:
        run = OperationRun(
            operation_id=operation.id, workstation_id=operation.workstation_id, started_at=now, user_id=user_id
        )
        self._write.session.add(run)
        await self._write.session.flush()

    async def end_run(self, operation_id: int, now: datetime) -> None:
        """End the run that goes on, if there is one. Two servers' clocks may differ: it never ends before it began."""
        query = select(OperationRun).where(OperationRun.operation_id == operation_id, OperationRun.ended_at.is_(None))
        run = await self._write.session.scalar(query)
        if run is not None:
            run.ended_at = max(now, run.started_at)
            await self._write.session.flush()
