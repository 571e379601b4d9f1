"""The write side of lifecycles."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select

from portico.apps.releases.lifecycles.models import Lifecycle, Phase, PhaseEnvironment
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class LifecycleRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, lifecycle_id: int) -> Lifecycle | None:
        """The lifecycle, locked against other writers until the end of the transaction."""
        query = select(Lifecycle).where(Lifecycle.id == lifecycle_id).with_for_update(key_share=True)
        found: Lifecycle | None = await self._write.session.scalar(query)
        return found

    async def save(self, lifecycle: Lifecycle) -> bool:
        """Write the lifecycle; False where another one has its name."""
        return await rows.save(self._write, lifecycle) is None

    async def replace_phases(self, lifecycle_id: int, phases: Iterable[Mapping[str, Any]]) -> None:
        """Each phase is a mapping of its columns and `environment_ids`. They take the order in which they stand."""
        session = self._write.session
        await session.execute(delete(Phase).where(Phase.lifecycle_id == lifecycle_id))
        made = [
            (Phase(lifecycle_id=lifecycle_id, position=position, **_columns(phase)), phase["environment_ids"])
            for position, phase in enumerate(phases, start=1)
        ]
        session.add_all([phase for phase, _ in made])
        await session.flush()
        links = [{"phase_id": phase.id, "environment_id": one} for phase, those in made for one in those]
        await session.execute(insert(PhaseEnvironment), links)

    async def remove(self, lifecycle: Lifecycle) -> str | None:
        """Remove the lifecycle; where others refer to it, answer what they are."""
        return await rows.remove(self._write, lifecycle)


def _columns(phase: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in phase.items() if name != "environment_ids"}
