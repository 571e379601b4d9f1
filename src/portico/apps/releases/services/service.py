"""The rules of services and their channels."""

from typing import Any

from portico.apps.releases import audit, policy
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.services.models import Channel, Service
from portico.apps.releases.services.repository import ServiceRepository
from portico.kernel import rows
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

MOST_CHANNELS = 100
UNKNOWN = {
    "services_team_id_fkey": {"team_id": "there is no such team"},
    "services_lifecycle_id_fkey": {"lifecycle_id": "there is no such lifecycle"},
    "channels_lifecycle_id_fkey": {"lifecycle_id": "there is no such lifecycle"},
}
"""What is wrong with the input where a row breaks one of these constraints."""


class ServiceNotFound(NotFound):
    def __init__(self, service_id: int) -> None:
        super().__init__(f"There is no service {service_id}.")


class ChannelNotFound(NotFound):
    def __init__(self, channel_id: int) -> None:
        super().__init__(f"There is no channel {channel_id} of this service.")


class ServiceService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._services = ServiceRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a service and answer its id. Raises `NameTaken`, `InvalidInput`."""
        self._access.require(Action.MANAGE_SERVICES)
        service = Service(**values)
        await self._save(service, values["name"])
        await self._log("service.created", service.id, **values)
        return service.id

    async def change(self, service_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a service's values. Raises `ServiceNotFound`, `NameTaken`, `InvalidInput`."""
        service = await self._editable(service_id, match)
        if values:
            before = {name: getattr(service, name) for name in values}
            service.change(**values)
            await self._save(service, values.get("name", ""))
            changed = {name: [before[name], values[name]] for name in values if before[name] != values[name]}
            await self._log("service.changed", service_id, **changed)

    async def delete(self, service_id: int, match: IfMatch) -> None:
        """Remove a service that never had a release. Raises `ServiceNotFound`, `InUse`, `PreconditionFailed`."""
        service = await self._editable(service_id, match)
        if (by := await self._services.remove(service)) is not None:
            raise rows.InUse("service", by)
        await self._log("service.deleted", service_id)

    async def add_channel(self, service_id: int, *, position: int | None, **values: Any) -> int:
        """Add a channel at a place, or at the end, and answer its id. Raises `ServiceNotFound`, `InvalidInput`."""
        await self._editable(service_id, IfMatch(None))
        there = await self._services.channels(service_id)
        if len(there) == MOST_CHANNELS:
            raise InvalidInput(details={"name": f"a service has at most {MOST_CHANNELS} channels"})
        channel = Channel(service_id=service_id, position=len(there) + 1, **values)
        await self._save(channel, values["name"])
        if position is not None:
            _move(there, channel, position)
        await self._log("channel.created", service_id, channel=channel.id, position=channel.position, **values)
        return channel.id

    async def change_channel(
        self, service_id: int, channel_id: int, match: IfMatch, *, position: int | None = None, **values: Any
    ) -> None:
        """Set these of a channel's values, and move it. Raises `ServiceNotFound`, `ChannelNotFound`, `InvalidInput`."""
        channel, others = await self._channel(service_id, channel_id, match)
        channel.change(**values)
        await self._save(channel, values.get("name", ""))
        if position is not None:
            _move(others, channel, position)
        await self._log("channel.changed", service_id, channel=channel_id, position=channel.position, **values)

    async def delete_channel(self, service_id: int, channel_id: int, match: IfMatch) -> None:
        """Raises `ServiceNotFound`, `ChannelNotFound`, `PreconditionFailed`."""
        channel, others = await self._channel(service_id, channel_id, match)
        await self._services.remove(channel)
        _number(others)
        await self._log("channel.deleted", service_id, channel=channel_id)

    async def _channel(self, service_id: int, channel_id: int, match: IfMatch) -> tuple[Channel, list[Channel]]:
        """The channel, and the other ones of its service."""
        await self._editable(service_id, IfMatch(None))
        there = await self._services.channels(service_id)
        found = next((channel for channel in there if channel.id == channel_id), None)
        if found is None:
            raise ChannelNotFound(channel_id)
        match.check(found.version)
        return found, [channel for channel in there if channel is not found]

    async def _save(self, row: Service | Channel, name: str) -> None:
        broken = await self._services.save(row)
        if broken in UNKNOWN:
            raise InvalidInput(details=UNKNOWN[broken])
        if broken is not None:
            raise rows.NameTaken("service", name)

    async def _editable(self, service_id: int, match: IfMatch) -> Service:
        """Team and lifecycle decide what may start: nothing starts while they change."""
        self._access.require(Action.MANAGE_SERVICES)
        await policy.change(self._write)
        service = await self._services.lock(service_id)
        if service is None:
            raise ServiceNotFound(service_id)
        match.check(service.version)
        return service

    async def _log(self, action: str, service_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"service:{service_id}", **details)


def _move(others: list[Channel], channel: Channel, position: int) -> None:
    _number([*others[: position - 1], channel, *others[position - 1 :]])


def _number(channels: list[Channel]) -> None:
    for position, channel in enumerate(channels, start=1):
        if channel.position != position:
            channel.change(position=position)
