"""The controls of an engagement on pages: by which frameworks it assesses, what is left, and what was found."""

from collections.abc import Mapping
from typing import Any

from portico.apps.audit.assessments import reads
from portico.apps.audit.assessments.schemas import AssessmentIn
from portico.apps.audit.assessments.service import AssessmentService, FrameworkNotChosen
from portico.apps.audit.frameworks import reads as framework_reads
from portico.apps.audit.frameworks.service import RequirementNotFound
from portico.apps.audit.methods import METHOD_CHOICES
from portico.apps.audit.pages import work_reads
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.pages.reads import PART
from portico.apps.audit.pages.reads import procedures as procedures_of
from portico.apps.audit.site import ENGAGEMENTS, Chosen, Desk, ReadingDesk, WritingDesk, filled, number, refused
from portico.kernel.errors import Conflict, InvalidInput, existing
from portico.kernel.forms import Chosen as OneOfAList
from portico.kernel.forms import Done, Form, checked
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.paging import seal

TAB = "Controls"
RESULTS = [
    ("not-assessed", "Not assessed"),
    ("other-than-satisfied", "Other than satisfied"),
    ("satisfied", "Satisfied"),
]
MOST_OFFERED = 200
DONE = {
    "chosen": "The engagement assesses by this framework.", "dropped": "The framework is taken back.",
    "assessed": "The assessment is on record.",
}  # fmt: skip

control_pages = page_router()


@control_pages.get("/engagements/{engagement_id}/controls", summary="What is to assess, and what was found")
async def show_controls(
    engagement_id: Id, desk: ReadingDesk, framework: OneOfAList = None, family: Chosen = "", result: Chosen = "",
    cursor: Cursor = None, done: Done = "",
) -> Any:  # fmt: skip
    asked = {"framework": framework, "family": family, "result": result}
    return await _controls(desk, engagement_id, asked, cursor=cursor, done=DONE.get(done, ""))


@control_pages.post("/engagements/{engagement_id}/frameworks", summary="Choose a framework to assess by")
async def choose(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    try:
        await _service(desk).choose(engagement_id, number(form, "framework_id"))
    except (InvalidInput, Conflict) as refusal:
        return await refused(desk, refusal, form, _controls, engagement_id)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}/controls", "chosen")


@control_pages.post(
    "/engagements/{engagement_id}/frameworks/{framework_id}", summary="Take a framework back from the controls"
)
async def drop(engagement_id: Id, framework_id: Id, desk: WritingDesk, form: Form) -> Any:
    try:
        await _service(desk).drop(engagement_id, framework_id)
    except Conflict as refusal:
        return await refused(desk, refusal, form, _controls, engagement_id)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}/controls", "dropped")


@control_pages.get(
    "/engagements/{engagement_id}/requirements/{requirement_id}", summary="A requirement, and what was found of it"
)
async def show_requirement(engagement_id: Id, requirement_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await _requirement(desk, engagement_id, requirement_id, done=DONE.get(done, ""))


@control_pages.post(
    "/engagements/{engagement_id}/requirements/{requirement_id}", summary="Assess a requirement from its page"
)
async def assess(engagement_id: Id, requirement_id: Id, desk: WritingDesk, form: Form) -> Any:
    given = filled(form, AssessmentIn.model_fields)
    body, errors = checked(AssessmentIn, {**given, "requirement_id": requirement_id})
    if body is None:
        return await _requirement(desk, engagement_id, requirement_id, status=422, values=form, errors=errors)
    try:
        await _service(desk).assess(engagement_id, **body.model_dump())
    except FrameworkNotChosen as refusal:  # any more: the page of the requirement is gone with it
        return await refused(desk, refusal, form, _controls, engagement_id)
    except (InvalidInput, Conflict) as refusal:
        return await refused(desk, refusal, form, _requirement, engagement_id, requirement_id)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}/requirements/{requirement_id}", "assessed")


def _service(desk: WritingDesk) -> AssessmentService:
    return AssessmentService(desk.write, desk.access, desk.now)


async def _controls(
    desk: Desk, engagement_id: int, asked: Mapping[str, Any] | None = None, *, cursor: str | None = None, **values: Any
) -> Any:
    engagement = await found(desk, engagement_id)
    asked = {name: value for name, value in (asked or {}).items() if value}
    filters = {
        "engagement": engagement_id, **{name: asked.get(name) for name in ("framework", "family", "result")}
    }  # fmt: skip
    summary = await reads.summary(desk.connection, engagement_id)
    listed = await reads.requirements(desk.connection, filters, limit=PART, cursor=cursor)
    known = await framework_reads.frameworks(
        desk.connection, framework_reads.Reader.of(desk.access), limit=MOST_OFFERED, cursor=None
    )
    chosen = {each["id"] for each in summary}
    return await desk.part(
        "controls.html", TAB, engagement, frameworks=summary, requirements=listed["items"], total=listed["total"],
        following=listed["next_cursor"], is_later=cursor is not None, asked=asked, results=RESULTS,
        names=[(each["id"], each["title"]) for each in summary],
        families={each["id"]: each["title"] or each["id"] for one in summary for each in one["families"]}.items(),
        offered=[
            (each["id"], f"{each['title']}, {each['document_version']}") for each in known["items"]
            if each["id"] not in chosen
        ],
        **values,
    )  # fmt: skip


async def _requirement(desk: Desk, engagement_id: int, requirement_id: int, **values: Any) -> Any:
    engagement = await found(desk, engagement_id)
    requirement = existing(
        await work_reads.requirement(desk.connection, engagement_id, requirement_id),
        RequirementNotFound(requirement_id),
    )
    about = {"engagement": engagement_id, "requirement": requirement_id, "result": None, "counting": False}
    assessed = await reads.assessments(desk.connection, about, limit=PART, cursor=None)
    left = {"engagement": engagement_id, "framework": None, "family": None, "result": "not-assessed"}
    here = seal(requirement["framework_id"], requirement["position"])
    following = await reads.requirements(desk.connection, left, limit=1, cursor=here)
    return await desk.part(
        "requirement.html", TAB, engagement, requirement=requirement, assessments=assessed["items"],
        following=next(iter(following["items"]), None), methods=METHOD_CHOICES, results=RESULTS[1:],
        procedures=await procedures_of(desk.connection, engagement_id),
        workpapers=[
            (each["id"], f"{each['number']}. {each['title']}")
            for each in await work_reads.workpapers(desk.connection, engagement_id)
        ],
        **values,
    )  # fmt: skip
