"""The route of the genealogy."""

from typing import Annotated, Any

from fastapi import Query

from portico.apps.factory.access import ReadAccess
from portico.apps.factory.genealogy import reads
from portico.apps.factory.genealogy.schemas import KinPage
from portico.apps.factory.lots.ledger import LotNotFound
from portico.apps.factory.lots.reads import state
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

DEEPEST = 100
genealogy = router(prefix="/api/v1/lots", tags=["genealogy"])
Many = Annotated[int, Query(ge=1, le=1000)]
Depth = Annotated[int, Query(ge=1, le=DEEPEST, description="How many levels away.")]


@genealogy.get("/{lot_id}/genealogy", response_model=KinPage, summary="What a lot was made of, or what was made of it")
async def show_genealogy(
    lot_id: Id,
    reading: Reading,
    access: ReadAccess,
    direction: reads.Direction = "down",
    depth: Depth = DEEPEST,
    limit: Many = 200,
    cursor: Cursor = None,
) -> Any:
    existing(await state(reading, lot_id), LotNotFound(lot_id))
    return await reads.kin(reading, lot_id, direction, depth=depth, limit=limit, cursor=cursor)
