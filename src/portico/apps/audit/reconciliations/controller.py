"""The reconciliation routes."""

from typing import Any

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.permissions import Access
from portico.apps.audit.reconciliations import reads
from portico.apps.audit.reconciliations.schemas import (
    Kind,
    MatchPage,
    ReconciliationIn,
    ReconciliationOut,
    ReconciliationPage,
    Rule,
    Side,
    UnmatchedPage,
)
from portico.apps.audit.reconciliations.service import ReconciliationNotFound, ReconciliationService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

reconciliations = router(prefix="/api/v1", tags=["reconciliations"])
ONE = "/reconciliations/{reconciliation_id}"


@reconciliations.get(
    "/engagements/{engagement_id}/reconciliations", response_model=ReconciliationPage,
    summary="Reconciliations, the newest first",
)  # fmt: skip
async def list_reconciliations(
    engagement_id: Id, access: ReadAccess, reading: Reading, kind: Kind | None = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    await look(reading, access, engagement_id)
    return await reads.reconciliations(reading, engagement_id, kind=kind, limit=limit, cursor=cursor)


@reconciliations.post(
    "/reconciliations", status_code=201, response_model=ReconciliationOut, dependencies=[Once],
    summary="Compare the lines of two ledgers",
    responses={404: {"description": "There is no such engagement, or none that you may see."}},
)  # fmt: skip
async def make_reconciliation(body: ReconciliationIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    """First equal amounts within so many days, with the same reference where both have one; then one line that is the
    sum of several on the other side; then amounts within the tolerance. Each match says why it is one."""
    service = ReconciliationService(write, access, now)
    reconciliation_id = await service.make(body.engagement_id, **body.parts())
    return await _visible(await write.connection(), access, reconciliation_id)


@reconciliations.get(ONE, response_model=ReconciliationOut, summary="One reconciliation and its totals")
async def get_reconciliation(reconciliation_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await _visible(reading, access, reconciliation_id)


@reconciliations.get(f"{ONE}/matches", response_model=MatchPage, summary="What was matched, and why")
async def list_matches(
    reconciliation_id: Id, access: ReadAccess, reading: Reading, rule: Rule | None = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    await _visible(reading, access, reconciliation_id)
    return await reads.matches(reading, reconciliation_id, rule=rule, limit=limit, cursor=cursor)


@reconciliations.get(f"{ONE}/unmatched", response_model=UnmatchedPage, summary="The lines of one side that remain")
async def list_unmatched(
    reconciliation_id: Id, side: Side, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await _visible(reading, access, reconciliation_id)
    return await reads.unmatched(reading, reconciliation_id, side=side, limit=limit, cursor=cursor)


async def _visible(connection: Connection, access: Access, reconciliation_id: int) -> Any:
    row = await reads.reconciliation(connection, access.user_id, reconciliation_id)
    return existing(row, ReconciliationNotFound(reconciliation_id))
