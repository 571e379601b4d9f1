"""Soft deletion of any level of a project, and its way back.

What is deleted together has one time stamp, by which it comes back together; what was deleted before keeps its own.
Nothing live is in anything deleted. Rows are locked from the top down, within a level in the order of their ids.
"""

from datetime import datetime
from typing import Any

from portico.apps.factory.codes import InProduction, IsDeleted
from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects.cascade import Cascade, Found
from portico.apps.factory.projects.errors import PartNotFound
from portico.apps.factory.projects.holding import hold_live
from portico.apps.factory.projects.levels import PIECE, PROJECT, Level, above
from portico.apps.factory.projects.models import MADE
from portico.apps.factory.projects.repository import ProjectRepository
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class DeletionService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._projects = ProjectRepository(write)
        self._cascade = Cascade(write)

    async def delete(self, level: Level, part_id: int, match: IfMatch) -> None:
        """Delete it with everything live that is in it.

        Raises `PartNotFound`, `IsDeleted`, `InProduction`, `PreconditionFailed`.
        """
        self._access.require(Action.DELETE)
        part = await hold_live(self._projects, level, part_id, match)
        found = await self._cascade.lock(level, part_id, stamp=None)
        await self._refuse_what_is_made(level, part_id, found)
        stamp = await self._cascade.new_stamp(found, self._now)
        await self._cascade.set(found, stamp)
        await self._note("Deleted", level, part_id, level.code_of(part), found)

    async def restore(self, level: Level, part_id: int) -> None:
        """Bring it back with what was deleted together with it. What is not deleted stays as it is.

        Raises `PartNotFound`, and `IsDeleted` where what it is in is deleted.
        """
        self._access.require(Action.DELETE)
        await self._keep_parent(level, part_id)
        part = await self._projects.lock(level.model, part_id)
        if part is None:
            raise PartNotFound(level.kind, part_id)
        if part.deleted_at is None:
            return
        found = await self._cascade.lock(level, part_id, stamp=part.deleted_at)
        await self._cascade.set(found, None)
        await self._note("Restored", level, part_id, level.code_of(part), found)

    async def _keep_parent(self, level: Level, part_id: int) -> None:
        upper = above(level)
        if upper is None:
            return
        parent_id = await self._cascade.parent_of(level, part_id)
        parent = None if parent_id is None else await self._projects.keep(upper.model, parent_id)
        if parent is not None and parent.deleted_at is not None:
            raise IsDeleted(upper.kind, upper.code_of(parent))

    async def _refuse_what_is_made(self, level: Level, part_id: int, found: Found) -> None:
        for piece in found[PIECE]:
            if piece["state"] in MADE:
                raise InProduction(
                    f"The piece {piece['barcode']} is {piece['state']}: what is made is not deleted.",
                    details={"barcode": piece["barcode"], "state": piece["state"]},
                )
        orders = sorted({piece["work_order_id"] for piece in found[PIECE] if piece["work_order_id"]})
        order = await self._cascade.open_order(orders, project_id=part_id if level is PROJECT else None)
        if order is not None:
            raise InProduction(
                f"The work order {order['code']} is {order['state']}: cancel or finish it first.",
                details={"work_order": order["code"], "state": order["state"]},
            )

    async def _note(self, kind: str, level: Level, part_id: int, code: str, found: Found) -> None:
        counts = {each.table: len(rows) for each, rows in found.items() if rows}
        details: dict[str, Any] = {"kind": level.kind, "code": code, **counts}
        await note(
            self._write, self._access, self._now, kind, details=details,
            **{"project_id": await self._cascade.project_of(level, part_id), f"{level.kind}_id": part_id},
        )  # fmt: skip
