"""The write side of freezes."""

from typing import Any

from sqlalchemy import select

from portico.apps.releases.freezes.models import Freeze, FreezeOverride
from portico.kernel import rows
from portico.kernel.database import Row, fetch_one
from portico.kernel.transaction import Transaction

UNKNOWN = """
    SELECT ARRAY(SELECT unnest(%(environment_ids)s::bigint[]) EXCEPT SELECT id FROM releases.environments)
               AS environment_ids,
           ARRAY(SELECT unnest(%(team_ids)s::bigint[]) EXCEPT SELECT id FROM releases.teams) AS team_ids,
           ARRAY(SELECT unnest(%(service_ids)s::bigint[]) EXCEPT SELECT id FROM releases.services) AS service_ids,
           ARRAY(SELECT %(override_group_id)s::bigint WHERE %(override_group_id)s::bigint IS NOT NULL
                 EXCEPT SELECT id FROM releases.groups) AS override_group_id"""
DEPLOYMENT = """
    SELECT d.id, d.state, d.scheduled_at, d.requester_id, d.service_id, d.environment_id, s.team_id,
           e.type AS environment_type, s.name AS service, e.name AS environment, r.semver AS release
    FROM releases.deployments AS d JOIN releases.services AS s ON s.id = d.service_id
    JOIN releases.environments AS e ON e.id = d.environment_id JOIN releases.releases AS r ON r.id = d.release_id
    WHERE d.id = %(id)s FOR NO KEY UPDATE OF d"""


class FreezeRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, freeze_id: int) -> Freeze | None:
        """The freeze, locked against other writers until the end of the transaction."""
        query = select(Freeze).where(Freeze.id == freeze_id).with_for_update(key_share=True)
        found: Freeze | None = await self._write.session.scalar(query)
        return found

    async def lock_deployment(self, deployment_id: int) -> Row | None:
        """What an override has to know of the deployment, which goes nowhere until the end of the transaction."""
        return await fetch_one(await self._write.connection(), DEPLOYMENT, {"id": deployment_id})

    async def unknown(self, freeze: Freeze) -> dict[str, list[int]]:
        """The ids in its scope that are nobody's, by their fields."""
        names = ("environment_ids", "team_ids", "service_ids", "override_group_id")
        params: dict[str, Any] = {name: getattr(freeze, name) for name in names}
        found = await fetch_one(await self._write.connection(), UNKNOWN, params)
        return {name: ids for name, ids in (found or {}).items() if ids}

    async def add(self, freeze: Freeze) -> None:
        self._write.session.add(freeze)
        await self._write.session.flush()

    async def add_override(self, override: FreezeOverride) -> bool:
        """False where this deployment was let through this freeze before."""
        return await rows.save(self._write, override) is None

    async def delete(self, freeze: Freeze) -> None:
        await self._write.session.delete(freeze)
