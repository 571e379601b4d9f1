"""The rows that are deleted and restored together: the SQL of `deletion`, a fixed number of statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

from portico.apps.factory.projects.levels import ASSEMBLY, COMPONENT, LEVELS, PIECE, PROJECT, Level, below
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

Found = dict[Level, list[Row]]
"""The rows of each level, from the top: their ids, and of pieces what stands against a deletion."""

ORDERS = """
    SELECT code, state FROM factory.work_orders
    WHERE (id = ANY(%(ids)s) OR project_id = %(project_id)s)
        AND state IN ('draft', 'released', 'in_progress', 'held')
    ORDER BY id LIMIT 1"""
# A stamp of its own: nothing below has it already, even where the clock stands still.
STAMP = """
    SELECT greatest(%(now)s, max(deleted_at) + interval '1 microsecond') AS stamp FROM (
        SELECT deleted_at FROM factory.components WHERE project_id = ANY(%(projects)s)
        UNION ALL SELECT deleted_at FROM factory.assemblies WHERE component_id = ANY(%(components)s)
        UNION ALL SELECT deleted_at FROM factory.pieces WHERE assembly_id = ANY(%(assemblies)s)) AS below"""
PROJECT_OF: dict[Level, LiteralString] = {
    PROJECT: "SELECT %(id)s::bigint AS project_id",
    COMPONENT: "SELECT project_id FROM factory.components WHERE id = %(id)s",
    ASSEMBLY: """
        SELECT c.project_id FROM factory.assemblies AS a
        JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id WHERE a.id = %(id)s""",
    PIECE: """
        SELECT c.project_id FROM factory.pieces AS p
        JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
        JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id WHERE p.id = %(id)s""",
}


class Cascade:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, level: Level, part_id: int, *, stamp: datetime | None) -> Found:
        """It and all below it that has this stamp, or is live, locked from the top down."""
        found = {level: await self._locked(level, "id", [part_id], stamp)}
        upper = level
        for each in below(level):
            found[each] = await self._settled(each, [row["id"] for row in found[upper]], stamp)
            upper = each
        return {each: found.get(each, []) for each in LEVELS}

    async def set(self, found: Found, stamp: datetime | None) -> None:
        connection = await self._write.connection()
        for level, rows in found.items():
            if rows:
                statement = f"""
                    UPDATE factory.{level.table} SET deleted_at = %(stamp)s, version = version + 1
                    WHERE id = ANY(%(ids)s)"""
                await connection.execute(statement, {"stamp": stamp, "ids": [row["id"] for row in rows]})

    async def new_stamp(self, found: Found, now: datetime) -> datetime:
        ids = {level.table: [row["id"] for row in rows] for level, rows in found.items()}
        row = await fetch_one(await self._write.connection(), STAMP, {"now": now, **ids})
        assert row is not None  # noqa: S101 - an aggregate answers a row
        stamp: datetime = row["stamp"]
        return stamp

    async def open_order(self, order_ids: Sequence[int], *, project_id: int | None) -> Row | None:
        """A work order that is not over, of these or of the project."""
        return await fetch_one(
            await self._write.connection(), ORDERS, {"ids": list(order_ids), "project_id": project_id}
        )

    async def parent_of(self, level: Level, part_id: int) -> int | None:
        statement = f"SELECT {level.parent} AS id FROM factory.{level.table} WHERE id = %(id)s"
        row = await fetch_one(await self._write.connection(), statement, {"id": part_id})
        return None if row is None else row["id"]

    async def project_of(self, level: Level, part_id: int) -> int | None:
        row = await fetch_one(await self._write.connection(), PROJECT_OF[level], {"id": part_id})
        return None if row is None else row["project_id"]

    async def _settled(self, level: Level, parents: Sequence[int], stamp: datetime | None) -> list[Row]:
        """What is in these. Whoever replaces a piece holds that one alone: what came while it was waited for is there
        at a second look. Whatever else is added holds what it is added to.
        """
        found = await self._locked(level, level.parent, parents, stamp)
        while level is PIECE and found:
            again = await self._locked(level, level.parent, parents, stamp)
            if len(again) == len(found):
                break
            found = again
        return found

    async def _locked(self, level: Level, column: str, ids: Sequence[int], stamp: datetime | None) -> list[Row]:
        of_pieces: LiteralString = ", barcode, state, work_order_id" if level is PIECE else ""
        statement = f"""
            SELECT id{of_pieces} FROM factory.{level.table}
            WHERE {column} = ANY(%(ids)s) AND deleted_at IS NOT DISTINCT FROM %(stamp)s
            ORDER BY id FOR NO KEY UPDATE"""
        return await fetch_all(await self._write.connection(), statement, {"ids": list(ids), "stamp": stamp})
