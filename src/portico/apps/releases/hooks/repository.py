"""The write side of deliveries."""

from datetime import datetime
from typing import Any

from portico.apps.releases.hooks.models import HookDelivery
from portico.kernel.transaction import Transaction


class DeliveryRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def in_turn(self, source: str, external: str) -> None:
        """Deliveries about one thing of the sender's wait for one another: they are sent in the same moment."""
        if not external:
            return
        connection = await self._write.connection()
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"releases hook {source} {external}"]
        )

    async def add(self, *, now: datetime, **values: Any) -> None:
        self._write.session.add(HookDelivery(created_at=now, **values))
        await self._write.session.flush()
