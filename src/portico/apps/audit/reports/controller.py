"""The routes of a report."""

import asyncio
from typing import Any

from fastapi import Response

from portico.apps.audit.access import ReadAccess
from portico.apps.audit.reports.html import HEADERS, html
from portico.apps.audit.reports.service import pdf, report_of
from portico.kernel.inputs import Id, Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

reports = router(prefix="/api/v1/engagements/{engagement_id}", tags=["reports"])


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}, "description": "The report; a draft until the engagement is issued."}}


@reports.get(
    "/report.html", summary="The report to be read and printed", response_class=Response,
    responses=_answers("text/html"),
)  # fmt: skip
async def get_report_page(engagement_id: Id, access: ReadAccess, now: Now, reading: Reading) -> Response:
    written = await report_of(reading, access, engagement_id, now=now)
    return Response(await asyncio.to_thread(html, written), media_type="text/html", headers=HEADERS)


@reports.get(
    "/report.pdf", summary="The report on paper", response_class=Response, responses=_answers("application/pdf")
)  # fmt: skip
async def get_report_document(engagement_id: Id, access: ReadAccess, now: Now, reading: Reading) -> Response:
    written = await report_of(reading, access, engagement_id, now=now)
    headers = {
        "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="report-{engagement_id}.pdf"',
    }  # fmt: skip
    return Response(await asyncio.to_thread(pdf, written), media_type="application/pdf", headers=headers)
