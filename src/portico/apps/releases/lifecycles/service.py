"""The rules of lifecycles. They decide what may start where: nothing starts while one changes."""

from collections.abc import Sequence
from typing import Any

from portico.apps.releases import audit, policy
from portico.apps.releases.environments.service import keep as keep_environments
from portico.apps.releases.lifecycles.models import Lifecycle
from portico.apps.releases.lifecycles.repository import LifecycleRepository
from portico.apps.releases.permissions import Access, Action
from portico.kernel import rows
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

Phases = Sequence[dict[str, Any]]


class LifecycleNotFound(NotFound):
    def __init__(self, lifecycle_id: int) -> None:
        super().__init__(f"There is no lifecycle {lifecycle_id}.")


class LifecycleService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._lifecycles = LifecycleRepository(write)

    async def create(self, *, name: str, phases: Phases) -> int:
        """Add a lifecycle and answer its id. Raises `NameTaken`, `InvalidInput` for an unknown environment."""
        self._access.require(Action.CONFIGURE)
        lifecycle = Lifecycle(name=name)
        await self._save(lifecycle, name)
        await self._replace_phases(lifecycle.id, phases)
        await self._log("lifecycle.created", lifecycle.id, name=name, phases=phases)
        return lifecycle.id

    async def change(
        self, lifecycle_id: int, match: IfMatch, *, name: str | None = None, phases: Phases | None = None
    ) -> None:
        """Rename a lifecycle, or replace its phases. Raises `LifecycleNotFound`, and what `create` raises."""
        lifecycle = await self._editable(lifecycle_id, match)
        values = {} if name is None else {"name": name}
        if name is None and phases is None:
            return
        lifecycle.change(**values)
        await self._save(lifecycle, name or "")
        if phases is not None:
            await self._replace_phases(lifecycle_id, phases)
        await self._log("lifecycle.changed", lifecycle_id, **values, **({} if phases is None else {"phases": phases}))

    async def delete(self, lifecycle_id: int, match: IfMatch) -> None:
        """Remove a lifecycle. Raises `LifecycleNotFound`, `InUse`, `PreconditionFailed`."""
        lifecycle = await self._editable(lifecycle_id, match)
        if (by := await self._lifecycles.remove(lifecycle)) is not None:
            raise rows.InUse("lifecycle", by)
        await self._log("lifecycle.deleted", lifecycle_id)

    async def _replace_phases(self, lifecycle_id: int, phases: Phases) -> None:
        await keep_environments(self._write, {one for phase in phases for one in phase["environment_ids"]})
        await self._lifecycles.replace_phases(lifecycle_id, phases)

    async def _save(self, lifecycle: Lifecycle, name: str) -> None:
        if not await self._lifecycles.save(lifecycle):
            raise rows.NameTaken("lifecycle", name)

    async def _editable(self, lifecycle_id: int, match: IfMatch) -> Lifecycle:
        self._access.require(Action.CONFIGURE)
        await policy.change(self._write)
        lifecycle = await self._lifecycles.lock(lifecycle_id)
        if lifecycle is None:
            raise LifecycleNotFound(lifecycle_id)
        match.check(lifecycle.version)
        return lifecycle

    async def _log(self, action: str, lifecycle_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"lifecycle:{lifecycle_id}", **details)
