"""The write side of projects and of what they are made of."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import select

from portico.apps.factory.projects.levels import Part, PartType
from portico.apps.factory.projects.models import Piece
from portico.kernel import rows
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

COLUMNS_OF_A_COPY = (
    "assembly_id, article_id, outer_length, inner_length, left_angle, right_angle, profile, colour, material, trolley, "
    "cell, operations"
)
# A copy is cut from another bar, and by the next plan: what the scrapped one was cut from stays with that one.
REPLACE = f"""
    INSERT INTO factory.pieces (barcode, replaces_id, work_order_id, {COLUMNS_OF_A_COPY})
    SELECT %(barcode)s, id, work_order_id, {COLUMNS_OF_A_COPY}
    FROM factory.pieces WHERE id = %(id)s RETURNING id"""
PLACE = """
    SELECT a.component_id, c.project_id
    FROM factory.assemblies AS a JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    WHERE a.id = %(assembly_id)s"""
PUT_ON_BARS = """
    UPDATE factory.pieces AS p SET bar_id = b.bar_id, bar_length = b.bar_length, bar_rest = b.bar_rest,
        version = p.version + 1
    FROM jsonb_to_recordset(%(bars)s) AS b(piece_id bigint, bar_id text, bar_length numeric, bar_rest numeric)
    WHERE p.id = b.piece_id"""
ASSIGN = """
    UPDATE factory.pieces SET work_order_id = %(work_order_id)s, version = version + 1 WHERE id = ANY(%(ids)s)"""


class ProjectRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write
        self._places: dict[int, dict[str, int]] = {}

    async def lock(self, kind: PartType, part_id: int) -> Part | None:
        """The project, component, assembly or piece, deleted or not, locked until the end of the transaction."""
        query = select(kind).where(kind.id == part_id).with_for_update(key_share=True)
        found: Part | None = await self._write.session.scalar(query.execution_options(populate_existing=True))
        return found

    async def keep(self, kind: PartType, part_id: int) -> Part | None:
        """As `lock`, together with others who only want it to stay as it is."""
        query = select(kind).where(kind.id == part_id).with_for_update(read=True)
        found: Part | None = await self._write.session.scalar(query.execution_options(populate_existing=True))
        return found

    async def lock_pieces(self, piece_ids: Sequence[int]) -> list[Piece]:
        """Those of the pieces that there are, in the order of their ids, locked."""
        query = select(Piece).where(Piece.id.in_(piece_ids)).order_by(Piece.id).with_for_update(key_share=True)
        return list(await self._write.session.scalars(query.execution_options(populate_existing=True)))

    async def save(self, part: Part) -> bool:
        """Write it; False where another one has its code. What it refers to is kept, so that nothing else can be."""
        return await rows.save(self._write, part) is None

    async def place_of(self, piece: Piece) -> dict[str, int]:
        """What the workflow log refers to."""
        if piece.assembly_id not in self._places:
            row = await fetch_one(await self._write.connection(), PLACE, {"assembly_id": piece.assembly_id})
            self._places[piece.assembly_id] = {"assembly_id": piece.assembly_id, **(row or {})}
        return self._places[piece.assembly_id]

    async def is_replaced(self, piece_id: int) -> bool:
        return await self._write.session.scalar(select(Piece.id).where(Piece.replaces_id == piece_id)) is not None

    async def has_barcode(self, barcode: str) -> bool:
        return await self._write.session.scalar(select(Piece.id).where(Piece.barcode == barcode)) is not None

    async def replace(self, piece_id: int, barcode: str) -> int:
        """Add a copy of a piece that takes its place."""
        row = await fetch_one(await self._write.connection(), REPLACE, {"id": piece_id, "barcode": barcode})
        assert row is not None  # noqa: S101 - its piece is locked
        made: int = row["id"]
        return made

    async def put_on_bars(self, bars: Sequence[dict[str, Any]]) -> None:
        await (await self._write.connection()).execute(PUT_ON_BARS, {"bars": Jsonb(list(bars))})

    async def assign(self, piece_ids: Sequence[int], work_order_id: int | None) -> None:
        await (await self._write.connection()).execute(ASSIGN, {"ids": list(piece_ids), "work_order_id": work_order_id})
