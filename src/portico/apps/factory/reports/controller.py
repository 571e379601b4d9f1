"""The routes of reports. A report's Idempotency-Key is kept with it for ever, as tablets may come back after days."""

from typing import Annotated, Any

from fastapi import Header, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.reports import reads
from portico.apps.factory.reports.reversal import ReportNotFound, ReversalService
from portico.apps.factory.reports.schemas import ReportIn, ReportOut, ReportPage, ReversalIn
from portico.apps.factory.reports.service import ReportService
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.idempotency import HEADER, LONGEST_KEY
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

reports = router(prefix="/api/v1", tags=["reports"])

Key = Annotated[
    str,
    Header(
        alias=HEADER, min_length=1, max_length=LONGEST_KEY,
        description="Made where the report is made. The same report sent again is booked once, whenever it comes.",
    ),
]  # fmt: skip


@reports.post(
    "/operations/{operation_id}/report", status_code=201, response_model=ReportOut,
    summary="Report what was made, scrapped and used",
)  # fmt: skip
async def report_operation(
    operation_id: Id, body: ReportIn, key: Key, write: Writing, access: WriteAccess, now: Now, response: Response
) -> Any:
    report_id, is_new = await ReportService(write, access, now).report(operation_id, body.model_dump(), key)
    if not is_new:
        response.headers["Idempotency-Replayed"] = "true"
    return await reads.report(await write.connection(), report_id)


@reports.get("/reports", response_model=ReportPage, summary="Reports, the newest first")
async def list_reports(
    access: ReadAccess,
    reading: Reading,
    operation: IdFilter = None,
    work_order: IdFilter = None,
    workstation: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    filters = {"operation_id": operation, "work_order_id": work_order, "workstation_id": workstation}
    return await reads.reports(reading, filters, limit=limit, cursor=cursor)


@reports.get("/reports/{report_id}", response_model=ReportOut, summary="One report, as it was booked")
async def get_report(report_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return existing(await reads.report(reading, report_id), ReportNotFound(report_id))


@reports.post(
    "/reports/{report_id}/reverse", status_code=201, response_model=ReportOut, dependencies=[Once],
    summary="Take a report back by one with the opposite of every number",
)  # fmt: skip
async def reverse_report(report_id: Id, body: ReversalIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    made = await ReversalService(write, access, now).reverse(report_id, body.reason)
    return await reads.report(await write.connection(), made)
