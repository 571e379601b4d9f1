"""Cut plans as they are shown, and the pieces that one may be made for."""

from collections.abc import Sequence
from typing import LiteralString

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

LINE: LiteralString = """
    p.id, p.number, p.state, p.profile, (p.summary ->> 'bars')::int AS bars, (p.summary ->> 'pieces')::int AS pieces,
    (p.summary ->> 'material')::numeric AS material, (p.summary ->> 'yield_percent')::numeric AS yield_percent,
    (p.summary ->> 'gap_percent')::numeric AS gap_percent, p.user_name, p.created_at, p.accepted_at, p.accepted_by,
    p.version"""
ALL: LiteralString = """
    (p.summary ->> 'cut_length')::numeric AS cut_length, (p.summary ->> 'remnants')::numeric AS remnants,
    (p.summary ->> 'waste')::numeric AS waste, (p.summary ->> 'bound')::numeric AS bound, p.kerf, p.trim, p.min_remnant,
    p.stock"""


def bar_id(number: int, position: int) -> str:
    """What is written on a bar of a plan."""
    return f"CP{number}-{position:03}"


async def plans(connection: Connection, *, state: str | None, limit: int, cursor: str | None) -> Row:
    where: LiteralString = "true" if state is None else "p.state = %(state)s"
    return await newest_first(
        connection,
        part=f"""
            SELECT {LINE} FROM factory.cut_plans AS p WHERE {where} AND p.id < %(before)s
            ORDER BY p.id DESC LIMIT %(limit)s""",
        count=f"SELECT count(*) AS total FROM factory.cut_plans AS p WHERE {where}",
        params={"state": state}, limit=limit, cursor=cursor,
    )  # fmt: skip


async def plan(connection: Connection, plan_id: int) -> Row | None:
    """One plan with its bars."""
    found = await fetch_one(
        connection, f"SELECT {LINE}, {ALL} FROM factory.cut_plans AS p WHERE p.id = %(id)s", {"id": plan_id}
    )
    if found is not None:
        bars = await fetch_all(
            connection,
            """
            SELECT position, length, cuts, remnant AS rest FROM factory.cut_bars
            WHERE plan_id = %(id)s ORDER BY position""",
            {"id": plan_id},
        )
        for bar in bars:
            bar["bar_id"] = bar_id(found["number"], bar["position"])
            bar["is_remnant"] = bar["rest"] > 0 and bar["rest"] >= found["min_remnant"]
        found["plan"] = bars
    return found


async def pieces(connection: Connection, ids: Sequence[int], barcodes: Sequence[str]) -> list[Row]:
    """What planning has to know of these pieces, where they are live."""
    return await fetch_all(
        connection,
        """
        SELECT id, barcode, outer_length, profile, state, bar_id FROM factory.pieces
        WHERE (id = ANY(%(ids)s) OR barcode = ANY(%(barcodes)s)) AND deleted_at IS NULL""",
        {"ids": list(ids), "barcodes": list(barcodes)},
    )
