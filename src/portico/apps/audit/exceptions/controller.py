"""The routes of checks, tests and exceptions."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.exceptions import reads, service
from portico.apps.audit.exceptions.benford import SIDE, Digits, Side
from portico.apps.audit.exceptions.checks import CHECKS
from portico.apps.audit.exceptions.schemas import (
    BenfordOut,
    ChecksOut,
    Decision,
    ExceptionIn,
    ExceptionOut,
    ExceptionPage,
    JobQueuedOut,
    RunOut,
    RunPage,
    TestsIn,
)
from portico.apps.audit.exceptions.service import ExceptionNotFound, ExceptionService, RunNotFound
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.ledgers import reads as ledgers
from portico.apps.audit.ledgers.service import LedgerNotFound
from portico.apps.audit.permissions import Access
from portico.identity.public import Once
from portico.kernel.database import Connection, Row
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

exceptions = router(prefix="/api/v1", tags=["exceptions"])
LEDGER, RUN, EXCEPTION = "/ledgers/{ledger_id}", "/test-runs/{run_id}", "/exceptions/{exception_id}"


async def _service(write: Writing, access: WriteAccess, now: Now) -> ExceptionService:
    return ExceptionService(write, access, now)


Exceptions = Annotated[ExceptionService, Depends(_service)]


@exceptions.get(f"{LEDGER}/checks", response_model=ChecksOut, summary="Whether a ledger's totals say what its lines do")
async def get_checks(ledger_id: Id, access: ReadAccess, reading: Reading) -> Any:
    ledger = await _ledger(reading, access, ledger_id)
    runs = await reads.latest(reading, ledger_id, [check.name for check in CHECKS])
    return service.checks_of(ledger, runs)


@exceptions.post(
    f"{LEDGER}/tests", status_code=202, response_model=JobQueuedOut, summary="Test a ledger's entries, in a job",
    dependencies=[Once],
)  # fmt: skip
async def test_ledger(ledger_id: Id, body: TestsIn, request: Request, queue: Exceptions, response: Response) -> Any:
    given = body.parameters.model_dump(mode="json", exclude_unset=True)
    job_id = await queue.queue(ledger_id, body.tests, given)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/api/v1/jobs/{job_id}"
    return {"job_id": job_id}


@exceptions.get(f"{LEDGER}/test-runs", response_model=RunPage, summary="What was tested, the newest first")
async def list_runs(
    ledger_id: Id, access: ReadAccess, reading: Reading, test: str | None = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    await _ledger(reading, access, ledger_id)
    return await reads.runs(reading, ledger_id, test=test, limit=limit, cursor=cursor)


@exceptions.get(
    f"{LEDGER}/benford", response_model=BenfordOut, summary="The first digits of a ledger's amounts, and Benford's law"
)  # fmt: skip
async def get_benford(
    ledger_id: Id,
    access: ReadAccess,
    reading: Reading,
    digits: Digits = "first",
    side: Annotated[Side, Query(description="In both, each amount is there at least twice.")] = SIDE,
    account: str | None = None,
) -> Any:
    await _ledger(reading, access, ledger_id)
    found = await service.benford_of(reading, ledger_id, digits, side=side, account=account)
    return {"ledger_id": ledger_id, "side": side, **asdict(found)}


@exceptions.get(RUN, response_model=RunOut, summary="One run of a check or a test")
async def get_run(run_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return existing(await reads.run(reading, access, run_id), RunNotFound(run_id))


@exceptions.get(f"{RUN}/exceptions", response_model=ExceptionPage, summary="What a run has brought up")
async def list_exceptions_of_run(
    run_id: Id, access: ReadAccess, reading: Reading, decision: Decision | None = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    run = existing(await reads.run(reading, access, run_id), RunNotFound(run_id))
    filters = {"run": run_id, "decision": decision}
    return await reads.exceptions(reading, run["engagement_id"], filters, limit=limit, cursor=cursor)


@exceptions.get(
    "/engagements/{engagement_id}/exceptions", response_model=ExceptionPage, summary="Exceptions, the newest first"
)  # fmt: skip
async def list_exceptions(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    ledger: IdFilter = None,
    test: str | None = None,
    decision: Decision | None = None,
    entry: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Its position in the ledger.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"ledger": ledger, "test": test, "decision": decision, "entry": entry}
    return await reads.exceptions(reading, engagement_id, filters, limit=limit, cursor=cursor)


@exceptions.get(EXCEPTION, response_model=ExceptionOut, summary="One exception")
async def get_exception(exception_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _exception(reading, access, exception_id, response)


@exceptions.patch(EXCEPTION, response_model=ExceptionOut, summary="Decide about an exception, with a reason")
async def decide(
    exception_id: Id, body: ExceptionIn, deciding: Exceptions, match: Matching, write: Writing, access: WriteAccess,
    response: Response,
) -> Any:  # fmt: skip
    await deciding.decide(exception_id, match, decision=body.decision, reason=body.reason)
    return await _exception(await write.connection(), access, exception_id, response)


@exceptions.get(f"{EXCEPTION}/actions", response_model=list[ActionOut], summary="What may be decided about it now")
async def list_actions(exception_id: Id, access: ReadAccess, reading: Reading) -> Any:
    found = existing(await reads.exception(reading, access, exception_id), ExceptionNotFound(exception_id))
    return service.actions_of(found, await look(reading, access, found["engagement_id"]))


async def _ledger(connection: Connection, access: Access, ledger_id: int) -> Row:
    return existing(await ledgers.ledger(connection, access, ledger_id), LedgerNotFound(ledger_id))


async def _exception(connection: Connection, access: Access, exception_id: int, response: Response) -> Row:
    return tagged(response, await reads.exception(connection, access, exception_id), ExceptionNotFound(exception_id))
