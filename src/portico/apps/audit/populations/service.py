"""The rules of populations: a draft may be changed, a frozen one is what its hash says."""

from datetime import datetime
from typing import Any

from portico.apps.audit.engagements.standing import Standing, enter, look, next_number
from portico.apps.audit.ledgers.service import LedgerNotFound
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.populations import reads
from portico.apps.audit.populations.models import POPULATION_MACHINE, Population
from portico.apps.audit.populations.repository import PopulationRepository
from portico.apps.audit.possibilities import possibilities
from portico.kernel.database import Connection
from portico.kernel.errors import Conflict, InvalidInput, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

LARGEST = 1_000_000
"""Lines. The copy of as many, and the text that is hashed, fit into one request."""


class PopulationNotFound(NotFound):
    def __init__(self, population_id: int) -> None:
        super().__init__(f"There is no population {population_id}.")


class PopulationFrozen(Conflict):
    code = "POPULATION_FROZEN"
    message = "The population is frozen: what was drawn from it rests on what it is. Make another one."


class PopulationEmpty(Conflict):
    code = "POPULATION_EMPTY"
    message = "No line is in this population."


class PopulationTooLarge(Conflict):
    code = "POPULATION_TOO_LARGE"
    message = f"The population has more than {LARGEST:,} lines. Narrow its filter."


class TotalsDiffer(Conflict):
    code = "TOTALS_DIFFER"
    message = "The copy has other totals than the ledger. Nothing was frozen."


async def actions(connection: Connection, access: Access, population_id: int) -> list[Possibility]:
    """What the caller may do with it now, and why not the rest. Raises `PopulationNotFound`."""
    row = existing(await reads.population(connection, access.user_id, population_id), PopulationNotFound(population_id))
    standing = await look(connection, access, row["engagement_id"])
    return possibilities(POPULATION_MACHINE, {**row, "engagement_state": standing.state}, standing.may)


class PopulationService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._populations = PopulationRepository(write)

    async def create(self, *, source: int, engagement_id: int | None = None, **values: Any) -> int:
        """Add a draft of the lines of a ledger, and answer its id.

        The engagement is the ledger's. Raises what `enter` raises, `LedgerNotFound`, and `InvalidInput` for a ledger of
        another engagement than the one that is named, or one that is not imported.
        """
        if engagement_id is not None:
            await enter(self._write, self._access, engagement_id, Action.WORK)
        ledger = await reads.source(await self._write.connection(), self._access.user_id, source)
        if ledger is None and engagement_id is None:
            raise LedgerNotFound(source)
        if ledger is None or ledger["state"] != "imported" or engagement_id not in (None, ledger["engagement_id"]):
            raise InvalidInput(details={"source": "is no ledger of the engagement that is imported"})
        of: int = ledger["engagement_id"]
        await enter(self._write, self._access, of, Action.WORK)
        number = await next_number(self._write, of, "populations")
        population = Population(engagement_id=of, number=number, ledger_id=source, created_at=self._now, **values)
        population.count, population.value = await self._populations.totals(source, values["filter"])
        await self._populations.add(population)
        await self._log(population, "population.created", number=number, source=source, **values)
        return population.id

    async def change(self, population_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a draft. Raises `PopulationNotFound`, `PopulationFrozen`, `PreconditionFailed`."""
        population, _ = await self._locked(population_id)
        match.check(population.version)
        if population.state != "draft":
            raise PopulationFrozen
        if values:
            population.change(**values)
            population.count, population.value = await self._populations.totals(population.ledger_id, population.filter)
            await self._log(population, "population.changed", **values)

    async def freeze(self, population_id: int) -> int:
        """Copy its lines, in the order of the ledger, and hash them; answers the engagement's id.

        Raises `PopulationNotFound`, `IllegalTransition`, `PopulationEmpty`, `PopulationTooLarge`, `TotalsDiffer`.
        """
        population, standing = await self._locked(population_id)
        state = POPULATION_MACHINE.advance(population, "freeze", standing.may)
        expected = await self._populations.totals(population.ledger_id, population.filter)
        if expected[0] == 0:
            raise PopulationEmpty
        if expected[0] > LARGEST:
            raise PopulationTooLarge
        copied = await self._populations.copy_items(population)
        if (copied["count"], copied["value"]) != expected:
            raise TotalsDiffer
        population.change(
            state=state, frozen_at=self._now, frozen_by=self._access.user_id,
            count=copied["count"], value=copied["value"], hash=copied["hash"],
        )  # fmt: skip
        totals = {"count": copied["count"], "value": str(copied["value"]), "hash": copied["hash"]}
        await self._log(population, "population.frozen", **totals)
        return population.engagement_id

    async def _locked(self, population_id: int) -> tuple[Population, Standing]:
        refusal = PopulationNotFound(population_id)
        connection = await self._write.connection()
        row = existing(await reads.population(connection, self._access.user_id, population_id), refusal)
        standing = await enter(self._write, self._access, row["engagement_id"], Action.WORK)
        return existing(await self._populations.lock(population_id), refusal), standing

    async def _log(self, population: Population, action: str, **details: Any) -> None:
        thing = f"population:{population.id}"
        await log_in(self._write, self._access, action, population.engagement_id, thing, **details)
