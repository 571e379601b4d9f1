"""The routes of the caller's own addresses."""

from typing import Any

from portico.apps.store.addresses import reads
from portico.apps.store.addresses.schemas import AddressIn, AddressOut
from portico.apps.store.addresses.service import AddressNotFound, AddressService
from portico.identity.public import Once, Reader, Writer
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

addresses = router(prefix="/api/users/me/addresses", tags=["users"])


@addresses.get("", response_model=list[AddressOut], summary="The caller's addresses")
async def list_addresses(caller: Reader, reading: Reading) -> Any:
    return await reads.addresses(reading, caller.user_id)


@addresses.post("", status_code=201, response_model=AddressOut, summary="Add an address", dependencies=[Once])
async def create_address(body: AddressIn, caller: Writer, write: Writing) -> Any:
    address_id = await AddressService(write).create(caller.user_id, **body.columns())
    return await _shown(await write.connection(), caller.user_id, address_id)


@addresses.get("/{address_id}", response_model=AddressOut, summary="One of the caller's addresses")
async def get_address(address_id: Id, caller: Reader, reading: Reading) -> Any:
    return await _shown(reading, caller.user_id, address_id)


@addresses.put("/{address_id}", response_model=AddressOut, summary="Replace an address")
async def replace_address(address_id: Id, body: AddressIn, caller: Writer, write: Writing) -> Any:
    await AddressService(write).change(caller.user_id, address_id, **body.columns())
    return await _shown(await write.connection(), caller.user_id, address_id)


@addresses.patch("/{address_id}", response_model=AddressOut, summary="Change some of an address")
async def change_address(address_id: Id, body: AddressIn, caller: Writer, write: Writing) -> Any:
    await AddressService(write).change(caller.user_id, address_id, **body.columns(only_set=True))
    return await _shown(await write.connection(), caller.user_id, address_id)


@addresses.delete("/{address_id}", status_code=204, summary="Remove an address")
async def delete_address(address_id: Id, caller: Writer, write: Writing) -> None:
    await AddressService(write).delete(caller.user_id, address_id)


async def _shown(connection: Connection, user_id: int, address_id: int) -> Any:
    return existing(await reads.address(connection, user_id, address_id), AddressNotFound(address_id))
