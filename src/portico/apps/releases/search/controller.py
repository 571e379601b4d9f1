"""The search over everything that has words."""

from typing import Annotated, Any

from fastapi import Query

from portico.apps.releases.access import ReadAccess
from portico.apps.releases.search import reads
from portico.apps.releases.search.schemas import FoundPage, Kind
from portico.kernel.errors import InvalidInput
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.search import SearchText
from portico.kernel.unit_of_work import ReplicaReading

search = router(prefix="/api/v1/search", tags=["search"])


@search.get("", response_model=FoundPage, summary="Runbooks, services, releases, defects and incidents by their words")
async def find(
    q: SearchText,
    access: ReadAccess,
    reading: ReplicaReading,
    kind: Annotated[Kind | None, Query(alias="type", description="One type alone, whose list goes on.")] = None,
    limit: Limit = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before; with `type` only.")] = None,
) -> Any:
    if cursor is not None and kind is None:
        raise InvalidInput(details={"cursor": "goes on in one type: name it"})
    return await reads.found(reading, q, kind=kind, limit=limit, cursor=cursor)
