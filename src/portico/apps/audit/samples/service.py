"""The rules of samples: planned for a frozen population, drawn by a seed, examined, and set beside a tolerable."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from portico.apps.audit.engagements.standing import Standing, enter, look, next_number
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.populations.reads import hash_of_items, population
from portico.apps.audit.possibilities import possibilities
from portico.apps.audit.procedures.reads import procedure_of
from portico.apps.audit.samples import evaluation, reads, selection
from portico.apps.audit.samples.models import SAMPLE_MACHINE, Sample
from portico.apps.audit.samples.monetary_unit import Finding
from portico.apps.audit.samples.planning import Aim, planned
from portico.apps.audit.samples.repository import SampleRepository
from portico.kernel.database import Connection, Row
from portico.kernel.errors import Conflict, InvalidInput, NotFound, existing
from portico.kernel.etags import IfMatch
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

RESULT = {"attribute": "is_deviation", "monetary_unit": "audited_amount"}
"""Which result an item of a method has."""


class SampleNotFound(NotFound):
    def __init__(self, sample_id: int) -> None:
        super().__init__(f"There is no sample {sample_id}.")


class PopulationNotFrozen(Conflict):
    code = "POPULATION_NOT_FROZEN"
    message = "Freeze the population first: a sample says nothing of what may still change."


class NotDrawn(Conflict):
    message = "Nothing was drawn yet."


class ResultsMissing(Conflict):
    """An item that cannot be examined counts as a deviation, or as wrong in full (ISA 530.11)."""

    code = "RESULTS_MISSING"

    def __init__(self, positions: Sequence[int]) -> None:
        details = {"missing": len(positions), "first": list(positions[:10])}
        super().__init__("Some items have no result yet.", details=details)


class ResultsChanged(Conflict):
    message = "Somebody has changed the results meanwhile. Evaluate again."


async def repeat(connection: Connection, access: Access, sample_id: int) -> dict[str, Any]:
    """Draw the items once more, and say whether they and the population are what is stored.

    Raises `SampleNotFound`, `NotDrawn`.
    """
    refusal = SampleNotFound(sample_id)
    found = existing(await reads.sample(connection, access.user_id, sample_id), refusal)
    if found["state"] == "planned":
        raise NotDrawn
    whole = existing(await population(connection, access.user_id, found["population_id"]), refusal)
    stored = [(row["item"], row["hits"]) for row in await reads.drawn(connection, sample_id)]
    seed, hashed = found["seed"], await hash_of_items(connection, whole)
    if found["method"] == "attribute":
        items = selection.attribute(whole["hash"], seed, size=found["size"], count=whole["count"])
        again = [(item, 1) for item in items]
    else:
        interval = evaluation.cents(found["plan"]["interval"])
        first = selection.first_unit(whole["hash"], seed, interval=interval)
        rows = await reads.hit(connection, whole["id"], first=first, interval=interval)
        again = [(row["item"], row["hits"]) for row in rows]
    return {"items": len(again), "population_agrees": hashed == whole["hash"], "items_agree": again == stored}


async def plan(aim: Aim) -> dict[str, Any]:
    """The size of a sample, without storing anything. Raises `InvalidInput`."""
    return await asyncio.to_thread(planned, aim)


async def actions(connection: Connection, access: Access, sample_id: int) -> list[Possibility]:
    """What the caller may do with it now, and why not the rest. Raises `SampleNotFound`."""
    row = existing(await reads.sample(connection, access.user_id, sample_id), SampleNotFound(sample_id))
    standing = await look(connection, access, row["engagement_id"])
    return possibilities(SAMPLE_MACHINE, {**row, "engagement_state": standing.state}, standing.may)


class SampleService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._samples = SampleRepository(write)

    async def create(
        self, engagement_id: int, *, population_id: int, procedure_id: int | None, name: str, aim: dict[str, Any]
    ) -> int:
        """Plan a sample of a frozen population, and answer its id.

        Raises what `enter` raises, `InvalidInput`, `PopulationNotFrozen`.
        """
        await self._enter(engagement_id)
        found = await self._population(engagement_id, population_id)
        if found["state"] != "frozen":
            raise PopulationNotFrozen
        if procedure_id is not None:
            refusal = InvalidInput(details={"procedure_id": "not found"})
            connection = await self._write.connection()
            if await procedure_of(connection, engagement_id, procedure_id) is None:
                raise refusal
        full = Aim(**aim, population_size=found["count"], population_value=found["value"])
        result = await self._write.aside(plan(full))
        await self._enter(engagement_id)
        sample = Sample(
            engagement_id=engagement_id, number=await next_number(self._write, engagement_id, "samples"), name=name,
            population_id=population_id, procedure_id=procedure_id, method=full.method, size=result["size"],
            plan=result, created_at=self._now,
        )  # fmt: skip
        if await self._samples.add(sample) is not None:
            raise InvalidInput(details={"procedure_id": "not found"})
        await self._log(sample, "sample.planned", population=population_id, size=sample.size, inputs=result["inputs"])
        return sample.id

    async def select(self, sample_id: int, seed: str | None = None) -> None:
        """Draw the items by this seed, or by one of chance. Raises `SampleNotFound`, `IllegalTransition`."""
        seed = seed or token_hex(16)
        sample, standing = await self._locked(sample_id)
        state = SAMPLE_MACHINE.advance(sample, "select", standing.may)
        found = await self._population(sample.engagement_id, sample.population_id)
        if sample.method == "attribute":
            drawn = selection.attribute(found["hash"], seed, size=sample.size, count=found["count"])
            items = await self._samples.draw_attributes(sample, list(drawn))
        else:
            interval = evaluation.cents(sample.plan["interval"])
            first = selection.first_unit(found["hash"], seed, interval=interval)
            items = await self._samples.draw_monetary_units(sample, first=first, interval=interval)
        sample.change(state=state, seed=seed, selected_at=self._now)
        await self._log(sample, "sample.selected", seed=seed, population_hash=found["hash"], items=items)

    async def record(self, sample_id: int, match: IfMatch, results: Sequence[dict[str, Any]]) -> None:
        """Write down what was found in items. An evaluation of other results is taken back.

        Raises `SampleNotFound`, `IllegalTransition`, `PreconditionFailed`, `InvalidInput`.
        """
        sample, standing = await self._locked(sample_id)
        match.check(sample.version)
        state = SAMPLE_MACHINE.advance(sample, "record", standing.may)
        foreign = next(name for method, name in RESULT.items() if method != sample.method)
        if any(result[foreign] is not None for result in results):
            raise InvalidInput(details={foreign: f"is no result of a sample of this method, {sample.method}"})
        positions = {result["position"] for result in results}
        if len(positions) < len(results) or positions != await self._samples.record(sample_id, results):
            raise InvalidInput(details={"position": "each is one of the sample's, and named once"})
        sample.change(state=state, evaluation=None, evaluated_at=None)
        await self._log(sample, "sample.recorded", results=results)

    async def evaluate(self, sample_id: int) -> None:
        """Set the sample beside what is tolerable. What follows from it is for people to conclude.

        Raises `SampleNotFound`, `IllegalTransition`, `ResultsMissing`, `ResultsChanged`.
        """
        sample, standing = await self._locked(sample_id)
        SAMPLE_MACHINE.advance(sample, "evaluate", standing.may)
        version, engagement_id = sample.version, sample.engagement_id
        found = await self._population(engagement_id, sample.population_id)
        rows = await reads.results(await self._write.connection(), sample_id)
        missing = [row["position"] for row in rows if row[RESULT[sample.method]] is None]
        if missing:
            raise ResultsMissing(missing)
        shown = await self._write.aside(asyncio.to_thread(_evaluated, sample.method, sample.plan, rows, found))
        sample, standing = await self._locked(sample_id)
        if sample.version != version:
            raise ResultsChanged
        state = SAMPLE_MACHINE.advance(sample, "evaluate", standing.may)
        sample.change(state=state, evaluation=shown, evaluated_at=self._now)
        limits = {name: shown[name] for name in ("upper_limit", "tolerable", "is_within_tolerable")}
        await self._log(sample, "sample.evaluated", **limits)

    async def _enter(self, engagement_id: int) -> Standing:
        return await enter(self._write, self._access, engagement_id, Action.WORK)

    async def _population(self, engagement_id: int, population_id: int) -> Row:
        found = await reads.population_of(await self._write.connection(), engagement_id, population_id)
        if found is None:
            raise InvalidInput(details={"population_id": "not found"})
        return found

    async def _locked(self, sample_id: int) -> tuple[Sample, Standing]:
        refusal = SampleNotFound(sample_id)
        row = existing(await reads.sample(await self._write.connection(), self._access.user_id, sample_id), refusal)
        standing = await self._enter(row["engagement_id"])
        return existing(await self._samples.lock(sample_id), refusal), standing

    async def _log(self, sample: Sample, action: str, **details: Any) -> None:
        thing = f"sample:{sample.id}"
        await log_in(self._write, self._access, action, sample.engagement_id, thing, **details)


def _evaluated(method: str, plan: dict[str, Any], rows: Sequence[Row], population: Row) -> dict[str, Any]:
    if method == "attribute":
        deviations = sum(1 for row in rows if row["is_deviation"])
        return evaluation.of_attributes(plan, deviations, len(rows), population["count"])
    findings = [Finding(int(row["amount"] * 100), int(row["audited_amount"] * 100)) for row in rows]
    return evaluation.of_monetary_units(plan, findings, population["value"])
