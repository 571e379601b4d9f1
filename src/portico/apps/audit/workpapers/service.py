"""The rules of workpapers: what was prepared is not edited any more, and who has worked on one does not review it."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from portico.apps.audit.engagements.standing import Standing, enter, next_number
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.procedures import reads as procedures
from portico.apps.audit.workpapers import reads
from portico.apps.audit.workpapers.models import WORKPAPER_MACHINE, Workpaper, WorkpaperVersion
from portico.apps.audit.workpapers.repository import WorkpaperRepository
from portico.kernel.errors import Conflict, InvalidInput, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

COPIED = ("title", "objective", "work_done", "conclusion")
DONE = {
    "prepare": "prepared", "review": "taken_for_review", "return": "returned", "approve": "approved", "lock": "locked"
}  # fmt: skip


class WorkpaperNotFound(NotFound):
    def __init__(self, workpaper_id: int) -> None:
        super().__init__(f"There is no workpaper {workpaper_id}.")


class EvidenceVersionNotFound(NotFound):
    def __init__(self, version_id: int) -> None:
        super().__init__(f"There is no evidence version {version_id} in this engagement.")


class WorkpaperPrepared(Conflict):
    code = "WORKPAPER_PREPARED"
    message = "It is no draft any more. Editing it opens the next version, whose evidence can be changed."


class WorkpaperService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._workpapers = WorkpaperRepository(write)

    async def create(self, engagement_id: int, *, procedure_id: int, **texts: Any) -> int:
        """Add a workpaper with its first version, a draft, and answer its id. Raises what `enter` raises,
        `InvalidInput`."""
        await enter(self._write, self._access, engagement_id, Action.WORK)
        if await procedures.procedure_of(await self._write.connection(), engagement_id, procedure_id) is None:
            raise InvalidInput(details={"procedure_id": "not found"})
        number = await next_number(self._write, engagement_id, "workpapers")
        workpaper = Workpaper(engagement_id=engagement_id, number=number, procedure_id=procedure_id)
        if await self._workpapers.add(workpaper) is not None:
            raise InvalidInput(details={"procedure_id": "not found"})
        await self._workpapers.add_version(self._version(workpaper.id, 1, editors=[], **texts))
        await self._log(engagement_id, workpaper.id, "created", number=number, title=texts["title"])
        return workpaper.id

    async def change(self, workpaper_id: int, match: IfMatch, **texts: Any) -> None:
        """Edit the draft. Where there is none, open the next version, copied from the newest.

        Raises `WorkpaperNotFound`, `PreconditionFailed`.
        """
        standing, newest = await self._entered(workpaper_id)
        match.check(newest.version)
        if newest.state == "draft":
            if texts:
                self._edit(newest, **texts)
                await self._log(standing.engagement_id, workpaper_id, "edited", edition=newest.number, texts=[*texts])
            return
        copied = {name: getattr(newest, name) for name in COPIED}
        # The tag goes on counting, so that one of an earlier version fits no later one.
        opened = self._version(
            workpaper_id, newest.number + 1, editors=newest.editors, version=newest.version + 1, **{**copied, **texts}
        )
        await self._workpapers.add_version(opened, links_of=newest.id)
        await self._log(standing.engagement_id, workpaper_id, "opened_again", edition=opened.number, texts=[*texts])

    async def link(self, workpaper_id: int, evidence_version_id: int, match: IfMatch) -> None:
        """Have the draft rest on a version of evidence.

        Raises `WorkpaperNotFound`, `EvidenceVersionNotFound`, `WorkpaperPrepared`, `PreconditionFailed`.
        """
        standing, draft = await self._draft(workpaper_id, match)
        connection = await self._write.connection()
        found = await reads.evidence_version(connection, standing.engagement_id, evidence_version_id)
        existing(found, EvidenceVersionNotFound(evidence_version_id))
        if await self._workpapers.link(draft.id, evidence_version_id):
            self._edit(draft)
            await self._log(standing.engagement_id, workpaper_id, "linked", evidence_version=evidence_version_id)

    async def unlink(self, workpaper_id: int, evidence_version_id: int, match: IfMatch) -> None:
        """Raises what `link` raises."""
        standing, draft = await self._draft(workpaper_id, match)
        if not await self._workpapers.unlink(draft.id, evidence_version_id):
            raise EvidenceVersionNotFound(evidence_version_id)
        self._edit(draft)
        await self._log(standing.engagement_id, workpaper_id, "unlinked", evidence_version=evidence_version_id)

    async def move(self, workpaper_id: int, action: str, note: str = "") -> None:
        """Take the newest version on. Raises `WorkpaperNotFound`, `Forbidden`, `IllegalTransition` with the reason."""
        standing, newest = await self._entered(workpaper_id)
        case = await reads.case(await self._write.connection(), self._access.user_id, workpaper_id)
        seen = SimpleNamespace(**existing(case, WorkpaperNotFound(workpaper_id)))
        newest.change(state=WORKPAPER_MACHINE.advance(seen, action, standing.may), **self._signed(action, newest, note))
        told = {"reason": note} if note else {}
        await self._log(standing.engagement_id, workpaper_id, DONE[action], edition=newest.number, **told)

    def _signed(self, action: str, version: WorkpaperVersion, note: str) -> dict[str, Any]:
        """The columns that tell who has prepared and reviewed it. Who prepares it vouches for it, as editors do."""
        me = self._access.user_id
        match action:
            case "prepare":
                return {"prepared_by": me, "prepared_at": self._now, "editors": _with(version.editors, me)}
            case "review":
                return {"reviewed_by": me, "reviewed_at": None, "review_note": ""}
            case "return":  # whoever looks next is the reviewer, and this one may help to mend it
                return {"reviewed_by": None, "reviewed_at": None, "review_note": note}
            case "approve":
                return {"reviewed_by": me, "reviewed_at": self._now, "review_note": note}
            case _:
                return {}

    def _edit(self, draft: WorkpaperVersion, **texts: Any) -> None:
        me = self._access.user_id
        draft.change(**texts, edited_by=me, editors=_with(draft.editors, me))

    def _version(self, workpaper_id: int, number: int, *, editors: list[int], **values: Any) -> WorkpaperVersion:
        me = self._access.user_id
        return WorkpaperVersion(
            workpaper_id=workpaper_id, number=number, state="draft", created_at=self._now, edited_by=me,
            editors=_with(editors, me), **values,
        )  # fmt: skip

    async def _draft(self, workpaper_id: int, match: IfMatch) -> tuple[Standing, WorkpaperVersion]:
        standing, newest = await self._entered(workpaper_id)
        match.check(newest.version)
        if newest.state != "draft":
            raise WorkpaperPrepared
        return standing, newest

    async def _entered(self, workpaper_id: int) -> tuple[Standing, WorkpaperVersion]:
        """The caller in the workpaper's engagement, and its newest version, which stays the newest."""
        missing = WorkpaperNotFound(workpaper_id)
        row = existing(await reads.case(await self._write.connection(), self._access.user_id, workpaper_id), missing)
        standing = await enter(self._write, self._access, row["engagement_id"], Action.WORK)
        await self._workpapers.alone(workpaper_id)
        return standing, existing(await self._workpapers.newest(workpaper_id), missing)

    async def _log(self, engagement_id: int, workpaper_id: int, what: str, **details: Any) -> None:
        thing = f"workpaper:{workpaper_id}"
        await log_in(self._write, self._access, f"workpaper.{what}", engagement_id, thing, **details)


def _with(editors: list[int], user_id: int) -> list[int]:
    return editors if user_id in editors else [*editors, user_id]
