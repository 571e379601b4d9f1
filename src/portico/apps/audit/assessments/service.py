"""The rules of assessments: one assesses by a framework that the engagement has chosen, and looks again to correct."""

from datetime import datetime
from typing import Any

from portico.apps.audit.assessments.models import Assessment
from portico.apps.audit.assessments.repository import AssessmentRepository
from portico.apps.audit.engagements.standing import enter
from portico.apps.audit.frameworks import reads as frameworks
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.procedures import reads as procedures
from portico.apps.audit.workpapers import reads as workpapers
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.rows import InUse
from portico.kernel.transaction import Transaction


class AssessmentNotFound(NotFound):
    def __init__(self, assessment_id: int) -> None:
        super().__init__(f"There is no assessment {assessment_id}.")


class NotChosen(NotFound):
    message = "The engagement does not assess by this framework."


class FrameworkNotChosen(Conflict):
    code = "FRAMEWORK_NOT_CHOSEN"
    message = "The engagement does not assess by the framework of this requirement: choose that one first."


class AssessmentService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._assessments = AssessmentRepository(write)

    async def choose(self, engagement_id: int, framework_id: int) -> None:
        """Have the engagement assess by a framework. Raises what `enter` raises, and `InvalidInput`."""
        await enter(self._write, self._access, engagement_id, Action.WORK)
        reader = frameworks.Reader(self._access.user_id, everywhere=True)
        if not await frameworks.is_seen(await self._write.connection(), reader, framework_id):
            raise InvalidInput(details={"framework_id": "not found"})
        if await self._assessments.choose(engagement_id=engagement_id, framework_id=framework_id, **self._done()):
            await self._log(engagement_id, "framework.chosen", f"framework:{framework_id}")

    async def drop(self, engagement_id: int, framework_id: int) -> None:
        """Take the choice back. Raises what `enter` raises, `NotChosen`, and `InUse` once it was assessed by."""
        await enter(self._write, self._access, engagement_id, Action.WORK)
        if not await self._assessments.chosen(engagement_id, framework_id):
            raise NotChosen
        if await self._assessments.is_used(engagement_id, framework_id):
            raise InUse("framework", "assessments")
        await self._assessments.drop(engagement_id, framework_id)
        await self._log(engagement_id, "framework.dropped", f"framework:{framework_id}")

    async def assess(self, engagement_id: int, **values: Any) -> int:
        """Record what was found of a requirement; answers the assessment's id.

        Raises what `enter` raises, `FrameworkNotChosen`, `InvalidInput`.
        """
        await enter(self._write, self._access, engagement_id, Action.WORK)
        await self._check(engagement_id, **values)
        assessment = Assessment(engagement_id=engagement_id, **values, **self._done())
        await self._assessments.add(assessment)
        about = {name: values[name] for name in ("requirement_id", "method", "result")}
        await self._log(engagement_id, "requirement.assessed", f"assessment:{assessment.id}", **about)
        return assessment.id

    async def _check(
        self, engagement_id: int, *, requirement_id: int, procedure_id: int | None, workpaper_id: int | None, **_: Any
    ) -> None:
        requirement = await self._assessments.requirement(engagement_id, requirement_id)
        if requirement is None:
            raise InvalidInput(details={"requirement_id": "not found"})
        if not requirement["is_chosen"]:
            raise FrameworkNotChosen(details={"framework_id": requirement["framework_id"]})
        if requirement["is_withdrawn"]:
            raise InvalidInput(details={"requirement_id": "is withdrawn"})
        connection = await self._write.connection()
        if procedure_id is not None and not await procedures.procedure_of(connection, engagement_id, procedure_id):
            raise InvalidInput(details={"procedure_id": "not found"})
        if workpaper_id is not None and not await workpapers.is_in(connection, engagement_id, workpaper_id):
            raise InvalidInput(details={"workpaper_id": "not found"})

    def _done(self) -> dict[str, Any]:
        return {"at": self._now, "user_id": self._access.user_id, "user_name": self._access.user_name}

    async def _log(self, engagement_id: int, action: str, thing: str, **details: Any) -> None:
        await log_in(self._write, self._access, action, engagement_id, thing, **details)
