"""The rules of defects. The release is locked first, as it is by what starts it.

So a defect holds for every start after the answer, and who resolves the last critical one knows that it is the last.
"""

from datetime import datetime
from typing import Any

from portico.apps.releases import audit, events, notices
from portico.apps.releases.defects import reads
from portico.apps.releases.defects.models import Defect
from portico.apps.releases.defects.repository import DefectRepository
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.releases.service import ReleaseService
from portico.apps.releases.services.reads import team_of
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.transaction import Transaction


class DefectNotFound(NotFound):
    def __init__(self, defect_id: int) -> None:
        super().__init__(f"There is no defect {defect_id}.")


class DefectResolved(Conflict):
    message = "Somebody has resolved this defect already."


class DefectService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._defects = DefectRepository(write)
        self._releases = ReleaseService(write, access)

    async def report(self, release_id: int, *, title: str, severity: str, **values: Any) -> int:
        """Add a defect and answer its id. A critical one blocks a published release. Raises `ReleaseNotFound`."""
        self._access.require(Action.REPORT)
        release = await self._releases.locked(release_id)
        defect = Defect(
            release_id=release_id, title=title, severity=severity, reported_by=self._access.user_id,
            created_at=self._now, **values,
        )  # fmt: skip
        await self._defects.add(defect)
        await self._tell("defect.reported", defect, release.service_id)
        if severity == "critical" and release.state == "published":
            await self._releases.block(release, f"Defect {defect.id}: {title}")
        return defect.id

    async def resolve(self, defect_id: int, resolution: str) -> None:
        """The last critical one that goes unblocks its release. Raises `DefectNotFound`, `DefectResolved`."""
        release_id = await self._defects.release_of(defect_id)
        if release_id is None:
            raise DefectNotFound(defect_id)
        release = await self._releases.locked(release_id)
        defect = await self._defects.lock(defect_id)
        team_id = await team_of(await self._write.connection(), release.service_id)
        if defect is None or team_id is None:
            raise DefectNotFound(defect_id)
        self._access.require_for(Action.RESOLVE, team_id)
        if defect.resolved_at is not None:
            raise DefectResolved
        defect.change(resolved_at=self._now, resolved_by=self._access.user_id, resolution=resolution)
        await self._tell("defect.resolved", defect, release.service_id)
        if release.state == "blocked" and not await self._defects.has_critical(release_id):
            await self._releases.unblock(release)

    async def _tell(self, action: str, defect: Defect, service_id: int) -> None:
        key = f"defect:{defect.id}"
        shown = await reads.defect(await self._write.connection(), defect.id) or {}
        payload = {name: shown[name] for name in ("id", "release_id", "service", "release", "title", "severity")}
        await audit.log(self._write, self._access, action, key, **payload, resolution=defect.resolution)
        await events.tell(self._write, action, key=key, payload=payload, now=self._now)
        team_id = await team_of(await self._write.connection(), service_id)
        if team_id is not None and action == "defect.reported":
            title = f"{shown['service']} {shown['release']}: a {defect.severity} defect"
            await notices.tell_team(
                self._write, self._access, team_id, topic=action, title=title, body=defect.title, data=payload
            )
