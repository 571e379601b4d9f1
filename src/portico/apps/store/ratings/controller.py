"""The rating routes of a product."""

from typing import Any

from portico.apps.store.access import ReadAccess, WriteAccess
from portico.apps.store.products.service import ProductNotFound
from portico.apps.store.ratings import reads
from portico.apps.store.ratings.schemas import ProductRatingOut, RatingIn
from portico.apps.store.ratings.service import RatingService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

ratings = router(prefix="/api/products/{product_id}/rating", tags=["ratings"])


@ratings.get("", response_model=ProductRatingOut, summary="A product's rating, and the caller's own")
async def get_rating(product_id: Id, reading: Reading, access: ReadAccess) -> Any:
    return await _shown(reading, product_id, access.caller.user_id if access.caller else None)


@ratings.post("", status_code=201, response_model=ProductRatingOut, summary="Rate a product", dependencies=[Once])
async def rate_product(product_id: Id, body: RatingIn, write: Writing, access: WriteAccess) -> Any:
    await RatingService(write, access).rate(product_id, body.value)
    return await _shown(await write.connection(), product_id, access.user_id)


@ratings.delete("", response_model=ProductRatingOut, summary="Take the caller's rating back")
async def remove_rating(product_id: Id, write: Writing, access: WriteAccess) -> Any:
    await RatingService(write, access).take_back(product_id)
    return await _shown(await write.connection(), product_id, access.user_id)


async def _shown(connection: Connection, product_id: int, user_id: int | None) -> Any:
    return existing(await reads.rating(connection, product_id, user_id), ProductNotFound(product_id))
