"""The assessment routes, and those of the frameworks by which an engagement assesses."""

from typing import Annotated, Any

from fastapi import Depends, Query

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.assessments import reads
from portico.apps.audit.assessments.schemas import (
    AssessmentIn,
    AssessmentOut,
    AssessmentPage,
    AssessmentSummaryOut,
    ChoiceIn,
    ChosenOut,
    Result,
    Standing,
    ToAssessPage,
)
from portico.apps.audit.assessments.service import AssessmentNotFound, AssessmentService
from portico.apps.audit.engagements.standing import look
from portico.identity.public import Once
from portico.kernel.errors import existing
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

assessments = router(prefix="/api/v1", tags=["assessments"])
ENGAGEMENT = "/engagements/{engagement_id}"


async def _service(write: Writing, access: WriteAccess, now: Now) -> AssessmentService:
    return AssessmentService(write, access, now)


Assessments = Annotated[AssessmentService, Depends(_service)]


@assessments.get(
    f"{ENGAGEMENT}/frameworks", response_model=list[ChosenOut], summary="The frameworks by which it assesses"
)
async def list_chosen(engagement_id: Id, access: ReadAccess, reading: Reading) -> Any:
    await look(reading, access, engagement_id)
    return await reads.chosen(reading, engagement_id)


@assessments.post(
    f"{ENGAGEMENT}/frameworks", status_code=201, response_model=list[ChosenOut], dependencies=[Once],
    summary="Choose a framework to assess by; one that is chosen stays",
)  # fmt: skip
async def choose_framework(engagement_id: Id, body: ChoiceIn, service: Assessments, write: Writing) -> Any:
    await service.choose(engagement_id, body.framework_id)
    return await reads.chosen(await write.connection(), engagement_id)


@assessments.delete(
    f"{ENGAGEMENT}/frameworks/{{framework_id}}", status_code=204,
    summary="Take a framework back by which nothing was assessed",
)  # fmt: skip
async def drop_framework(engagement_id: Id, framework_id: Id, service: Assessments) -> None:
    await service.drop(engagement_id, framework_id)


@assessments.get(
    f"{ENGAGEMENT}/requirements", response_model=ToAssessPage,
    summary="What there is to assess, each with its newest result",
)  # fmt: skip
async def list_to_assess(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    framework_id: IdFilter = None,
    family: Annotated[str | None, Query(max_length=200)] = None,
    result: Standing | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"engagement": engagement_id, "framework": framework_id, "family": family, "result": result}
    return await reads.requirements(reading, filters, limit=limit, cursor=cursor)


@assessments.get(f"{ENGAGEMENT}/assessments", response_model=AssessmentPage, summary="Assessments, the newest first")
async def list_assessments(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    requirement_id: IdFilter = None,
    result: Result | None = None,
    counting: Annotated[bool, Query(description="Only the newest of each requirement.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"engagement": engagement_id, "requirement": requirement_id, "result": result, "counting": counting}
    return await reads.assessments(reading, filters, limit=limit, cursor=cursor)


@assessments.post(
    f"{ENGAGEMENT}/assessments", status_code=201, response_model=AssessmentOut, dependencies=[Once],
    summary="Assess a requirement. It is never changed: who was wrong assesses again",
)  # fmt: skip
async def add_assessment(
    engagement_id: Id, body: AssessmentIn, service: Assessments, write: Writing, access: WriteAccess
) -> Any:
    assessment_id = await service.assess(engagement_id, **body.model_dump())
    return await reads.assessment(await write.connection(), access.user_id, assessment_id)


@assessments.get(
    f"{ENGAGEMENT}/assessments/summary", response_model=AssessmentSummaryOut,
    summary="How many requirements are satisfied, by framework and family",
)  # fmt: skip
async def show_summary(engagement_id: Id, access: ReadAccess, reading: Reading) -> Any:
    await look(reading, access, engagement_id)
    return {"frameworks": await reads.summary(reading, engagement_id)}


@assessments.get("/assessments/{assessment_id}", response_model=AssessmentOut, summary="One assessment")
async def get_assessment(assessment_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return existing(await reads.assessment(reading, access.user_id, assessment_id), AssessmentNotFound(assessment_id))
