"""The one way by which a piece changes its state: it is locked, the table is asked, and the log gets its line."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects.errors import NotReplaceable, PieceNotFound, PieceTaken
from portico.apps.factory.projects.models import PIECE_MACHINE, Piece
from portico.apps.factory.projects.repository import ProjectRepository
from portico.kernel.errors import Conflict
from portico.kernel.transaction import Transaction

REPLACE = "replace"
SUFFIX = re.compile(r"-R\d+$")


class PieceService:
    """Each method raises `PieceNotFound`, also for a piece that is deleted, and `IllegalTransition`."""

    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._projects = ProjectRepository(write)

    async def produce(self, piece_id: int, lot_id: int | None = None, **about: int | None) -> None:
        """Begin to make it, or go on; `lot_id` is what it is as material from now on.

        `about` are further references for the line in the log, such as the workstation.
        """
        piece = await self._locked(piece_id)
        if lot_id is not None and piece.lot_id not in (None, lot_id):
            raise Conflict(f"The piece {piece.barcode} is another lot already.")
        if piece.state == "in_production":  # it was begun before: only now is it known what it is
            PIECE_MACHINE.advance(piece, "produce", self._access.may)
            piece.lot_id = lot_id or piece.lot_id
            return
        await self._advance(piece, "produce", "PieceCut", about, lot_id=lot_id or piece.lot_id)

    async def complete(self, piece_id: int, **about: int | None) -> None:
        await self._advance(await self._locked(piece_id), "complete", "PieceCompleted", about)

    async def rework(self, piece_id: int, reason: str = "", **about: int | None) -> None:
        """It goes through production once more: `produce` begins that."""
        await self._advance(await self._locked(piece_id), "rework", "Rework", about, reason=reason)

    async def scrap(self, piece_id: int, reason: str = "", **about: int | None) -> None:
        """It is lost. Its material is the ledger's; `replace` makes another one."""
        await self._advance(await self._locked(piece_id), "scrap", "Scrap", about, reason=reason)

    async def ship(self, piece_ids: Iterable[int], **about: int | None) -> None:
        """They leave together."""
        pieces = await self._all_locked(sorted(set(piece_ids)))
        for piece in pieces:
            piece.change(state=PIECE_MACHINE.advance(piece, "ship", self._access.may))
        for piece in pieces:  # all are written by now, at once
            await self._note(piece, "Shipping", about, before="completed")

    async def replace(self, piece_id: int, **about: int | None) -> int:
        """Plan a piece like one that is scrapped, in its place and with a code of its own. Raises `NotReplaceable`."""
        self._access.require(Action.WORK)
        piece = await self._locked(piece_id)
        if piece.state != "scrapped" or await self._projects.is_replaced(piece_id):
            raise NotReplaceable
        root = SUFFIX.sub("", piece.barcode) if piece.replaces_id else piece.barcode
        for number in count(1):
            barcode = f"{root}-R{number}"
            if not await self._projects.has_barcode(barcode):
                break
        made = await self._projects.replace(piece_id, barcode)
        details = {"barcode": barcode, "replaces": piece.barcode, "replaces_id": piece_id}
        await self._note(piece, "Replacement", {**about, "piece_id": made}, **details)
        return made

    async def assign(self, piece_ids: Sequence[int], work_order_id: int | None) -> None:
        """Have planned pieces made by this work order, or by none. Raises `PieceTaken` where another one makes it."""
        self._access.require(Action.PLAN)
        for piece in await self._all_locked(sorted(set(piece_ids))):
            if work_order_id is not None and (piece.state, piece.work_order_id) != ("planned", None):
                raise PieceTaken(piece.barcode)
        await self._projects.assign(piece_ids, work_order_id)

    async def put_on_bars(self, bars: Sequence[dict[str, Any]]) -> None:
        """Say what planned pieces are cut from: dicts of piece_id, bar_id, bar_length and bar_rest, as numbers."""
        self._access.require(Action.PLAN)
        for piece in await self._all_locked(sorted({bar["piece_id"] for bar in bars})):
            if piece.state != "planned":
                raise Conflict(f"The piece {piece.barcode} is {piece.state}: it is not cut any more.")
        await self._projects.put_on_bars(bars)

    async def _advance(
        self, piece: Piece, action: str, kind: str, about: dict[str, int | None], *, reason: str = "", **values: Any
    ) -> None:
        before = piece.state
        piece.change(state=PIECE_MACHINE.advance(piece, action, self._access.may), **values)
        await self._note(piece, kind, about, before=before, **({"reason": reason} if reason else {}))

    async def _note(self, piece: Piece, kind: str, about: dict[str, int | None], **details: Any) -> None:
        place = {"piece_id": piece.id, **await self._projects.place_of(piece), "work_order_id": piece.work_order_id}
        known = {**place, "lot_id": piece.lot_id, **about}
        await note(self._write, self._access, self._now, kind, details={"barcode": piece.barcode, **details}, **known)

    async def _locked(self, piece_id: int) -> Piece:
        return (await self._all_locked([piece_id]))[0]

    async def _all_locked(self, piece_ids: Sequence[int]) -> list[Piece]:
        pieces = await self._projects.lock_pieces(piece_ids)
        live = {piece.id for piece in pieces if piece.deleted_at is None}
        for piece_id in piece_ids:
            if piece_id not in live:
                raise PieceNotFound(piece_id)
        return pieces


def possibilities(piece: Mapping[str, Any], access: Access) -> list[dict[str, Any]]:
    """What may be done with a piece, as `reads.piece` shows it, and why the rest may not."""
    thing = SimpleNamespace(**piece)
    found = [asdict(each) for each in PIECE_MACHINE.actions_of(thing, access.may)]
    reasons = [] if thing.state == "scrapped" and thing.replaced_by_id is None else [NotReplaceable.message]
    found.append({"action": REPLACE, "target": "planned", "allowed": not reasons, "reasons": reasons})
    if thing.deleted_at is not None:
        found = [{**each, "allowed": False, "reasons": ["It is deleted."]} for each in found]
    return found
