"""The write side of a sync."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from portico.apps.factory.sync.statements import Noun, Parent
from portico.kernel.database import fetch_all
from portico.kernel.transaction import Transaction

ONE_AT_A_TIME = (
    "SELECT pg_advisory_xact_lock(hashtext('factory sync ' || %(table)s), hashtext(current_setting('app.tenant')))"
)


class SyncRepository:
    def __init__(self, write: Transaction, noun: Noun) -> None:
        self._write = write
        self._noun = noun

    async def wait_for_others(self) -> None:
        """One sync of a kind at a time in a company: two that bring the same new codes wait for nobody in a circle."""
        await (await self._write.connection()).execute(ONE_AT_A_TIME, {"table": self._noun.table})

    async def keep(self, parent: Parent, codes: Collection[str]) -> dict[str, datetime | None]:
        """Those of the parents that there are, with when they were deleted; they stay as they are until the end."""
        found = await fetch_all(await self._write.connection(), parent.lock, {"codes": sorted(codes)})
        return {row["code"]: row["deleted_at"] for row in found}

    async def lock(self, codes: Collection[str]) -> int:
        """How many of these are there already; they are locked."""
        return len(await fetch_all(await self._write.connection(), self._noun.lock, {"codes": sorted(codes)}))

    async def kept(self, entries: list[dict[str, Any]]) -> list[str]:
        """What stays although something else was sent."""
        if not self._noun.kept:
            return []
        found = await fetch_all(await self._write.connection(), self._noun.kept, {"entries": Jsonb(entries)})
        return [row["code"] for row in found]

    async def upsert(self, entries: list[dict[str, Any]]) -> None:
        await (await self._write.connection()).execute(self._noun.upsert, {"entries": Jsonb(entries)}, prepare=True)
