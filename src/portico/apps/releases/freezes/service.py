"""The rules of freezes. Whoever changes one keeps everything from starting until that is committed."""

from datetime import datetime
from typing import Any

from portico.apps.releases import audit, events, policy
from portico.apps.releases.freezes.models import Freeze, FreezeOverride
from portico.apps.releases.freezes.reads import schedule_of
from portico.apps.releases.freezes.repository import FreezeRepository
from portico.apps.releases.freezes.schedule import flaws
from portico.apps.releases.permissions import Access, Action
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

WAITING = ("requested", "awaiting_approval", "scheduled", "queued")
"""The states of a deployment that a freeze can hold up: one that runs has started."""


class FreezeNotFound(NotFound):
    def __init__(self, freeze_id: int) -> None:
        super().__init__(f"There is no freeze {freeze_id}.")


class FreezeEnded(Conflict):
    message = "This freeze has ended: what it was is history."


class FreezeBegun(Conflict):
    message = "This freeze has begun, and stays in the history: end it instead."


class NotHeldUp(Conflict):
    """An override is for a deployment that this freeze keeps from starting, and for nothing else."""


class FreezeService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._freezes = FreezeRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a freeze and answer its id. Raises `Forbidden`, `InvalidInput`."""
        self._access.require(Action.FREEZE)
        await policy.change(self._write)
        freeze = Freeze(created_by=self._access.user_id, created_at=self._now, **_in_full(values))
        await self._check(freeze)
        await self._freezes.add(freeze)
        await self._tell("freeze.created", freeze, values)
        return freeze.id

    async def change(self, freeze_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a freeze's values. Raises `FreezeNotFound`, `FreezeEnded`, `InvalidInput`."""
        freeze = await self._editable(freeze_id, match)
        if self._is_over(freeze):
            raise FreezeEnded
        if values:
            before = {name: getattr(freeze, name) for name in values}
            freeze.change(**values)
            await self._check(freeze)
            await self._tell("freeze.changed", freeze, {name: [before[name], values[name]] for name in values})

    async def delete(self, freeze_id: int, match: IfMatch) -> None:
        """Remove one that has not begun. Raises `FreezeNotFound`, `FreezeBegun`."""
        freeze = await self._editable(freeze_id, match)
        if freeze.starts_at <= self._now:
            raise FreezeBegun
        await self._freezes.delete(freeze)
        await self._tell("freeze.deleted", freeze, {"name": freeze.name})

    async def end(self, freeze_id: int) -> None:
        """End it now, and for good. Raises `FreezeNotFound`, `FreezeEnded`."""
        freeze = await self._editable(freeze_id, IfMatch(None))
        if self._is_over(freeze):
            raise FreezeEnded
        freeze.change(ended_at=self._now)
        await self._tell("freeze.ended", freeze, {})

    async def override(self, freeze_id: int, deployment_id: int, reason: str) -> int:
        """Let one deployment through, whenever it starts, and answer the override's id.

        Raises `FreezeNotFound`, `Forbidden`, `InvalidInput`, `NotHeldUp`, `Conflict`.
        """
        await policy.share(self._write)
        deployment = await self._freezes.lock_deployment(deployment_id)
        freeze = await self._freezes.lock(freeze_id)
        if freeze is None:
            raise FreezeNotFound(freeze_id)
        if not self._may_override(freeze):
            raise Forbidden
        if deployment is None:
            raise InvalidInput(details={"deployment_id": "is no deployment"})
        self._require_held_up(freeze, deployment)
        override = FreezeOverride(
            freeze_id=freeze_id, deployment_id=deployment_id, user_id=self._access.user_id, reason=reason,
            created_at=self._now,
        )  # fmt: skip
        if not await self._freezes.add_override(override):
            raise Conflict("Somebody has let this deployment through this freeze already.")
        names = {name: deployment[name] for name in ("service", "environment", "release")}
        details = {"deployment_id": deployment_id, **names, "reason": reason}
        await self._tell("freeze.overridden", freeze, details)
        return override.id

    def _may_override(self, freeze: Freeze) -> bool:
        is_member = self._access.is_person and freeze.override_group_id in self._access.groups
        return is_member or self._access.may(Action.OVERRIDE)

    def _require_held_up(self, freeze: Freeze, deployment: Row) -> None:
        if deployment["state"] not in WAITING:
            raise NotHeldUp(f"Nothing holds the deployment up: it is {deployment['state']}.")
        if not freeze.takes(deployment):
            raise NotHeldUp("This freeze is not for the deployment's service and environment.")
        # One that is scheduled into the freeze may be let through before that begins.
        times = {self._now, max(self._now, deployment["scheduled_at"] or self._now)}
        if not any(schedule_of(freeze).at(time) for time in times):
            raise NotHeldUp("This freeze does not hold at the time at which the deployment would start.")

    def _is_over(self, freeze: Freeze) -> bool:
        ends = [end for end in (freeze.ends_at, freeze.ended_at) if end is not None]
        return any(end <= self._now for end in ends)

    async def _editable(self, freeze_id: int, match: IfMatch) -> Freeze:
        self._access.require(Action.FREEZE)
        await policy.change(self._write)
        freeze = await self._freezes.lock(freeze_id)
        if freeze is None:
            raise FreezeNotFound(freeze_id)
        match.check(freeze.version)
        return freeze

    async def _check(self, freeze: Freeze) -> None:
        found = flaws(schedule_of(freeze))
        unknown = await self._freezes.unknown(freeze)
        found |= {name: f"not found: {', '.join(map(str, ids))}" for name, ids in unknown.items()}
        if found:
            raise InvalidInput(details=found)

    async def _tell(self, action: str, freeze: Freeze, details: dict[str, Any]) -> None:
        await audit.log(self._write, self._access, action, f"freeze:{freeze.id}", **details)
        payload = {
            "id": freeze.id, "name": freeze.name, "reason": freeze.reason, "starts_at": freeze.starts_at,
            "ends_at": freeze.ends_at, "recurrence": freeze.recurrence, "ended_at": freeze.ended_at,
        }  # fmt: skip
        await events.tell(
            self._write, action, key=f"freeze:{freeze.id}", payload={**payload, "details": details}, now=self._now
        )


def _in_full(values: dict[str, Any]) -> dict[str, Any]:
    """The columns that nobody has named are empty, before the database says so."""
    return {"ends_at": None, "recurrence": None, "duration_minutes": None, "ended_at": None} | values
