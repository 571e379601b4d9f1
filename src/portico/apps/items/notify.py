"""What users are told of their items, and where they read it. Called by services, in the transaction of the change."""

from collections.abc import Mapping
from typing import Any

from portico.apps.items.models import Item
from portico.apps.items.users.reads import address
from portico.identity.public import notification_router
from portico.kernel.notification_mail import mail_job
from portico.kernel.notifications import tell
from portico.kernel.transaction import Transaction

APP = "items"

notifications = notification_router("/api/v1/notifications")
MAIL_NOTIFICATION = mail_job(address)


async def item_changed(write: Transaction, item: Item, before: Mapping[str, Any], *, by: int | None) -> None:
    """Tell the owner what somebody else has changed; and that none is left, whoever took the last."""
    changes = {name: [was, getattr(item, name)] for name, was in before.items() if was != getattr(item, name)}
    if changes and item.owner_id != by:
        lines = [f"{name}: {was} is now {now}" for name, (was, now) in changes.items()]
        await _tell(write, item, "item.changed", f"{item.name} was changed", "\n".join(lines), changes)
    await stock_moved(write, item, before=before.get("quantity", 0))


async def stock_moved(write: Transaction, item: Item, *, before: int) -> None:
    """Tell the owner that none is left, whoever took the last."""
    if item.quantity == 0 < before:
        await _tell(write, item, "item.out_of_stock", f"{item.name} is out of stock", "None is left.", {})


async def item_deleted(write: Transaction, item: Item, *, by: int | None) -> None:
    if item.owner_id != by:
        await _tell(write, item, "item.deleted", f"{item.name} was removed", "Somebody else has removed it.", {})


async def import_ended(write: Transaction, user_id: int, *, job_id: int, added: int, refused: int) -> None:
    """For the job that imports, in the transaction that ends it."""
    body = f"{added} items were added, {refused} rows were refused."
    data = {"job_id": job_id, "added": added, "refused": refused}
    await tell(
        write, app=APP, user=str(user_id), topic="import.ended", title="Your import has ended", body=body, data=data
    )


async def _tell(write: Transaction, item: Item, topic: str, title: str, body: str, changes: Mapping[str, Any]) -> None:
    if item.owner_id is not None:
        data = {"item_id": item.id, "name": item.name, **({"changes": changes} if changes else {})}
        await tell(write, app=APP, user=str(item.owner_id), topic=topic, title=title, body=body, data=data)
