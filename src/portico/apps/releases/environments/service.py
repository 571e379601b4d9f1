"""The rules of environments. Each decides what may start there: nothing starts while one changes."""

from collections.abc import Collection
from typing import Any

from portico.apps.releases import audit, policy
from portico.apps.releases.environments.models import Environment
from portico.apps.releases.environments.repository import EnvironmentRepository
from portico.apps.releases.permissions import Access, Action
from portico.kernel import rows
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

PRODUCTION = "production"


class EnvironmentNotFound(NotFound):
    def __init__(self, environment_id: int) -> None:
        super().__init__(f"There is no environment {environment_id}.")


class EnvironmentService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._environments = EnvironmentRepository(write)

    async def create(self, *, is_protected: bool | None, **values: Any) -> int:
        """Add an environment and answer its id. Raises `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        protected = values["type"] == PRODUCTION if is_protected is None else is_protected
        environment = Environment(is_protected=protected, **values)
        await self._save(environment, values["name"])
        await self._log("environment.created", environment.id, **values, is_protected=protected)
        return environment.id

    async def change(self, environment_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of an environment's values. One that becomes production becomes protected.

        Raises `EnvironmentNotFound`, `NameTaken`, `InvalidInput`, `PreconditionFailed`.
        """
        environment = await self._editable(environment_id, match)
        if values.get("type", environment.type) == PRODUCTION:
            if values.get("is_protected") is False:
                raise InvalidInput(details={"is_protected": "production is always protected"})
            values = {**values, "is_protected": True} if values else {}
        before = {name: getattr(environment, name) for name in values}
        if values:
            environment.change(**values)
            await self._save(environment, values.get("name", before.get("name", "")))
            changed = {name: [before[name], values[name]] for name in values if before[name] != values[name]}
            await self._log("environment.changed", environment_id, **changed)

    async def delete(self, environment_id: int, match: IfMatch) -> None:
        """Remove an environment. Raises `EnvironmentNotFound`, `InUse`, `PreconditionFailed`."""
        environment = await self._editable(environment_id, match)
        if (by := await self._environments.remove(environment)) is not None:
            raise rows.InUse("environment", by)
        await self._log("environment.deleted", environment_id)

    async def _save(self, environment: Environment, name: str) -> None:
        if not await self._environments.save(environment):
            raise rows.NameTaken("environment", name)

    async def _editable(self, environment_id: int, match: IfMatch) -> Environment:
        self._access.require(Action.CONFIGURE)
        await policy.change(self._write)
        environment = await self._environments.lock(environment_id)
        if environment is None:
            raise EnvironmentNotFound(environment_id)
        match.check(environment.version)
        return environment

    async def _log(self, action: str, environment_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"environment:{environment_id}", **details)


async def keep(write: Transaction, environment_ids: Collection[int]) -> None:
    """Have these environments stay until the end of the transaction. Raises `InvalidInput` where one is missing."""
    missing = sorted(set(environment_ids) - await EnvironmentRepository(write).keep(environment_ids))
    if missing:
        raise InvalidInput(details={"environment_ids": f"there is no environment {missing[0]}"})
