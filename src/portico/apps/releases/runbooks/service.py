"""The rules of runbooks, and of the times that somebody follows one."""

from datetime import datetime
from typing import Any

from portico.apps.releases import audit
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.runbooks.models import Runbook, RunbookRun
from portico.apps.releases.runbooks.repository import RunbookRepository
from portico.apps.releases.services.reads import team_of
from portico.kernel import rows
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

MOST_WORDS = 100_000  # characters: a tsvector takes 1 MB


class RunbookNotFound(NotFound):
    def __init__(self, runbook_id: int) -> None:
        super().__init__(f"There is no runbook {runbook_id}.")


class RunNotFound(NotFound):
    message = "There is no such run."


class RunEnded(Conflict):
    message = "This run has ended: what was done stays as it is."


class RunbookService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._runbooks = RunbookRepository(write)

    async def create(self, *, service_id: int | None, **values: Any) -> int:
        """Add a runbook and answer its id. Raises `Forbidden`, `InvalidInput`."""
        await self._require(service_id)
        runbook = Runbook(service_id=service_id, created_at=self._now, **_with_words(values))
        await self._runbooks.add(runbook)
        await self._log("runbook.created", f"runbook:{runbook.id}", title=runbook.title)
        return runbook.id

    async def change(self, runbook_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a runbook's values: it is another edition then.

        Raises `RunbookNotFound`, `Forbidden`, `InvalidInput`, `PreconditionFailed`.
        """
        runbook = await self._editable(runbook_id, match)
        if "service_id" in values:
            await self._require(values["service_id"])
        if values:
            runbook.change(edition=runbook.edition + 1, **_with_words(values))
            await self._log("runbook.changed", f"runbook:{runbook_id}", edition=runbook.edition, fields=sorted(values))

    async def delete(self, runbook_id: int, match: IfMatch) -> None:
        """Raises `RunbookNotFound`, `Forbidden`, `InUse`: one that was followed stays."""
        runbook = await self._editable(runbook_id, match)
        if (by := await self._runbooks.remove(runbook)) is not None:
            raise rows.InUse("runbook", by)
        await self._log("runbook.deleted", f"runbook:{runbook_id}", title=runbook.title)

    async def start(self, runbook_id: int, **origin: int | None) -> int:
        """Begin to follow a runbook as it is now, and answer the run's id. Raises `RunbookNotFound`, `InvalidInput`."""
        self._access.require(Action.REPORT)
        runbook = await self._runbooks.lock(runbook_id)
        if runbook is None:
            raise RunbookNotFound(runbook_id)
        untouched = {"state": "open", "note": "", "by": None, "at": None}
        run = RunbookRun(
            runbook_id=runbook_id, edition=runbook.edition, steps=[{**step, **untouched} for step in runbook.steps],
            started_by=self._access.user_id, created_at=self._now, **origin,
        )  # fmt: skip
        if (refusal := await self._runbooks.add(run)) is not None:
            field = "incident_id" if "incident" in refusal else "deployment_id"
            raise InvalidInput(details={field: "not found"})
        await self._log("runbook.started", f"runbook_run:{run.id}", runbook_id=runbook_id, **origin)
        return run.id

    async def settle(self, run_id: int, number: int, match: IfMatch, *, state: str, note: str) -> None:
        """Say what became of a step, counted from 1. Raises `RunNotFound`, `RunEnded`, `PreconditionFailed`."""
        run = await self._open_run(run_id)
        match.check(run.version)
        if not 1 <= number <= len(run.steps):
            raise RunNotFound(f"This run has {len(run.steps)} steps.")
        steps = list(run.steps)
        by = self._access.actor.name
        steps[number - 1] = {
            **steps[number - 1], "state": state, "note": note, "by": by, "at": self._now.isoformat()
        }  # fmt: skip
        run.change(steps=steps)
        await self._log(f"runbook.step_{state}", f"runbook_run:{run_id}", step=number, note=note)

    async def end(self, run_id: int) -> None:
        """Raises `RunNotFound`, `RunEnded`."""
        run = await self._open_run(run_id)
        run.change(ended_at=self._now)
        left = sum(step["state"] == "open" for step in run.steps)
        await self._log("runbook.ended", f"runbook_run:{run_id}", steps_left=left)

    async def _open_run(self, run_id: int) -> RunbookRun:
        self._access.require(Action.REPORT)
        run = await self._runbooks.lock_run(run_id)
        if run is None:
            raise RunNotFound
        if run.ended_at is not None:
            raise RunEnded
        return run

    async def _editable(self, runbook_id: int, match: IfMatch) -> Runbook:
        runbook = await self._runbooks.lock(runbook_id)
        if runbook is None:
            raise RunbookNotFound(runbook_id)
        await self._require(runbook.service_id)
        match.check(runbook.version)
        return runbook

    async def _require(self, service_id: int | None) -> None:
        """What is for all services is no team's."""
        if service_id is None:
            self._access.require(Action.WRITE_RUNBOOKS)
            return
        team_id = await team_of(await self._write.connection(), service_id)
        if team_id is None:
            raise InvalidInput(details={"service_id": "not found"})
        self._access.require_for(Action.WRITE_RUNBOOKS, team_id)

    async def _log(self, action: str, object: str, **details: Any) -> None:
        await audit.log(self._write, self._access, action, object, **details)


def _with_words(values: dict[str, Any]) -> dict[str, Any]:
    """The steps as text, too: that is what the search finds."""
    if "steps" not in values:
        return values
    words = [text for step in values["steps"] for text in (step["title"], step["text"])]
    return {**values, "steps_text": "\n".join(words)[:MOST_WORDS]}
