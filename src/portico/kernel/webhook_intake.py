"""Webhooks in: checked, then taken once, in whatever order they come.

DEPLOYMENTS = github(secret)

@hooks.post("/hooks/github", ..., openapi_extra=DESCRIBED)
@takes(MOST_BYTES)
async def github_hook(request: Request, write: Writing) -> Any:
    delivery = await DEPLOYMENTS.take(request, write)
    if delivery is not None:
        await service.note(delivery.event, delivery.payload)
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request

from portico.kernel.errors import InvalidInput
from portico.kernel.routes import MIB
from portico.kernel.transaction import Transaction
from portico.kernel.webhook_signing import verify_github, verify_standard

MOST_BYTES = 25 * MIB
LONGEST_ID = 200
DESCRIBED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}
"""For a route's `openapi_extra`: its handler reads the raw body, over which the signature is."""


@dataclass(frozen=True)
class Delivery:
    """What came in, and was not taken before."""

    id: str
    event: str
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A sender of webhooks: how its signature is checked, and how it says what happened."""

    name: str
    verify: Callable[[Mapping[str, str], bytes, datetime], str]
    """From the headers, the raw body and the time to the delivery's id. Raises `BadSignature`."""
    event: Callable[[Mapping[str, str], dict[str, Any]], str]

    async def take(self, request: Request, write: Transaction) -> Delivery | None:
        """The delivery; None where it was taken before. Raises `BadSignature`, `InvalidInput`, `PayloadTooLarge`.

        The note that it was taken is written in the caller's transaction: where the work fails, it may come again.
        """
        delivery_id = self.verify(request.headers, await request.body(), request.app.state.clock())
        if len(delivery_id) > LONGEST_ID:
            raise InvalidInput("The delivery's id is too long.")
        payload = await _object_of(request)
        app: str = request.app.state.name
        if not await first_time(write, app=app, source=self.name, delivery_id=delivery_id):
            return None
        return Delivery(delivery_id, self.event(request.headers, payload), payload)


def github(*secrets: bytes) -> Source:
    """GitHub's; `event` is that of `X-GitHub-Event`, with the payload's action: `release.published`."""
    return Source(
        name="github", verify=lambda headers, body, _: verify_github(secrets, headers, body), event=_of_github
    )


def standard(*secrets: bytes, name: str = "standard") -> Source:
    """Anybody's who follows Standard Webhooks; `event` is the payload's `type`. `name` tells senders apart."""
    return Source(
        name=name,
        verify=lambda headers, body, now: verify_standard(secrets, headers, body, now),
        event=lambda _, payload: str(payload.get("type", "")),
    )


async def first_time(write: Transaction, *, app: str, source: str, delivery_id: str) -> bool:
    """Whether this delivery has not been taken before. Two at the same moment: the second one waits for the first."""
    connection = await write.connection()
    noted = await connection.execute(
        "INSERT INTO portico.webhook_receipts (app, source, delivery_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [app, source, delivery_id],
    )
    return noted.rowcount == 1


def _of_github(headers: Mapping[str, str], payload: dict[str, Any]) -> str:
    action = payload.get("action")
    return headers.get("x-github-event", "") + (f".{action}" if isinstance(action, str) else "")


async def _object_of(request: Request) -> dict[str, Any]:
    try:
        payload = await request.json()
    except json.JSONDecodeError as error:
        raise InvalidInput("Malformed JSON", details={"body": error.msg}) from None
    if not isinstance(payload, dict):
        raise InvalidInput(details={"body": "must be an object"})
    return payload
