"""The search over what documents say."""

from typing import Annotated, Any

from fastapi import Depends, Request

from portico.apps.audit.access import ReadAccess
from portico.apps.audit.search.reads import has_vectors
from portico.apps.audit.search.schemas import HitsOut
from portico.apps.audit.search.service import Asked, Mode, asked, found
from portico.kernel.listing import IdFilter
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.search import SearchText
from portico.kernel.unit_of_work import Reading, ReplicaReading, unit_of

search = router(prefix="/api/v1/search", tags=["search"])


async def _asked(
    request: Request, _: ReadAccess, reading: Reading, q: SearchText, mode: Mode = "hybrid"
) -> Asked:  # fmt: skip
    """Before the search takes its connection: embedders may be slow, and somewhere else."""
    has_place = mode != "lexical" and await has_vectors(reading)
    return await unit_of(request).aside(asked(q, mode, request.app.state.embedder, has_place=has_place))


@search.get(
    "", response_model=HitsOut, summary="What documents say, by words and by meaning",
    responses={409: {"description": "A search by meaning alone, and no embedder or no place for vectors."}},
)  # fmt: skip
async def find(
    what: Annotated[Asked, Depends(_asked)],
    access: ReadAccess,
    reading: ReplicaReading,
    engagement: IdFilter = None,
    limit: Limit = 20,
) -> Any:
    return await found(reading, access, what, engagement=engagement, limit=limit)
