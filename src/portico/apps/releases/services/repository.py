"""The write side of services and their channels."""

from sqlalchemy import select

from portico.apps.releases.services.models import Channel, Service
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class ServiceRepository:
    """A service is locked before its channels change: they have an order together."""

    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, service_id: int) -> Service | None:
        """The service, locked against other writers until the end of the transaction."""
        query = select(Service).where(Service.id == service_id).with_for_update(key_share=True)
        found: Service | None = await self._write.session.scalar(query)
        return found

    async def channels(self, service_id: int) -> list[Channel]:
        """Its channels in their order."""
        query = select(Channel).where(Channel.service_id == service_id).order_by(Channel.position)
        return list(await self._write.session.scalars(query))

    async def save(self, row: Service | Channel) -> str | None:
        """Write a service or a channel; where that breaks a constraint, answer its name."""
        return await rows.save(self._write, row)

    async def remove(self, row: Service | Channel) -> str | None:
        """Remove a service or a channel; where others refer to it, answer what they are."""
        return await rows.remove(self._write, row)
