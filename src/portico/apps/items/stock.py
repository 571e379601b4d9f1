"""A webhook that comes in: the warehouse says how stock has moved.

It is signed as Standard Webhooks describe, with ITEMS_STOCK_SECRET. Movements are differences, so that their order does
not matter; one that would leave less than nothing is refused with 409, and the sender tries it again later.
"""

from typing import Annotated, Any, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, Field, ValidationError

from portico.apps.items.access import ModeOf
from portico.apps.items.service import move_stock
from portico.kernel.errors import InvalidInput
from portico.kernel.routes import router, takes
from portico.kernel.unit_of_work import Writing
from portico.kernel.webhook_intake import DESCRIBED, MOST_BYTES, Source

MOVED = "stock.moved"

hooks = router(prefix="/api/v1/hooks", tags=["hooks"])


class Movement(BaseModel):
    """The `data` of a message; fields that we do not know are the sender's business."""

    item_id: int = Field(ge=1, lt=2**63)
    change: int = Field(gt=-(2**31), lt=2**31)


class Taken(BaseModel):
    status: Literal["taken", "repeated", "ignored"] = Field(description="`ignored`: nothing that we act upon.")


async def _warehouse(request: Request) -> Source:
    found: Source = request.app.state.warehouse
    return found


@hooks.post(
    "/stock", response_model=Taken, summary="Stock has moved", openapi_extra=DESCRIBED,
    responses={401: {"description": "The signature is missing or wrong."}, 404: {}},
)  # fmt: skip
@takes(MOST_BYTES)
async def take_stock(
    request: Request, write: Writing, warehouse: Annotated[Source, Depends(_warehouse)], mode: ModeOf
) -> Any:
    delivery = await warehouse.take(request, write)
    if delivery is None:
        return {"status": "repeated"}
    if delivery.event != MOVED:
        return {"status": "ignored"}
    try:
        movement = Movement.model_validate(delivery.payload.get("data"))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidInput(details={".".join(("data", *map(str, one["loc"]))): one["msg"] for one in found}) from None
    await move_stock(write, mode, movement.item_id, movement.change)
    return {"status": "taken"}
