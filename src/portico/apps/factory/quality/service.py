"""The rules of inspections and nonconformances: who looks records, who answers for it decides."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from portico.apps.factory.doing import done_by, next_number, note
from portico.apps.factory.genealogy import order
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects import reads as projects
from portico.apps.factory.quality import reads
from portico.apps.factory.quality.carrying_out import CarryingOut
from portico.apps.factory.quality.models import NONCONFORMANCE_MACHINE, Inspection, Nonconformance
from portico.apps.factory.quality.repository import QualityRepository
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

SUBJECTS = ("lot_id", "piece_id", "operation_id")


class InspectionNotFound(NotFound):
    def __init__(self, inspection_id: int) -> None:
        super().__init__(f"There is no inspection {inspection_id}.")


class NonconformanceNotFound(NotFound):
    def __init__(self, nonconformance_id: int) -> None:
        super().__init__(f"There is no nonconformance {nonconformance_id}.")


class QualityService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._quality = QualityRepository(write)

    async def inspect(self, *, nonconformance: dict[str, Any] | None = None, **values: Any) -> int:
        """Record a look at something, with the nonconformance that it opens, and answer its id.

        Raises `Forbidden`, `InvalidInput` for what is not there.
        """
        self._access.require(Action.INSPECT)
        inspection = Inspection(**values, **done_by(self._access, self._now))
        await self._add(inspection)
        details = {"inspection": inspection.id, "name": inspection.name, "result": inspection.result}
        about = {name: values[name] for name in SUBJECTS}
        await note(self._write, self._access, self._now, "QualityCheck", details=details, **about)
        if nonconformance is not None:
            await self.open(inspection_id=inspection.id, **nonconformance)
        return inspection.id

    async def open(
        self, *, lot_id: int | None = None, piece_id: int | None = None, inspection_id: int | None = None, **values: Any
    ) -> int:
        """Add a nonconformance and answer its id: of what its inspection looked at, where nothing else is named.

        That of a piece is that of the lot which the piece is, too. Raises `Forbidden`, `InvalidInput`.
        """
        self._access.require(Action.INSPECT)
        if lot_id is None and piece_id is None:
            lot_id, piece_id = await self._inspected(inspection_id)
        elif lot_id is not None and piece_id is not None:
            raise InvalidInput(details={"lot_id": "name the piece or the lot"})
        if piece_id is not None:
            lot_id = await self._lot_of(piece_id)
        nonconformance = Nonconformance(
            number=await next_number(self._write, "nonconformance"), lot_id=lot_id, piece_id=piece_id,
            inspection_id=inspection_id, **values, **done_by(self._access, self._now),
        )  # fmt: skip
        await self._add(nonconformance)
        await self._tell(nonconformance, "opened")
        return nonconformance.id

    async def contain(self, nonconformance_id: int, reason: str) -> None:
        """Have nobody use its lot, nor what was made of it. Raises `NonconformanceNotFound`, `IllegalTransition`."""
        nonconformance = await self._advanced(nonconformance_id, "contain")
        if nonconformance.piece_id is not None and nonconformance.lot_id is None:  # it may have been made since
            nonconformance.change(lot_id=await self._lot_of(nonconformance.piece_id))
        await self._carrying_out.contain(nonconformance)
        await self._tell(nonconformance, "contained", reason=reason)

    async def dispose(self, nonconformance_id: int, disposition: str, reason: str) -> None:
        """Decide what becomes of it, and do so. Raises what `contain` raises, and `NotPossible`."""
        nonconformance = await self._advanced(
            nonconformance_id, "disposition", disposition=disposition, decision_reason=reason,
            decided_by=self._access.user_name, decided_at=self._now,
        )  # fmt: skip
        await self._carrying_out.carry_out(nonconformance)
        await self._tell(nonconformance, disposition, reason=reason)

    async def close(self, nonconformance_id: int, reason: str) -> None:
        """What was decided is done. Raises what `contain` raises, and `NotPossible`."""
        nonconformance = await self._advanced(nonconformance_id, "close")
        await self._carrying_out.close(nonconformance)
        await self._tell(nonconformance, "closed", reason=reason)

    async def _advanced(self, nonconformance_id: int, action: str, **values: Any) -> Nonconformance:
        self._access.require(Action.DISPOSE)
        await order.alone(self._write)  # lots are blocked, or free again: before any row is locked
        nonconformance = await self._quality.lock(nonconformance_id)
        if nonconformance is None:
            raise NonconformanceNotFound(nonconformance_id)
        state = NONCONFORMANCE_MACHINE.advance(nonconformance, action, self._access.may)
        nonconformance.change(state=state, **values)
        return nonconformance

    @property
    def _carrying_out(self) -> CarryingOut:
        return CarryingOut(self._write, self._access, self._now)

    async def _inspected(self, inspection_id: int | None) -> tuple[int | None, int | None]:
        if inspection_id is None:
            raise InvalidInput(details={"lot_id": "name a lot, a piece or an inspection"})
        row = await reads.inspection(await self._write.connection(), inspection_id)
        if row is None:
            raise InvalidInput(details={"inspection_id": "not found"})
        return row["lot_id"], row["piece_id"]

    async def _lot_of(self, piece_id: int) -> int | None:
        piece = await projects.piece(await self._write.connection(), piece_id)
        if piece is None:
            raise InvalidInput(details={"piece_id": "not found"})
        lot_id: int | None = piece["lot_id"]
        return lot_id

    async def _add(self, row: Inspection | Nonconformance) -> None:
        if (refusal := await self._quality.add(row)) is not None:
            field = next((name for name in (*SUBJECTS, "inspection_id") if name in refusal), "lot_id")
            raise InvalidInput(details={field: "not found"})

    async def _tell(self, nonconformance: Nonconformance, what: str, **details: Any) -> None:
        about = {"lot_id": nonconformance.lot_id, "piece_id": nonconformance.piece_id}
        told = {"number": nonconformance.number, "title": nonconformance.title, "what": what, **details}
        await note(self._write, self._access, self._now, "Nonconformance", details=told, **about)


def possibilities(nonconformance: Row, access: Access) -> list[Possibility]:
    """What the caller may do now with a nonconformance as it was read, and why not the rest."""
    return NONCONFORMANCE_MACHINE.actions_of(SimpleNamespace(**nonconformance), access.may)
