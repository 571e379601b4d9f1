"""The write side of environments."""

from collections.abc import Iterable

from sqlalchemy import select

from portico.apps.releases.environments.models import Environment
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class EnvironmentRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, environment_id: int) -> Environment | None:
        """The environment, locked against other writers until the end of the transaction."""
        query = select(Environment).where(Environment.id == environment_id).with_for_update(key_share=True)
        found: Environment | None = await self._write.session.scalar(query)
        return found

    async def keep(self, environment_ids: Iterable[int]) -> set[int]:
        """Those of the ids that there are; they stay until the end of the transaction."""
        query = select(Environment.id).where(Environment.id.in_(environment_ids)).order_by(Environment.id)
        return set(await self._write.session.scalars(query.with_for_update(read=True, key_share=True)))

    async def save(self, environment: Environment) -> bool:
        """Write the environment; False where another one has its name."""
        return await rows.save(self._write, environment) is None

    async def remove(self, environment: Environment) -> str | None:
        """Remove the environment; where others refer to it, answer what they are."""
        return await rows.remove(self._write, environment)
