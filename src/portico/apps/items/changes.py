"""What is told of items when they change, and who hears it: streams, WebSockets and webhooks follow the outbox."""

from typing import Any, Literal

from portico.apps.items.models import Item
from portico.apps.items.permissions import ADMIN, Mode
from portico.identity.public import audience
from portico.kernel import outbox
from portico.kernel.transaction import Transaction

Topic = Literal["item.created", "item.updated", "item.deleted"]


async def tell(transaction: Transaction, mode: Mode, topic: Topic, item: Item) -> None:
    """Call after the item was locked or added: that keeps the events of one item in order."""
    await outbox.add(
        transaction, app="items", topic=topic, key=str(item.id), payload=_told(item),
        audience=audience_of(mode, item.owner_id),
    )  # fmt: skip


async def tell_of_import(transaction: Transaction, mode: Mode, job_id: int, owner_id: int, *, added: int) -> None:
    """One event for many new items: whoever shows a list loads it again."""
    await outbox.add(
        transaction, app="items", topic="items.imported", key=f"job:{job_id}",
        payload={"job_id": job_id, "added": added}, audience=audience_of(mode, owner_id),
    )  # fmt: skip


def audience_of(mode: Mode, owner_id: int | None) -> list[str]:
    """In the sandbox everybody who has signed in; in private mode the owner, and administrators."""
    words = [audience.role(ADMIN)]
    if owner_id is not None:
        words.append(audience.user(owner_id))
    if mode is Mode.SANDBOX:
        words.append(audience.EVERYBODY)
    return words


def _told(item: Item) -> dict[str, Any]:
    """Without the columns that the database fills: they would have to be read again. The event has its own time."""
    return {
        "id": item.id, "name": item.name, "description": item.description, "price": float(item.price),
        "quantity": item.quantity, "version": item.version,
    }  # fmt: skip
