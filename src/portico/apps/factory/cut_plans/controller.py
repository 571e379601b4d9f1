"""The routes of cut plans."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.cut_plans import reads
from portico.apps.factory.cut_plans.schemas import CutPlanIn, CutPlanOut, CutPlanPage
from portico.apps.factory.cut_plans.service import CutPlanNotFound, CutPlanService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

cut_plans = router(prefix="/api/v1/cut-plans", tags=["cut plans"])


async def _planning(write: Writing, access: WriteAccess, now: Now) -> CutPlanService:
    return CutPlanService(write, access, now)


Planning = Annotated[CutPlanService, Depends(_planning)]


@cut_plans.get("", response_model=CutPlanPage, summary="Cut plans, the newest first")
async def list_cut_plans(
    access: ReadAccess,
    reading: Reading,
    state: Annotated[Literal["draft", "accepted"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    return await reads.plans(reading, state=state, limit=limit, cursor=cursor)


@cut_plans.post("", status_code=201, response_model=CutPlanOut, summary="Plan cuts", dependencies=[Once])
async def create_cut_plan(body: CutPlanIn, service: Planning, write: Writing, response: Response) -> Any:
    """Which pieces are cut from which bars, with the least material and then the most of it left to be kept.

    A bar holds its two trims, its pieces and a kerf between each two of them. What is behind the last piece, less one
    kerf, is its rest. Nothing happens to the pieces until the plan is accepted.
    """
    plan_id = await service.create(**body.model_dump())
    return await _shown(await write.connection(), plan_id, response)


@cut_plans.get("/{plan_id}", response_model=CutPlanOut, summary="One cut plan, bar by bar")
async def get_cut_plan(plan_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, plan_id, response)


@cut_plans.post(
    "/{plan_id}/accept", response_model=CutPlanOut, summary="Say of each piece which bar it is cut from",
    dependencies=[Once],
)  # fmt: skip
async def accept_cut_plan(plan_id: Id, service: Planning, write: Writing, match: Matching, response: Response) -> Any:
    await service.accept(plan_id, match)
    return await _shown(await write.connection(), plan_id, response)


async def _shown(connection: Connection, plan_id: int, response: Response) -> Any:
    return tagged(response, await reads.plan(connection, plan_id), CutPlanNotFound(plan_id))
