"""The genealogy as it is shown: flat rows with their depth, each lot once."""

from typing import Any, Literal, LiteralString

from portico.kernel.database import Connection, fetch_one
from portico.kernel.paging import seal, unseal

Direction = Literal["up", "down"]


def reached(direction: Direction) -> LiteralString:
    """A common table of each lot once: `id`, and the smallest `depth` from any of `roots`, as far as `depth`.

    What looks into a table for all of them says `= ANY(ARRAY(SELECT id FROM reached))`, which is one scan of an index;
    a join would look for one after the other, since nobody knows beforehand how many they are.
    """
    way = "true" if direction == "down" else "false"
    return f"""
    WITH reached AS MATERIALIZED (
        SELECT id, depth FROM factory.reach(%(roots)s::bigint[], %(depth)s::integer, {way}))"""


def _page(direction: Direction) -> LiteralString:
    near, far = ("parent_id", "child_id") if direction == "down" else ("child_id", "parent_id")
    return f"""{reached(direction)}, part AS (
        SELECT id, depth FROM reached WHERE (depth, id) > (%(after_depth)s, %(after_id)s)
        ORDER BY depth, id LIMIT %(limit)s
    ), shown AS (
        SELECT p.depth, p.id AS lot_id, l.code, l.state, m.code AS material, a.code AS article,
               coalesce(m.unit, 'pcs') AS unit,
               coalesce((SELECT sum(s.on_hand) FROM factory.stock AS s WHERE s.lot_id = p.id), 0) AS on_hand,
               ARRAY(SELECT g.{near} FROM factory.genealogy AS g WHERE g.{far} = p.id ORDER BY g.{near}) AS via
        FROM part AS p JOIN factory.lots AS l ON l.id = p.id
        LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
        LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id
    )
    SELECT (SELECT count(*) FROM reached) AS total,
           (SELECT coalesce(json_agg(s ORDER BY s.depth, s.lot_id), '[]') FROM shown AS s) AS items"""


PAGES = {"up": _page("up"), "down": _page("down")}


async def kin(
    connection: Connection, lot_id: int, direction: Direction, *, depth: int, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of what a lot was made of, or of what was made of it, in one statement."""
    after = unseal(cursor, int, int) if cursor else (-1, 0)
    params = {"roots": [lot_id], "depth": depth, "limit": limit, "after_depth": after[0], "after_id": after[1]}
    found = await fetch_one(connection, PAGES[direction], params) or {"total": 0, "items": []}
    last = found["items"][-1] if len(found["items"]) == limit else None
    return {**found, "next_cursor": seal(last["depth"], last["lot_id"]) if last else None}
