"""The rules of checks, tests and exceptions. What a machine brings up is open until somebody decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portico.apps.audit.engagements import parameters
from portico.apps.audit.engagements.standing import Standing, enter
from portico.apps.audit.exceptions import benford, reads
from portico.apps.audit.exceptions.benford import Benford, Digits, Side
from portico.apps.audit.exceptions.catalog import NAMES
from portico.apps.audit.exceptions.checks import CHECKS, Check
from portico.apps.audit.exceptions.models import DECISION_MACHINE
from portico.apps.audit.exceptions.repository import ExceptionRepository
from portico.apps.audit.ledgers import reads as ledgers
from portico.apps.audit.ledgers.service import LedgerNotFound
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.possibilities import possibilities
from portico.kernel.database import Connection, Row
from portico.kernel.errors import Conflict, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.jobs import enqueue
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

JOB = "test_ledger"
ACTIONS = {"cleared": "clear", "followed_up": "follow_up"}


class RunNotFound(NotFound):
    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no test run {run_id}.")


class ExceptionNotFound(NotFound):
    def __init__(self, exception_id: int) -> None:
        super().__init__(f"There is no exception {exception_id}.")


class LedgerNotImported(Conflict):
    code = "LEDGER_NOT_IMPORTED"

    def __init__(self, state: str) -> None:
        super().__init__(f"The ledger is {state}: only one that is imported is tested.", details={"state": state})


class ExceptionService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._exceptions = ExceptionRepository(write)

    async def queue(self, ledger_id: int, tests: Sequence[str], given: dict[str, Any]) -> int:
        """Have tests of a ledger run; answers the job's id. `given` are parameters in place of the engagement's.

        Raises `LedgerNotFound`, `Forbidden`, `EngagementArchived`, `LedgerNotImported`.
        """
        found = await ledgers.ledger(await self._write.connection(), self._access, ledger_id)
        ledger = existing(found, LedgerNotFound(ledger_id))
        standing = await enter(self._write, self._access, ledger["engagement_id"], Action.WORK)
        if ledger["state"] != "imported":
            raise LedgerNotImported(ledger["state"])
        chosen = parameters.of({**standing.settings, **given})
        assert self._access.caller is not None  # noqa: S101 - else nobody stood there
        job_id = await enqueue(
            self._write, f"audit.{JOB}", owner=self._access.caller.key, ledger_id=ledger_id,
            engagement_id=standing.engagement_id,
            tests=[name for name in NAMES if name in tests] if tests else list(NAMES),
            parameters=chosen.model_dump(mode="json"), user_id=self._access.user_id,
            user_name=self._access.user_name, address=self._access.actor.address,
        )  # fmt: skip
        thing = f"ledger:{ledger_id}"
        await log_in(
            self._write, self._access, "ledger.tests_queued", standing.engagement_id, thing, tests=list(tests),
            parameters=given, job_id=job_id,
        )  # fmt: skip
        return job_id

    async def decide(self, exception_id: int, match: IfMatch, *, decision: str, reason: str) -> None:
        """Say what has become of an exception. It stays on record, and nothing follows from it by itself.

        Raises `ExceptionNotFound`, `Forbidden`, `EngagementArchived`, `PreconditionFailed`, `IllegalTransition`.
        """
        found = await reads.exception(await self._write.connection(), self._access, exception_id)
        row = existing(found, ExceptionNotFound(exception_id))
        standing = await enter(self._write, self._access, row["engagement_id"], Action.WORK)
        exception = existing(await self._exceptions.lock(exception_id), ExceptionNotFound(exception_id))
        match.check(exception.version)
        before = exception.decision
        state = DECISION_MACHINE.advance(exception, ACTIONS[decision], standing.may)
        exception.change(
            decision=state, decision_reason=reason, decided_by=self._access.user_id, decided_at=self._now
        )  # fmt: skip
        await self._write.session.flush()
        await log_in(
            self._write, self._access, f"exception.{state}", standing.engagement_id, f"exception:{exception_id}",
            reason=reason, before=before,
        )  # fmt: skip


async def benford_of(
    connection: Connection, ledger_id: int, digits: Digits, *, side: Side = benford.SIDE, account: str | None = None
) -> Benford:
    """The digits of a ledger's amounts beside those that Benford's law expects, for the test, the route, the page."""
    asked = None if side == "both" else side
    seen = await reads.digits(connection, ledger_id, length=benford.LENGTHS[digits], side=asked, account=account)
    return benford.compare(seen, digits)


def actions_of(exception: Row, standing: Standing) -> list[Possibility]:
    """What may be decided about an exception now, and why not the rest."""
    return possibilities(DECISION_MACHINE, {**exception, "engagement_state": standing.state}, standing.may)


def checks_of(ledger: Row, runs: Mapping[str, Row]) -> dict[str, Any]:
    """What the checks of a ledger say, by their last runs."""
    found = [_check_of(check, ledger["kind"], runs.get(check.name)) for check in CHECKS]
    made = [each["holds"] for each in found if each["holds"] is not None]
    return {"ledger_id": ledger["id"], "holds": all(made) if made else None, "checks": found}


def _check_of(check: Check, kind: str, run: Row | None) -> dict[str, Any]:
    applies = check.only in (None, kind) and (run is None or run["tested"] > 0)
    counted = {name: run[name] if run else 0 for name in ("tested", "found", "open")}
    return {
        "check": check.name, "rule": check.rule, "applies": applies, "run_id": run["id"] if run else None,
        "holds": run["found"] == 0 if run and applies else None, **counted,
    }  # fmt: skip
