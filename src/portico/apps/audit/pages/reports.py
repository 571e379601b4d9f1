"""The report and the binder of an engagement in the browser, for who has signed in to the pages."""

import asyncio
from typing import Any

from fastapi import Request, Response

from portico.apps.audit.access import PageReadAccess
from portico.apps.audit.binder.controller import ANSWERS, get_binder
from portico.apps.audit.reports.html import HEADERS, html
from portico.apps.audit.reports.service import pdf, report_of
from portico.apps.audit.site import ReadingDesk
from portico.kernel.inputs import Id, Now
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading
from portico.kernel.uploads import FilesOf

report_pages = page_router()


@report_pages.get("/engagements/{engagement_id}/report.html", summary="The report to be read")
async def show_report(engagement_id: Id, desk: ReadingDesk) -> Any:
    written = await report_of(desk.connection, desk.access, engagement_id, now=desk.now)
    return Response(await asyncio.to_thread(html, written), media_type="text/html", headers=HEADERS)


@report_pages.get(
    "/engagements/{engagement_id}/report.pdf", summary="The report on paper", response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The report as it would be now."}},
)  # fmt: skip
async def print_report(engagement_id: Id, desk: ReadingDesk) -> Any:
    written = await report_of(desk.connection, desk.access, engagement_id, now=desk.now)
    headers = {
        "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="report-{engagement_id}.pdf"',
    }  # fmt: skip
    return Response(await asyncio.to_thread(pdf, written), media_type="application/pdf", headers=headers)


@report_pages.get(
    "/engagements/{engagement_id}/binder.zip", summary="The binder, with its script", response_class=Response,
    responses=ANSWERS,
)  # fmt: skip
async def hand_over(
    engagement_id: Id, request: Request, access: PageReadAccess, now: Now, files: FilesOf, reading: Reading
) -> Any:
    return await get_binder(engagement_id, request, access, now, files, reading)
