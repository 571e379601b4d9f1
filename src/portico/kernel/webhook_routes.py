"""The routes of an app's webhooks, for whoever they belong to. Those of others are 404."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, params
from pydantic import BaseModel, ConfigDict, Field

from portico.kernel.paging import BIGGEST_ID, Slice
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.webhooks import MOST_ENDPOINTS, Webhooks

Topic = Annotated[str, Field(pattern=r"^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$", max_length=100)]


class WebhookIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000, description="Where events are posted to.")
    topics: list[Topic] = Field(["*"], min_length=1, max_length=20, description="`item.created`, `item.*`, or `*`.")


class WebhookOut(BaseModel):
    id: UUID
    url: str
    topics: list[str]
    previous_until: datetime | None = Field(description="Until when messages are signed with the secret before, too.")
    created_at: datetime


class WebhookWithSecret(WebhookOut):
    secret: str = Field(description="What messages are signed with. It is shown only here.")


class DeliveryOut(BaseModel):
    id: int = Field(description="The event's.")
    topic: str
    key: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    outcome: str = Field(description="What the last attempt came to: a status, or why there was none.")
    happened_at: datetime
    ended_at: datetime | None
    next_attempt_at: datetime | None


class ReplayIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    event_id: Annotated[int, Field(ge=1, le=BIGGEST_ID)] | None = Field(None, description="None: all that are dead.")


class ReplayOut(BaseModel):
    replayed: int


async def _webhooks(request: Request) -> Webhooks:
    return Webhooks(request.app.state.name, request.app.state.settings)


WebhooksOf = Annotated[Webhooks, Depends(_webhooks)]


def webhook_routes(
    *, reading_owner: params.Depends, writing_owner: params.Depends, once: params.Depends, prefix: str = "/webhooks"
) -> APIRouter:
    """The first two are `Depends` that give the caller's key, on the connection of a read and of a write.

    `once` makes a POST repeatable. Apps take `webhook_router` of identity, which has all three.
    """
    routes = router(prefix=prefix, tags=["webhooks"])
    _add_endpoints(routes, reading_owner, writing_owner)
    _add_deliveries(routes, reading_owner, writing_owner, once)
    return routes


def _add_endpoints(routes: APIRouter, reading_owner: params.Depends, writing_owner: params.Depends) -> None:
    @routes.get("", response_model=list[WebhookOut], summary="Your webhooks")
    async def list_webhooks(hooks: WebhooksOf, reading: Reading, owner: Annotated[str, reading_owner]) -> Any:
        return await hooks.of_owner(reading, owner)

    @routes.post(
        "", status_code=201, response_model=WebhookWithSecret, summary="Have events posted to an address",
        description=f"The secret is shown in this answer alone. One owner has up to {MOST_ENDPOINTS} webhooks.",
    )  # fmt: skip
    async def add_webhook(
        body: WebhookIn, hooks: WebhooksOf, write: Writing, owner: Annotated[str, writing_owner], response: Response
    ) -> Any:
        response.headers["Cache-Control"] = "no-store"
        return await hooks.add(write, owner=owner, url=body.url, topics=body.topics)

    @routes.delete("/{webhook_id}", status_code=204, summary="Remove a webhook")
    async def remove_webhook(
        webhook_id: UUID, hooks: WebhooksOf, write: Writing, owner: Annotated[str, writing_owner]
    ) -> None:
        await hooks.remove(write, webhook_id, owner=owner)

    @routes.post("/{webhook_id}/rotate", response_model=WebhookWithSecret, summary="Get a new secret for a webhook")
    async def rotate_secret(
        webhook_id: UUID, hooks: WebhooksOf, write: Writing, owner: Annotated[str, writing_owner], response: Response
    ) -> Any:
        response.headers["Cache-Control"] = "no-store"
        return await hooks.rotate_secret(write, webhook_id, owner=owner)


def _add_deliveries(
    routes: APIRouter, reading_owner: params.Depends, writing_owner: params.Depends, once: params.Depends
) -> None:  # fmt: skip
    @routes.get("/{webhook_id}/deliveries", response_model=list[DeliveryOut], summary="What was sent, the newest first")
    async def list_deliveries(
        webhook_id: UUID, hooks: WebhooksOf, reading: Reading, owner: Annotated[str, reading_owner], part: Slice,
        response: Response,
    ) -> Any:  # fmt: skip
        before = part.after or BIGGEST_ID
        rows = await hooks.deliveries(reading, webhook_id, owner=owner, limit=part.limit, before=before)
        part.link(rows, response)
        return rows

    @routes.post(
        "/{webhook_id}/replay", response_model=ReplayOut, summary="Send what is dead, or one event, again",
        dependencies=[once],
    )  # fmt: skip
    async def replay(
        webhook_id: UUID, body: ReplayIn, hooks: WebhooksOf, write: Writing, owner: Annotated[str, writing_owner]
    ) -> Any:
        return {"replayed": await hooks.replay(write, webhook_id, owner=owner, event_id=body.event_id)}
