"""The write side of samples."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select

from portico.apps.audit.samples.models import Sample
from portico.apps.audit.samples.units import HITS
from portico.kernel import rows
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

DRAW_ATTRIBUTES = """
    INSERT INTO audit.sample_items (sample_id, position, item, amount)
    SELECT %(sample)s, d.position, i.position, i.amount
    FROM unnest(%(items)s::integer[]) WITH ORDINALITY AS d (item, position)
    JOIN audit.population_items AS i ON i.population_id = %(population)s AND i.position = d.item"""
DRAW_MONETARY_UNITS = f"""
    INSERT INTO audit.sample_items (sample_id, position, item, amount, hits)
    SELECT %(sample)s, position, item, amount, hits FROM ({HITS}) AS h"""
RECORD = """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(%(results)s::jsonb)
            AS g (position integer, is_deviation boolean, audited_amount numeric, note text)
    )
    UPDATE audit.sample_items AS i
    SET is_deviation = g.is_deviation, audited_amount = g.audited_amount, note = g.note
    FROM given AS g WHERE i.sample_id = %(sample)s AND i.position = g.position RETURNING i.position"""
DRAWN = "SELECT count(*) AS items FROM audit.sample_items WHERE sample_id = %(sample)s"


class SampleRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, sample: Sample) -> str | None:
        """Write the sample; the constraint that stands against it, or None."""
        return await rows.save(self._write, sample)

    async def lock(self, sample_id: int) -> Sample | None:
        """The sample, locked against other writers until the end of the transaction."""
        query = select(Sample).where(Sample.id == sample_id).with_for_update(key_share=True)
        found: Sample | None = await self._write.session.scalar(query)
        return found

    async def draw_attributes(self, sample: Sample, items: Sequence[int]) -> int:
        """Put these items of the population into the sample, in this order. Answers how many there are."""
        return await self._draw(DRAW_ATTRIBUTES, sample, {"items": list(items)})

    async def draw_monetary_units(self, sample: Sample, *, first: int, interval: int) -> int:
        """Put the items into the sample that the units hit, in the order of the population."""
        return await self._draw(DRAW_MONETARY_UNITS, sample, {"first": first, "interval": interval})

    async def record(self, sample_id: int, results: Sequence[dict[str, Any]]) -> set[int]:
        """Write down results, and answer the positions that there are."""
        params = {"sample": sample_id, "results": orjson.dumps(results, default=str).decode()}
        found = await fetch_all(await self._write.connection(), RECORD, params)
        return {row["position"] for row in found}

    async def _draw(self, sql: Any, sample: Sample, params: dict[str, Any]) -> int:
        connection = await self._write.connection()
        await connection.execute(sql, {**params, "sample": sample.id, "population": sample.population_id})
        drawn: Row = await fetch_one(connection, DRAWN, {"sample": sample.id}) or {"items": 0}
        items: int = drawn["items"]
        return items
