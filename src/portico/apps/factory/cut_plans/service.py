"""The rules of cut plans: what may be planned, and when a plan still holds."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from portico.apps.factory.cut_plans.gathering import Wanted, gathered
from portico.apps.factory.cut_plans.models import CutBar, CutPlan
from portico.apps.factory.cut_plans.outcome import summary
from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.reads import bar_id
from portico.apps.factory.cut_plans.repository import CutPlanRepository
from portico.apps.factory.cut_plans.solver import Bar
from portico.apps.factory.cut_plans.solving import solver
from portico.apps.factory.doing import next_number, note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects.piece_service import PieceService
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, NotFound, Problem
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class CutPlanNotFound(NotFound):
    def __init__(self, plan_id: int) -> None:
        super().__init__(f"There is no cut plan {plan_id}.")


class NotEnoughStock(Problem):
    status = 422
    code = "NOT_ENOUGH_STOCK"
    message = "The stock is not enough for all pieces, or none of it is long enough. `details` names what is left over."


class PlanAccepted(Conflict):
    code = "PLAN_ACCEPTED"
    message = "This cut plan was accepted before."


class PlanOutdated(Conflict):
    code = "PLAN_OUTDATED"
    message = "Pieces of this plan have changed since. `details` says which, and how. Make another plan."


class CutPlanService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._plans = CutPlanRepository(write)

    async def create(
        self, *, profile: str, stock: list[dict[str, Any]], pieces: list[dict[str, Any]], **lengths: Decimal
    ) -> int:
        """Make a plan and answer its id. Raises `InvalidInput`, `NotEnoughStock`, `SolverBusy`, `SolverFailed`."""
        self._access.require(Action.PLAN)
        profile, wanted = await gathered(await self._write.connection(), profile, pieces)
        parts = [Part(key, each.length) for key, each in enumerate(wanted)]
        bars = [Stock(each["length"], each["qty"]) for each in stock]
        made = await self._write.aside(solver.solve(bars, parts, **lengths))
        if made.left_over:
            raise NotEnoughStock(details={"left_over": [wanted[part.key].told() for part in made.left_over]})
        plan = CutPlan(
            number=await next_number(self._write, "cut_plan"), profile=profile, **lengths,
            stock=[{"length": float(each["length"]), "qty": each["qty"]} for each in stock],
            summary=summary(made), user_id=self._access.user_id, user_name=self._access.user_name,
            created_at=self._now,
        )  # fmt: skip
        await self._plans.add(plan, [_row(position, bar, wanted) for position, bar in enumerate(made.bars, 1)])
        return plan.id

    async def accept(self, plan_id: int, match: IfMatch) -> None:
        """Say of each piece which bar it is cut from.

        Raises `CutPlanNotFound`, `PreconditionFailed`, `PlanAccepted`, `PlanOutdated`.
        """
        self._access.require(Action.PLAN)
        plan = await self._plans.lock(plan_id)
        if plan is None:
            raise CutPlanNotFound(plan_id)
        match.check(plan.version)
        if plan.state != "draft":
            raise PlanAccepted
        places = _places(plan, await self._plans.bars(plan_id))
        await self._require_unchanged(plan, places)
        if places:
            await PieceService(self._write, self._access, self._now).put_on_bars(
                [{name: place[name] for name in ("piece_id", "bar_id", "bar_length", "bar_rest")} for place in places]
            )
        plan.change(state="accepted", accepted_at=self._now, accepted_by=self._access.user_name)
        told = {"cut_plan_id": plan_id, "number": plan.number, "pieces": len(places)}
        await note(self._write, self._access, self._now, "CutPlanAccepted", details=told)

    async def _require_unchanged(self, plan: CutPlan, places: Sequence[dict[str, Any]]) -> None:
        pieces = await self._plans.lock_pieces([place["piece_id"] for place in places])
        changed = {}
        for place in places:
            what = _change(pieces.get(place["piece_id"]), place["length"], plan.profile)
            if what is not None:
                changed[place["barcode"]] = what
        if changed:
            raise PlanOutdated(details={"pieces": changed})


def _change(piece: Row | None, length: Decimal, profile: str) -> str | None:
    """Why the plan does not hold for this piece any more; None where it does."""
    if piece is None:
        return "is deleted"
    if piece["state"] != "planned":
        return f"is {piece['state']} by now"
    if piece["bar_id"]:
        return f"is planned on bar {piece['bar_id']}"
    if piece["outer_length"] != length or piece["profile"] != profile:
        return "has another length or profile"
    return None


def _places(plan: CutPlan, bars: Sequence[CutBar]) -> list[dict[str, Any]]:
    return [
        {
            "piece_id": cut["piece_id"], "barcode": cut["barcode"], "length": Decimal(str(cut["length"])),
            "bar_id": bar_id(plan.number, bar.position), "bar_length": float(bar.length),
            "bar_rest": float(bar.remnant),
        }
        for bar in bars
        for cut in bar.cuts
        if cut.get("piece_id") is not None
    ]  # fmt: skip


def _row(position: int, bar: Bar, wanted: Sequence[Wanted]) -> CutBar:
    cuts = [wanted[part.key].told() for part in bar.cuts]
    return CutBar(position=position, length=bar.length, remnant=bar.rest, cuts=cuts)
