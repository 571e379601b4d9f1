"""The subscription `itemChanges`: it follows the outbox, as streams and WebSockets do."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry
from starlette.websockets import WebSocket
from strawberry import ID, Info

from portico.apps.items.graphql.context import Context
from portico.apps.items.permissions import Access
from portico.identity.public import Caller, audience
from portico.kernel.error_handlers import ErrorAnswers
from portico.kernel.errors import InvalidInput, Unavailable
from portico.kernel.event_stream import hub_of, position_of
from portico.kernel.events import Hub, Watcher
from portico.kernel.outbox import Event
from portico.kernel.paging import seal


@strawberry.enum
class Change(Enum):
    CREATED = "item.created"
    UPDATED = "item.updated"
    DELETED = "item.deleted"


TOPICS = frozenset(change.value for change in Change)


@strawberry.type
class ItemEvent:
    cursor: str = strawberry.field(description="For `since`: the events after this one.")
    change: Change
    at: datetime
    id: ID
    name: str
    description: str | None
    price: float
    quantity: int
    version: int

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(
            cursor=seal(*event.position), change=Change(event.topic), at=event.created_at, **event.payload
        )  # fmt: skip


class LiveContext(Context):
    """That of a WebSocket: it holds no connection to the database while it waits."""

    def __init__(self, access: Access, socket: WebSocket, watcher: Watcher) -> None:
        answers: ErrorAnswers = socket.app.state.answer_error
        super().__init__(access, socket.app.state.database.connection, lambda error: answers.problem(socket, error))
        self._hub: Hub = hub_of(socket.app)
        self._watcher = watcher

    async def changes(self, since: str | None) -> AsyncIterator[Event]:
        """What happens to items that the caller may hear of. Raises where it cannot go on."""
        subscription = await self._hub.join(self._watcher, _sees, position_of(since))
        ended = asyncio.ensure_future(subscription.ended.wait())
        events = subscription.events()
        following: asyncio.Future[Any] = ended
        try:
            if subscription.is_reset:
                raise InvalidInput(details={"since": "is not kept any more: load the items anew"})
            while True:
                following = asyncio.ensure_future(anext(events))
                await asyncio.wait([following, ended], return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    raise Unavailable(f"The subscription has ended: {subscription.why}.")
                if (event := following.result()) is not None:
                    yield event
        finally:
            self._hub.leave(subscription)
            following.cancel()
            ended.cancel()


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def item_changes(
        self, info: Info[LiveContext, None], since: str | None = None
    ) -> AsyncGenerator[ItemEvent, None]:
        async for event in info.context.changes(since):
            yield ItemEvent.of(event)


def _sees(caller: Caller, event: Event) -> bool:
    return event.topic in TOPICS and audience.hears(caller, event)
