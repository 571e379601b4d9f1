"""The write side of items."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from portico.apps.items.models import Item
from portico.kernel.transaction import Transaction

COPIED = ("name", "description", "price", "quantity")
COPY = f"COPY items.items (owner_id, {', '.join(COPIED)}) FROM STDIN"


class ItemRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, item_id: int) -> Item | None:
        """The item, locked against other writers until the end of the transaction."""
        query = select(Item).where(Item.id == item_id).with_for_update(key_share=True)
        found: Item | None = await self._transaction.session.scalar(query)
        return found

    async def add(self, item: Item) -> None:
        self._transaction.session.add(item)
        await self._transaction.session.flush()

    async def add_many(self, owner_id: int | None, items: Iterable[Mapping[str, Any]]) -> None:
        """Ten times as fast as one by one; their ids are not told."""
        connection = await self._transaction.connection()
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for item in items:
                await copy.write_row((owner_id, *(item[name] for name in COPIED)))

    async def delete(self, item: Item) -> None:
        await self._transaction.session.delete(item)
