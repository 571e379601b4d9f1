"""The rules of procedures: a code of their own in the engagement, and they stay while anything rests on them."""

from typing import Any

from portico.apps.audit.engagements.standing import enter
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.procedures import reads
from portico.apps.audit.procedures.models import Procedure
from portico.apps.audit.procedures.repository import ProcedureRepository
from portico.kernel.errors import Conflict, InvalidInput, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.rows import InUse
from portico.kernel.transaction import Transaction


class ProcedureNotFound(NotFound):
    def __init__(self, procedure_id: int) -> None:
        super().__init__(f"There is no procedure {procedure_id}.")


class ProcedureExists(Conflict):
    code = "PROCEDURE_EXISTS"

    def __init__(self, taken: str) -> None:
        super().__init__(f"The engagement has a procedure {taken} already.", details={"code": taken})


class ProcedureService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._procedures = ProcedureRepository(write)

    async def create(self, engagement_id: int, **values: Any) -> int:
        """Add a procedure and answer its id. Raises what `enter` raises, `ProcedureExists`, `InvalidInput`."""
        await enter(self._write, self._access, engagement_id, Action.WORK)
        procedure = Procedure(engagement_id=engagement_id, **values)
        await self._save(procedure)
        await self._log(procedure, "procedure.created", code=procedure.code, title=procedure.title)
        return procedure.id

    async def change(self, procedure_id: int, match: IfMatch, **values: Any) -> None:
        """Raises `ProcedureNotFound`, `PreconditionFailed`, `ProcedureExists`, `InvalidInput`."""
        procedure = await self._locked(procedure_id)
        match.check(procedure.version)
        if values:
            before = {name: getattr(procedure, name) for name in values}
            procedure.change(**values)
            await self._save(procedure)
            changes = {name: [before[name], values[name]] for name in values}
            await self._log(procedure, "procedure.changed", changes=changes)

    async def remove(self, procedure_id: int, match: IfMatch) -> None:
        """Raises `ProcedureNotFound`, `PreconditionFailed`, and `InUse` where anything rests on it."""
        procedure = await self._locked(procedure_id)
        match.check(procedure.version)
        if (users := await self._procedures.remove(procedure)) is not None:
            raise InUse("procedure", users)
        await self._log(procedure, "procedure.removed", code=procedure.code, title=procedure.title)

    async def _locked(self, procedure_id: int) -> Procedure:
        connection = await self._write.connection()
        row = existing(
            await reads.procedure(connection, self._access.user_id, procedure_id), ProcedureNotFound(procedure_id)
        )
        await enter(self._write, self._access, row["engagement_id"], Action.WORK)
        return existing(await self._procedures.lock(procedure_id), ProcedureNotFound(procedure_id))

    async def _save(self, procedure: Procedure) -> None:
        taken = procedure.code
        if (refusal := await self._procedures.save(procedure)) is not None:
            of_requirement = InvalidInput(details={"requirement_id": "not found"})
            raise of_requirement if "requirement" in refusal else ProcedureExists(taken)

    async def _log(self, procedure: Procedure, action: str, **details: Any) -> None:
        thing = f"procedure:{procedure.id}"
        await log_in(self._write, self._access, action, procedure.engagement_id, thing, **details)
