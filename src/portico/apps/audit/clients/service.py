"""The rules of clients."""

from typing import Any

from portico.apps.audit.clients.models import Client
from portico.apps.audit.clients.repository import ClientRepository
from portico.apps.audit.log import log
from portico.apps.audit.permissions import Access, Action
from portico.kernel import rows
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class ClientNotFound(NotFound):
    def __init__(self, client_id: int) -> None:
        super().__init__(f"There is no client {client_id}.")


class ClientService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._clients = ClientRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a client and answer its id. Raises `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        client = Client(**values)
        await self._save(client, values["name"])
        await self._log("client.created", client.id, **values)
        return client.id

    async def change(self, client_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a client's values. Raises `ClientNotFound`, `NameTaken`, `PreconditionFailed`."""
        client = await self._editable(client_id, match)
        if values:
            client.change(**values)
            await self._save(client, values.get("name", client.name))
            await self._log("client.changed", client_id, **values)

    async def delete(self, client_id: int, match: IfMatch) -> None:
        """Remove a client on whom nothing rests. Raises `ClientNotFound`, `InUse`, `PreconditionFailed`."""
        client = await self._editable(client_id, match)
        name = client.name
        if (by := await self._clients.remove(client)) is not None:
            raise rows.InUse("client", by)
        await self._log("client.deleted", client_id, name=name)

    async def keep(self, client_id: int) -> str:
        """The currency of a client, who stays until the end of the transaction. Raises `ClientNotFound`."""
        currency = await self._clients.keep(client_id)
        if currency is None:
            raise ClientNotFound(client_id)
        return currency

    async def _save(self, client: Client, name: str) -> None:
        if not await self._clients.save(client):
            raise rows.NameTaken("client", name)

    async def _editable(self, client_id: int, match: IfMatch) -> Client:
        self._access.require(Action.CONFIGURE)
        client = await self._clients.lock(client_id)
        if client is None:
            raise ClientNotFound(client_id)
        match.check(client.version)
        return client

    async def _log(self, action: str, client_id: int, **details: Any) -> None:
        await log(self._write, self._access, action, f"client:{client_id}", **details)
