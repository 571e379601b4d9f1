"""The write side of clients."""

from sqlalchemy import select

from portico.apps.audit.clients.models import Client
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class ClientRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, client_id: int) -> Client | None:
        """The client, locked against other writers until the end of the transaction."""
        query = select(Client).where(Client.id == client_id).with_for_update(key_share=True)
        found: Client | None = await self._write.session.scalar(query)
        return found

    async def keep(self, client_id: int) -> str | None:
        """The currency of a client, who then stays until the end of the transaction; None where there is none."""
        query = select(Client.currency).where(Client.id == client_id).with_for_update(read=True, key_share=True)
        found: str | None = await self._write.session.scalar(query)
        return found

    async def save(self, client: Client) -> bool:
        """Write the client; False where another one has the name."""
        return await rows.save(self._write, client) is None

    async def remove(self, client: Client) -> str | None:
        """Remove the client; where others refer to it, answer what they are."""
        return await rows.remove(self._write, client)
