"""The rules of items."""

from collections.abc import Iterable, Mapping
from typing import Any

from portico.apps.items import notify
from portico.apps.items.changes import tell
from portico.apps.items.models import Item
from portico.apps.items.permissions import Access, Action, Mode
from portico.apps.items.repository import ItemRepository
from portico.kernel import event_log
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.files import remove_files
from portico.kernel.transaction import Transaction

MOST_OF_ONE = 2**31
WAREHOUSE = event_log.Actor(name="warehouse")


class ItemNotFound(NotFound):
    def __init__(self, item_id: int) -> None:
        super().__init__(f"Item with ID {item_id} not found")


def object_of(item_id: int) -> str:
    """What an item is called where something belongs to it: its files, its lines in the log."""
    return f"item:{item_id}"


class ItemService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._transaction = transaction
        self._items = ItemRepository(transaction)
        self._access = access

    async def create(self, **values: Any) -> int:
        """Add an item of the caller's and answer its id."""
        self._access.require(Action.ADD_ITEMS)
        item = Item(owner_id=self._access.user_id, **values)
        await self._items.add(item)
        await tell(self._transaction, self._access.mode, "item.created", item)
        await self._log("item.created", item.id, values)
        return item.id

    async def change(self, item_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of an item's values. Raises `ItemNotFound`, `Forbidden`, `PreconditionFailed`."""
        item = await self._editable(item_id, match)
        if values:
            before = {name: getattr(item, name) for name in values}
            item.change(**values)
            await tell(self._transaction, self._access.mode, "item.updated", item)
            await notify.item_changed(self._transaction, item, before, by=self._access.user_id)
            await self._log("item.changed", item_id, {name: [before[name], values[name]] for name in values})

    async def delete(self, item_id: int, match: IfMatch) -> None:
        """Raises `ItemNotFound`, `Forbidden`, `PreconditionFailed`."""
        item = await self._editable(item_id, match)
        await self._items.delete(item)
        await tell(self._transaction, self._access.mode, "item.deleted", item)
        await notify.item_deleted(self._transaction, item, by=self._access.user_id)
        await self._log("item.deleted", item_id, {"name": item.name})
        await remove_files(self._transaction, app="items", owner=object_of(item_id))

    async def require_editable(self, item_id: int) -> None:
        """Lock an item that the caller may edit. Raises `ItemNotFound`, `Unauthorized`, `Forbidden`."""
        await self._editable(item_id, IfMatch(None))

    async def _log(self, action: str, item_id: int, details: dict[str, Any]) -> None:
        await event_log.add(
            self._transaction, app="items", actor=self._access.actor, action=action, object=object_of(item_id),
            details=details,
        )  # fmt: skip

    async def _editable(self, item_id: int, match: IfMatch) -> Item:
        self._access.require(Action.ADD_ITEMS)  # who may not write at all learns nothing of what is there
        item = await self._items.lock(item_id)
        if item is None:
            raise ItemNotFound(item_id)
        is_own = item.owner_id is not None and item.owner_id == self._access.user_id
        if not is_own:
            self._access.require(Action.WRITE_ITEMS)
        match.check(item.version)
        return item


async def add_for(transaction: Transaction, owner_id: int | None, items: Iterable[Mapping[str, Any]]) -> None:
    """Add many items for somebody who was allowed to when this was queued."""
    await ItemRepository(transaction).add_many(owner_id, items)


async def move_stock(transaction: Transaction, mode: Mode, item_id: int, change: int) -> None:
    """So many came in, or went out, as the warehouse says. Raises `ItemNotFound`, `Conflict`."""
    item = await ItemRepository(transaction).lock(item_id)
    if item is None:
        raise ItemNotFound(item_id)
    before, after = item.quantity, item.quantity + change
    if not 0 <= after < MOST_OF_ONE:
        raise Conflict(f"There are {before} of item {item_id}: {change:+} cannot be.")
    item.change(quantity=after)
    await tell(transaction, mode, "item.updated", item)
    # Owners know that stock moves. They are told when it is gone.
    await notify.stock_moved(transaction, item, before=before)
    await event_log.add(
        transaction, app="items", actor=WAREHOUSE, action="item.changed", object=object_of(item_id),
        details={"quantity": [before, after]},
    )  # fmt: skip
