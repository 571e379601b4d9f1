"""The rules of engagements."""

from datetime import datetime
from typing import Any

from portico.apps.audit.clients.service import ClientService
from portico.apps.audit.engagements import reads
from portico.apps.audit.engagements.models import ENGAGEMENT_MACHINE, Engagement
from portico.apps.audit.engagements.repository import EngagementRepository
from portico.apps.audit.engagements.standing import EngagementArchived, Standing, look, take
from portico.apps.audit.log import log_in
from portico.apps.audit.members import service as members
from portico.apps.audit.permissions import Access, Action
from portico.kernel.database import Connection
from portico.kernel.errors import Conflict, InvalidInput
from portico.kernel.etags import IfMatch
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

BEFORE_THE_REPORT = ("planned", "fieldwork", "review", "draft_report")
DONE = {
    "start": "started",
    "submit-review": "submitted_for_review",
    "resume-fieldwork": "taken_back_to_fieldwork",
    "draft-report": "report_drafted",
    "issue": "report_issued",
    "follow-up": "followed_up",
    "close": "closed",
    "archive": "archived",
}
"""What the event log calls each action."""


class EngagementIssued(Conflict):
    code = "ENGAGEMENT_ISSUED"
    message = "The report is issued. What it says of the engagement stays as it was."


class EngagementService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._engagements = EngagementRepository(write)

    async def create(self, *, client_id: int, currency: str | None, **values: Any) -> int:
        """Plan an engagement whose lead is the caller, and answer its id. Raises `ClientNotFound`, `InvalidInput`."""
        self._access.require(Action.CONFIGURE)
        of_client = await ClientService(self._write, self._access).keep(client_id)
        engagement = Engagement(client_id=client_id, currency=currency or of_client, **values)
        _check(engagement)
        await self._engagements.add(engagement)
        await members.appoint_lead(self._write, self._access, engagement.id)
        await self._log("engagement.planned", engagement.id, name=engagement.name, client_id=client_id)
        return engagement.id

    async def change(self, engagement_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of an engagement's values, before its report is issued. Materiality is among them (ISA 320.12).

        Raises `EngagementNotFound`, `Forbidden`, `EngagementArchived`, `EngagementIssued`, `PreconditionFailed`,
        `InvalidInput`.
        """
        standing = await self._taken(engagement_id)
        match.check(standing.version)
        if standing.state not in BEFORE_THE_REPORT:
            raise EngagementIssued
        engagement = await self._engagements.get(engagement_id)
        changed = {name: value for name, value in values.items() if value != getattr(engagement, name)}
        if changed:
            engagement.change(**changed)
            _check(engagement)
            await self._log("engagement.changed", engagement_id, **changed)

    async def move(self, engagement_id: int, action: str, now: datetime) -> None:
        """Move an engagement on. Nobody works in it meanwhile, so that what was open is still all that is open.

        Raises `EngagementNotFound`, `Forbidden`, `IllegalTransition`.
        """
        standing = await take(self._write, self._access, engagement_id)
        open_now = await reads.readiness(await self._write.connection(), engagement_id, now.date())
        target = ENGAGEMENT_MACHINE.advance(open_now, action, standing.may)
        details: dict[str, Any] = {}
        if target == "archived":
            details["workpapers_locked"] = await self._engagements.lock_workpapers(engagement_id)
        engagement = await self._engagements.get(engagement_id)
        engagement.change(state=target, **await self._kept_of(target, engagement_id, now))
        await self._log(f"engagement.{DONE[action]}", engagement_id, **details)

    async def _kept_of(self, target: str, engagement_id: int, now: datetime) -> dict[str, Any]:
        """What a state keeps of the moment at which it was reached."""
        if target == "archived":
            return {"archived_at": now}
        if target != "issued":
            return {}
        shown = await reads.engagement(await self._write.connection(), engagement_id)
        return {"issued_at": now, "issued_to": shown["client"]["name"] if shown else None}

    async def _taken(self, engagement_id: int) -> Standing:
        standing = await take(self._write, self._access, engagement_id)
        if standing.state == "archived":
            raise EngagementArchived
        return standing

    async def _log(self, action: str, engagement_id: int, **details: Any) -> None:
        await log_in(self._write, self._access, action, engagement_id, f"engagement:{engagement_id}", **details)


async def possibilities(connection: Connection, access: Access, engagement_id: int, now: datetime) -> list[Possibility]:
    """What the caller may do with an engagement now, and why not the rest. Raises `EngagementNotFound`."""
    standing = await look(connection, access, engagement_id)
    return ENGAGEMENT_MACHINE.actions_of(await reads.readiness(connection, engagement_id, now.date()), standing.may)


def _check(engagement: Engagement) -> None:
    """Raises `InvalidInput`. Performance materiality is less than materiality (ISA 320.9), or there is no reserve."""
    if engagement.period_start > engagement.period_end:
        raise InvalidInput(details={"period_end": "must not be before period_start"})
    whole, performance = engagement.materiality, engagement.performance_materiality
    if performance is not None and (whole is None or performance > whole):
        raise InvalidInput(details={"performance_materiality": "must not be above materiality"})
