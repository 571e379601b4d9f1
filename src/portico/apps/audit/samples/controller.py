"""The sample routes."""

from typing import Annotated, Any

from fastapi import Depends, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.permissions import Access
from portico.apps.audit.samples import reads
from portico.apps.audit.samples.planning import Aim
from portico.apps.audit.samples.schemas import (
    PlanIn,
    PlanOut,
    RepeatOut,
    ResultsIn,
    SampleIn,
    SampleItemPage,
    SampleOut,
    SamplePage,
    SelectIn,
    State,
)
from portico.apps.audit.samples.service import SampleNotFound, SampleService, actions, plan, repeat
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

samples = router(prefix="/api/v1", tags=["samples"])
OF_ENGAGEMENT, ONE = "/engagements/{engagement_id}/samples", "/samples/{sample_id}"


async def _service(write: Writing, access: WriteAccess, now: Now) -> SampleService:
    return SampleService(write, access, now)


Samples = Annotated[SampleService, Depends(_service)]


@samples.post("/samples/plan", response_model=PlanOut, summary="How large a sample has to be")
async def plan_sample(body: PlanIn, access: ReadAccess) -> Any:
    """Stores nothing. Attributes: rates, and a finite population where its size is given. Monetary units: amounts."""
    return await plan(Aim(**body.aim()))


@samples.get(OF_ENGAGEMENT, response_model=SamplePage, summary="Samples, the newest first")
async def list_samples(
    engagement_id: Id,
    access: ReadAccess,
    reading: Reading,
    state: State | None = None,
    procedure_id: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await look(reading, access, engagement_id)
    filters = {"engagement": engagement_id, "state": state, "procedure": procedure_id}
    return await reads.samples(reading, filters, limit=limit, cursor=cursor)


@samples.post(
    OF_ENGAGEMENT, status_code=201, response_model=SampleOut, summary="Plan a sample of a frozen population",
    dependencies=[Once],
)  # fmt: skip
async def add_sample(
    engagement_id: Id, body: SampleIn, service: Samples, write: Writing, access: WriteAccess, response: Response
) -> Any:
    sample_id = await service.create(
        engagement_id, population_id=body.population_id, procedure_id=body.procedure_id, name=body.name,
        aim={**body.aim(), "distribution": body.distribution},
    )  # fmt: skip
    return await _shown(await write.connection(), access, sample_id, response)


@samples.get(ONE, response_model=SampleOut, summary="One sample")
async def get_sample(sample_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, access, sample_id, response)


@samples.post(f"{ONE}/select", response_model=SampleOut, summary="Draw the items", dependencies=[Once])
async def select_items(
    sample_id: Id, service: Samples, write: Writing, access: WriteAccess, response: Response,
    body: SelectIn | None = None,
) -> Any:  # fmt: skip
    """The same population, seed and parameters give the same items on every machine, for ever."""
    await service.select(sample_id, body.seed if body else None)
    return await _shown(await write.connection(), access, sample_id, response)


@samples.get(f"{ONE}/actions", response_model=list[ActionOut], summary="What you may do with a sample now")
async def list_sample_actions(sample_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await actions(reading, access, sample_id)


@samples.get(f"{ONE}/items", response_model=SampleItemPage, summary="The items that were drawn")
async def list_sample_items(
    sample_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    existing(await reads.sample(reading, access.user_id, sample_id), SampleNotFound(sample_id))
    return await reads.items(reading, sample_id, limit=limit, cursor=cursor)


@samples.get(
    f"{ONE}/repeat", response_model=RepeatOut, summary="Draw the items once more, and compare",
    responses={409: {"description": "Nothing was drawn yet."}},
)  # fmt: skip
async def repeat_draw(sample_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await repeat(reading, access, sample_id)


@samples.put(f"{ONE}/results", response_model=SampleOut, summary="Write down what was found in items")
async def record_results(
    sample_id: Id, body: ResultsIn, service: Samples, write: Writing, access: WriteAccess, match: Matching,
    response: Response,
) -> Any:  # fmt: skip
    """What was known of these items is replaced. An evaluation is taken back: it was of other results."""
    await service.record(sample_id, match, [result.model_dump() for result in body.results])
    return await _shown(await write.connection(), access, sample_id, response)


@samples.post(
    f"{ONE}/evaluate", response_model=SampleOut, summary="Set the results beside what is tolerable",
    dependencies=[Once],
)  # fmt: skip
async def evaluate_sample(
    sample_id: Id, service: Samples, write: Writing, access: WriteAccess, response: Response
) -> Any:
    """It compares two figures. What follows from that is for the auditor to conclude, in a workpaper."""
    await service.evaluate(sample_id)
    return await _shown(await write.connection(), access, sample_id, response)


async def _shown(connection: Connection, access: Access, sample_id: int, response: Response) -> Any:
    row = await reads.sample(connection, access.user_id, sample_id)
    return tagged(response, row, SampleNotFound(sample_id))
