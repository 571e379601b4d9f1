"""The rules of workstations."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from portico.apps.factory import audit
from portico.apps.factory.auth import service as auth
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.workstations.models import Workstation
from portico.apps.factory.workstations.repository import WorkstationRepository
from portico.kernel import rows
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class WorkstationNotFound(NotFound):
    def __init__(self, workstation_id: int) -> None:
        super().__init__(f"There is no workstation {workstation_id}.")


class WorkstationService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._workstations = WorkstationRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a workstation and answer its id. Raises `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        workstation = Workstation(**values)
        await self._save(workstation)
        await self._log("workstation.created", workstation.id, **values)
        return workstation.id

    async def change(self, workstation_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a workstation's values. Where it goes out of use, whoever works there is signed out.

        Raises `WorkstationNotFound`, `NameTaken`, `PreconditionFailed`.
        """
        workstation = await self._editable(workstation_id, match, Action.CONFIGURE)
        if values:
            workstation.change(**values)
            await self._save(workstation)
            if not workstation.is_active:
                await auth.end_at_station(self._write, workstation_id, self._now)
            await self._log("workstation.changed", workstation_id, **values)

    async def renew_code(self, workstation_id: int, match: IfMatch) -> None:
        """Give a workstation another code: the old one opens nothing any more. Raises as `change` does."""
        workstation = await self._editable(workstation_id, match, Action.CONFIGURE)
        workstation.change(guid=uuid4())
        await self._save(workstation)
        await auth.end_at_station(self._write, workstation_id, self._now)
        await self._log("workstation.code_renewed", workstation_id)

    async def delete(self, workstation_id: int, match: IfMatch) -> None:
        """Take a workstation out of the lists, and sign out whoever works there. Raises as `change` does."""
        workstation = await self._editable(workstation_id, match, Action.DELETE)
        workstation.change(deleted_at=self._now)
        await self._save(workstation)
        await auth.end_at_station(self._write, workstation_id, self._now)
        await self._log("workstation.deleted", workstation_id)

    async def restore(self, workstation_id: int) -> None:
        """Bring a deleted workstation back; one that is there stays as it is. Raises `WorkstationNotFound`."""
        self._access.require(Action.DELETE)
        workstation = await self._workstations.lock(workstation_id)
        if workstation is None:
            raise WorkstationNotFound(workstation_id)
        if workstation.deleted_at is not None:
            workstation.change(deleted_at=None)
            await self._save(workstation)
            await self._log("workstation.restored", workstation_id)

    async def _editable(self, workstation_id: int, match: IfMatch, action: Action) -> Workstation:
        self._access.require(action)
        workstation = await self._workstations.lock(workstation_id)
        if workstation is None or workstation.deleted_at is not None:
            raise WorkstationNotFound(workstation_id)
        match.check(workstation.version)
        return workstation

    async def _save(self, workstation: Workstation) -> None:
        name = workstation.name  # afterwards, where it was not written, it is not there
        if not await self._workstations.save(workstation):
            raise rows.NameTaken("workstation", name)

    async def _log(self, action: str, workstation_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"workstation:{workstation_id}", **details)
