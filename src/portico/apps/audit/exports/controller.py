"""The routes of OSCAL exports."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query, Response

from portico.apps.audit.access import ReadAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.exports import reads
from portico.apps.audit.exports.milestones import plan_of_action
from portico.apps.audit.exports.results import assessment_results
from portico.apps.audit.fields import UNSEEN
from portico.apps.audit.permissions import Access
from portico.kernel.paging import BIGGEST_ID
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

oscal_exports = router(prefix="/api/v1/export/oscal", tags=["exports"])
OfEngagement = Annotated[int, Query(alias="engagement", ge=0, le=BIGGEST_ID)]
OSCAL: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The document, OSCAL 1.1."},
    409: {"description": "There is nothing to export yet."},
    **UNSEEN,
}


@oscal_exports.get(
    "/assessment-results", summary="What was assessed, as OSCAL assessment results", response_class=Response,
    responses=OSCAL,
)  # fmt: skip
async def export_assessment_results(engagement_id: OfEngagement, access: ReadAccess, reading: Reading) -> Response:
    return await _exported(reading, access, engagement_id, assessment_results, "assessment-results")


@oscal_exports.get(
    "/poam", summary="Findings that were sent, as an OSCAL plan of action and milestones", response_class=Response,
    responses=OSCAL,
)  # fmt: skip
async def export_plan_of_action(engagement_id: OfEngagement, access: ReadAccess, reading: Reading) -> Response:
    return await _exported(reading, access, engagement_id, plan_of_action, "poam")


async def _exported(
    reading: Reading, access: Access, engagement_id: int, write: Callable[[reads.Told], bytes], name: str
) -> Response:
    await look(reading, access, engagement_id)
    content = await asyncio.to_thread(write, await reads.told(reading, engagement_id))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{engagement_id}.json"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/json", headers=headers)
