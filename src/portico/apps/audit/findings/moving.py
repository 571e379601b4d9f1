"""How findings go on, from the draft until they are closed, and who may say so."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from portico.apps.audit.findings import reads
from portico.apps.audit.findings.models import ACCEPT_RISK, FINDING_MACHINE, Finding
from portico.apps.audit.findings.repository import FindingRepository
from portico.apps.audit.findings.service import FindingNotFound, locked
from portico.apps.audit.log import log_by, log_in
from portico.apps.audit.permissions import AUDITEE, ENGAGEMENT_ALLOWED, Access
from portico.apps.audit.possibilities import possibilities
from portico.kernel.database import Connection, Row
from portico.kernel.errors import InvalidInput, existing
from portico.kernel.event_log import Actor
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

LONGEST_ACCEPTANCE = timedelta(days=366)
SERVER = Actor(key="system portico", name="Portico")
DONE = {
    "validate": "sent", "agree": "agreed", "dispute": "disputed", "revise": "taken_back", "plan": "planned",
    "remediate": "in_remediation", "ready": "ready_for_retest", "close": "closed", "reopen": "reopened",
    "accept-risk": "risk_accepted", "withdraw": "withdrawn",
}  # fmt: skip
REOPENED = {
    "fixed_by": None, "closed_by": None, "closed_at": None, "risk_accepted_until": None, "risk_accepted_by": None
}  # fmt: skip


class FindingMoves:
    """Every step of a finding: its new state, a note of what was said, and the log."""

    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._findings = FindingRepository(write)

    async def move(self, finding_id: int, action: str, note: str = "", **values: Any) -> None:
        """Take a finding on. `values` are columns that this step fills, such as the plan.

        Raises `FindingNotFound`, `EngagementArchived`, `Forbidden`, `InvalidInput`, and `IllegalTransition` with the
        reason.
        """
        self._check(values)
        standing, finding = await locked(self._write, self._access, finding_id)
        row = await reads.case(await self._write.connection(), self._access.user_id, finding_id)
        seen = existing(row, FindingNotFound(finding_id))
        state = FINDING_MACHINE.advance(SimpleNamespace(**seen), action, may_of(seen))
        finding.change(state=state, **values, **self._filled(action, finding, seen))
        self._findings.say(finding, action, note, self._now, user_id=standing.user_id, name=self._access.user_name)
        told = {"note": note, **{name: str(value) for name, value in values.items()}}
        thing = f"finding:{finding_id}"
        await log_in(self._write, self._access, f"finding.{DONE[action]}", finding.engagement_id, thing, **told)

    def _check(self, values: dict[str, Any]) -> None:
        today = self._now.date()
        due_on: date | None = values.get("due_on")
        if due_on is not None and due_on < today:
            raise InvalidInput(details={"due_on": "is past"})
        until: date | None = values.get("risk_accepted_until")
        if until is not None and not today < until <= today + LONGEST_ACCEPTANCE:
            raise InvalidInput(details={"until": "has to be after today, and at most 366 days ahead"})

    def _filled(self, action: str, finding: Finding, seen: Row) -> dict[str, Any]:
        """The columns that a step fills by itself."""
        me = self._access.user_id
        match action:
            case "validate":  # what its procedure is changed to later does not change what it was about
                return {"sent_at": self._now, "requirement_id": seen["requirement_id"]}
            case "revise":  # a draft is the team's again
                return {"sent_at": None}
            case "ready":
                return {"fixed_by": me, "retests": finding.retests + 1}
            case "close":
                return {"closed_by": me, "closed_at": self._now}
            case "accept-risk":
                return {"risk_accepted_by": me}
            case "reopen":
                return REOPENED
            case _:
                return {}


def may_of(row: Row) -> Callable[[Any], bool]:
    """What the member to whom a case belongs may do with the finding, apart from its state.

    An auditee has no case but those of the findings that they own: see `reads.SEEN`.
    """

    def may(action: Any) -> bool:
        if action == ACCEPT_RISK:
            is_named: bool = row["role"] == AUDITEE and row["may_accept_risk"]
            return is_named
        return row["role"] in ENGAGEMENT_ALLOWED[action]

    return may


async def actions(connection: Connection, access: Access, finding_id: int) -> list[Possibility]:
    """What the caller may do with a finding now, and why not the rest. Raises `FindingNotFound`."""
    row = existing(await reads.case(connection, access.user_id, finding_id), FindingNotFound(finding_id))
    return possibilities(FINDING_MACHINE, row, may_of(row))


async def reopen_ended(write: Transaction, finding_id: int, now: datetime) -> None:
    """Reopen a finding whose accepted risk has ended: by the calendar, and by nobody's word."""
    findings = FindingRepository(write)
    state = await findings.engagement_state(finding_id)
    finding = await findings.lock(finding_id)
    if state in (None, "archived") or finding is None or not _has_ended(finding, now.date()):
        return
    text = f"The risk was accepted until {finding.risk_accepted_until}."
    finding.change(state="reopened", **REOPENED)
    findings.say(finding, "reopen", text, now, user_id=None, name=SERVER.name)
    await log_by(write, SERVER, "finding.reopened", finding.engagement_id, f"finding:{finding_id}", note=text)


def _has_ended(finding: Finding, today: date) -> bool:
    until = finding.risk_accepted_until
    return finding.state == "risk_accepted" and until is not None and until < today
