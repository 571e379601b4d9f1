"""The rules of addresses: each is its user's own."""

from collections.abc import Sequence
from typing import Any

from portico.apps.store.addresses.models import Address
from portico.apps.store.addresses.repository import AddressRepository
from portico.apps.store.permissions import CallerGone
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.transaction import Transaction

AddressRows = Sequence[dict[str, Any]]
"""Addresses as values by column."""

MOST_ADDRESSES = 20


class AddressNotFound(NotFound):
    message = "Address not found"

    def __init__(self, address_id: int) -> None:
        super().__init__(details={"id": str(address_id)})


class TooManyAddresses(Conflict):
    message = f"A user has at most {MOST_ADDRESSES} addresses"


class AddressService:
    def __init__(self, transaction: Transaction) -> None:
        self._addresses = AddressRepository(transaction)

    async def create(self, user_id: int, **values: Any) -> int:
        """Add an address to the user and answer its id. Raises `TooManyAddresses`, `CallerGone`."""
        await self._edit_user(user_id)
        if await self._addresses.count(user_id) >= MOST_ADDRESSES:
            raise TooManyAddresses
        address = Address(user_id=user_id, **values)
        await self._addresses.add(address)
        return address.id

    async def change(self, user_id: int, address_id: int, **values: Any) -> None:
        """Set these of an address's values. Raises `AddressNotFound`, `CallerGone`."""
        address = await self._own(user_id, address_id)
        for name, value in values.items():
            setattr(address, name, value)

    async def delete(self, user_id: int, address_id: int) -> None:
        """Raises `AddressNotFound`, `CallerGone`."""
        await self._addresses.delete(await self._own(user_id, address_id))

    async def replace_all(self, user_id: int, rows: AddressRows) -> None:
        await self._addresses.replace_all(user_id, rows)

    async def _edit_user(self, user_id: int) -> None:
        if not await self._addresses.edit_user(user_id):
            raise CallerGone

    async def _own(self, user_id: int, address_id: int) -> Address:
        await self._edit_user(user_id)
        address = await self._addresses.lock(user_id, address_id)
        if address is None:
            raise AddressNotFound(address_id)
        return address
