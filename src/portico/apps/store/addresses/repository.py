"""The write side of addresses."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, select

from portico.apps.store.addresses.models import Address
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction


class AddressRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, user_id: int, address_id: int) -> Address | None:
        query = select(Address).where(Address.id == address_id, Address.user_id == user_id).with_for_update()
        found: Address | None = await self._transaction.session.scalar(query)
        return found

    async def edit_user(self, user_id: int) -> bool:
        """Raise the user's version: addresses are part of the user. Answers whether there still is such a user.

        It locks the user's row, so that nobody else changes the addresses before the end of the transaction.
        """
        connection = await self._transaction.connection()
        sql = "UPDATE store.users SET version = version + 1 WHERE id = %(id)s RETURNING id"
        return await fetch_one(connection, sql, {"id": user_id}) is not None

    async def count(self, user_id: int) -> int:
        return await self._transaction.session.scalar(select(func.count()).where(Address.user_id == user_id)) or 0

    async def add(self, address: Address) -> None:
        self._transaction.session.add(address)
        await self._transaction.session.flush()

    async def delete(self, address: Address) -> None:
        await self._transaction.session.delete(address)

    async def replace_all(self, user_id: int, rows: Iterable[dict[str, Any]]) -> None:
        await self._transaction.session.execute(delete(Address).where(Address.user_id == user_id))
        self._transaction.session.add_all([Address(user_id=user_id, **row) for row in rows])
