"""The routes of the metrics."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query

from portico.apps.releases.access import ReadAccess
from portico.apps.releases.dora import reads
from portico.apps.releases.dora.reads import Filters
from portico.apps.releases.dora.schemas import DoraOut, DoraRows, MetricName
from portico.apps.releases.dora.windows import Window
from portico.kernel.inputs import Now
from portico.kernel.paging import BIGGEST_ID, Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import ReplicaReading

dora = router(prefix="/api/v1/metrics/dora", tags=["metrics"])

UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such service or team."}}
MaybeId = Annotated[int | None, Query(ge=0, le=BIGGEST_ID)]


async def _window(
    now: Now,
    start: Annotated[datetime | None, Query(alias="from", description="Without it: 90 days before `to`.")] = None,
    to: Annotated[datetime | None, Query(description="The first moment after the window. Without it: now.")] = None,
) -> Window:
    return Window.of(start, to, now=now)


async def _filters(service: MaybeId = None, team: MaybeId = None) -> Filters:
    return {"service": service, "team": team}


InWindow = Annotated[Window, Depends(_window)]
Filtered = Annotated[Filters, Depends(_filters)]


@dora.get(
    "", response_model=DoraOut, summary="The five metrics of DORA, with their trend", responses=UNKNOWN
)  # fmt: skip
async def show_metrics(_: ReadAccess, window: InWindow, filters: Filtered, reading: ReplicaReading) -> Any:
    return await reads.metrics(reading, window, filters)


@dora.get("/rows", response_model=DoraRows, summary="The rows behind one of the metrics", responses=UNKNOWN)
async def list_rows(
    _: ReadAccess,
    window: InWindow,
    filters: Filtered,
    metric: MetricName,
    reading: ReplicaReading,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Any:
    return await reads.rows(reading, window, filters, metric=metric, limit=limit, cursor=cursor)
