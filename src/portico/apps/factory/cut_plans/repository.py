"""The write side of cut plans."""

from collections.abc import Sequence

from sqlalchemy import select

from portico.apps.factory.cut_plans.models import CutBar, CutPlan
from portico.kernel.database import Row, fetch_all
from portico.kernel.transaction import Transaction


class CutPlanRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, plan: CutPlan, bars: Sequence[CutBar]) -> None:
        """Write a plan with its bars; it has its id then."""
        session = self._write.session
        session.add(plan)
        await session.flush()
        for bar in bars:
            bar.plan_id = plan.id
        session.add_all(bars)
        await session.flush()

    async def lock(self, plan_id: int) -> CutPlan | None:
        """The plan, locked until the end of the transaction."""
        found: CutPlan | None = await self._write.session.scalar(
            select(CutPlan).where(CutPlan.id == plan_id).with_for_update()
        )
        return found

    async def bars(self, plan_id: int) -> list[CutBar]:
        query = select(CutBar).where(CutBar.plan_id == plan_id).order_by(CutBar.position)
        return list(await self._write.session.scalars(query))

    async def lock_pieces(self, piece_ids: Sequence[int]) -> dict[int, Row]:
        """By its id, what accepting a plan has to know of each live piece, which stays so until the end."""
        found = await fetch_all(
            await self._write.connection(),
            """
            SELECT id, barcode, outer_length, profile, state, bar_id FROM factory.pieces
            WHERE id = ANY(%(ids)s) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE""",
            {"ids": list(piece_ids)},
        )
        return {row["id"]: row for row in found}
