"""The write side of routings."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from portico.apps.factory.routings.models import Routing, RoutingStep
from portico.kernel import rows
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

DELETED = "SELECT 1 AS one FROM factory.workstations WHERE id = ANY(%(ids)s) AND deleted_at IS NOT NULL LIMIT 1"


class RoutingRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, routing_id: int) -> Routing | None:
        """The routing, locked against other writers until the end of the transaction."""
        query = select(Routing).where(Routing.id == routing_id).with_for_update(key_share=True)
        found: Routing | None = await self._write.session.scalar(query)
        return found

    async def save(self, routing: Routing) -> bool:
        """Write the routing; False where there is one with its code and edition."""
        return await rows.save(self._write, routing) is None

    async def remove(self, routing: Routing) -> str | None:
        """Remove a draft with its steps; where others refer to it, answer what they are."""
        return await rows.remove(self._write, routing)

    async def steps(self, routing_id: int) -> list[dict[str, Any]]:
        """The steps in their order, as values."""
        query = select(RoutingStep).where(RoutingStep.routing_id == routing_id).order_by(RoutingStep.position)
        return [
            {
                "position": step.position, "name": step.name, "workstation_id": step.workstation_id,
                "standard_seconds": step.standard_seconds, "instruction": step.instruction,
            }
            for step in await self._write.session.scalars(query)
        ]  # fmt: skip

    async def set_steps(self, routing_id: int, steps: Sequence[dict[str, Any]]) -> str | None:
        """Give a draft these steps instead of its own. Where one names what is not there, answer the constraint."""
        await self._write.session.execute(delete(RoutingStep).where(RoutingStep.routing_id == routing_id))
        for position, step in enumerate(steps, start=1):
            row = RoutingStep(**{**step, "routing_id": routing_id, "position": position})
            if (broken := await rows.save(self._write, row)) is not None:
                return broken
        return None

    async def deleted(self, workstation_ids: Collection[int]) -> bool:
        """Whether one of these workstations is deleted."""
        row = await fetch_one(await self._write.connection(), DELETED, {"ids": list(workstation_ids)})
        return row is not None

    async def last_edition(self, code: str) -> int:
        """0 where there is none yet."""
        found = await self._write.session.scalar(select(func.max(Routing.edition)).where(Routing.code == code))
        return found or 0
