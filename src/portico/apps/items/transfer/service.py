"""The rules of imports."""

from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID

from portico.apps.items import notify
from portico.apps.items.changes import tell_of_import
from portico.apps.items.permissions import Access, Action, Mode
from portico.apps.items.service import add_for
from portico.apps.items.transfer import reads
from portico.apps.items.transfer.batches import Batch
from portico.apps.items.transfer.repository import ImportRepository
from portico.apps.items.users import service as users
from portico.kernel import event_log
from portico.kernel.errors import MissingFields, NotFound, Unauthorized
from portico.kernel.files import Files
from portico.kernel.jobs import enqueue
from portico.kernel.transaction import Transaction

JOB = "import"
REPORTED = 1000
"""Rejected rows of which the report says more than their number: a file of another kind has a million flaws."""


class UserGone(NotFound):
    """Whose import it was has been removed meanwhile."""

    message = "The user whose import this is was removed."


class ImportService:
    def __init__(self, transaction: Transaction, files: Files) -> None:
        self._write = transaction
        self._files = files
        self._imports = ImportRepository(transaction)

    async def queue(self, access: Access, stream: AsyncIterable[bytes]) -> int:
        """Store a file and have it imported for the caller; answers the job's id.

        Raises `Unauthorized` for nobody, whatever the mode: a job has an owner; and `MissingFields` for an empty file.
        """
        access.require(Action.ADD_ITEMS)
        if access.caller is None:
            raise Unauthorized
        user_id = access.caller.user_id
        file = await self._files.store(self._write, stream, owner=_owner(user_id))
        if file.size == 0:
            raise MissingFields(details={"file": "Field required"})
        job_id = await enqueue(
            self._write, f"items.{JOB}", owner=access.caller.key, file_id=str(file.id), user_id=user_id
        )
        await self._imports.begin(job_id, user_id=user_id, file_id=file.id)
        await event_log.add(
            self._write, app="items", actor=access.actor, action="items.imported", object=f"job:{job_id}",
            details={"file": file.name, "size": file.size, "sha256": file.sha256},
        )  # fmt: skip
        return job_id

    async def file(self, user_id: int, file_id: str) -> AsyncIterator[bytes]:
        """The bytes that were stored. Raises `UserGone`, `FileNotFound`."""
        await self._keep(user_id)
        found = await self._files.find(await self._write.connection(), UUID(file_id), owner=_owner(user_id))
        return self._files.open(found)

    async def take(self, job_id: int, batch: Batch, *, user_id: int, mode: Mode) -> None:
        """Add the items of some rows, and note what is wrong with the others. Raises `UserGone`."""
        await self._keep(user_id)
        if batch.items:
            await add_for(self._write, user_id, batch.items)
            await tell_of_import(self._write, mode, job_id, user_id, added=len(batch.items))
        before = await self._imports.count(job_id, imported=len(batch.items), rejected=batch.rejected)
        lines = sorted({flaw.line for flaw in batch.flaws})[: max(0, REPORTED - before)]
        if lines:
            await self._imports.note(job_id, [flaw for flaw in batch.flaws if flaw.line <= lines[-1]])

    async def finish(self, job_id: int, user_id: int, file_id: str) -> None:
        """Tell the user; the file is not needed any more. One that failed or was cancelled goes with its job.

        Raises `UserGone`.
        """
        await self._keep(user_id)
        await self.remove_file(user_id, file_id)
        done = await reads.report(await self._write.connection(), job_id)
        if done is not None:
            await notify.import_ended(
                self._write, user_id, job_id=job_id, added=done["imported"], refused=done["rejected"]
            )

    async def remove_file(self, user_id: int, file_id: str) -> None:
        await self._files.remove(self._write, owner=_owner(user_id), file_id=UUID(file_id))

    async def sweep(self) -> None:
        """Remove what belongs to jobs that are swept: reports, and the files of those that did not succeed."""
        for left in await self._imports.forget():
            await self._files.remove(self._write, owner=_owner(left["user_id"]), file_id=left["file_id"])

    async def _keep(self, user_id: int) -> None:
        if not await users.keep(self._write, user_id):
            raise UserGone


def _owner(user_id: int) -> str:
    return f"imports of user {user_id}"
