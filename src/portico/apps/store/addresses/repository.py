"""The write side of addresses."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, select

from portico.apps.store.addresses.models import Address
from portico.kernel.database import Session


class AddressRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, user_id: int, address_id: int) -> Address | None:
        query = select(Address).where(Address.id == address_id, Address.user_id == user_id).with_for_update()
        found: Address | None = await self._session.scalar(query)
        return found

    async def count(self, user_id: int) -> int:
        return await self._session.scalar(select(func.count()).where(Address.user_id == user_id)) or 0

    async def add(self, address: Address) -> None:
        self._session.add(address)
        await self._session.flush()

    async def delete(self, address: Address) -> None:
        await self._session.delete(address)

    async def replace_all(self, user_id: int, rows: Iterable[dict[str, Any]]) -> None:
        await self._session.execute(delete(Address).where(Address.user_id == user_id))
        self._session.add_all([Address(user_id=user_id, **row) for row in rows])
