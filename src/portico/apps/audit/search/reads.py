"""What a search finds: one ranking by words, one by meaning, and both fused. The caller's rights are part of each.

Fused by reciprocal ranks (Cormack, Clarke and Büttcher 2009): a hit gets 1 / (60 + its place) from each ranking, so
that no ranking's own numbers have to mean anything to the other's.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.search import QUERY, highlighted, marked, understood

K = 60
DEPTH = 100
"""Of each ranking so many are fused."""
MOST_RANKED = 2000
"""Chunks with the words that are ranked. Words that more have tell nothing apart, and ranking takes its time."""
EXACT_UP_TO = 5000
"""Chunks that a caller may see and that are compared one by one. Above that an index finds the nearest, almost."""

VISIBLE: LiteralString = """
    EXISTS (
        SELECT FROM audit.members AS m WHERE m.engagement_id = c.engagement_id AND m.user_id = %(me)s
        AND (m.role <> 'auditee' OR EXISTS (
            SELECT FROM audit.evidence_versions AS uploaded
            JOIN audit.evidence AS d ON d.id = uploaded.evidence_id
            JOIN audit.requests AS asked ON asked.id = d.request_id
            WHERE uploaded.id = c.evidence_version_id AND uploaded.received_by = %(me)s
              AND asked.assignee_id = %(me)s AND asked.state <> 'draft')))"""
"""That the caller, `me`, may see the chunk `c`: of the team, or who uploaded it to a request of their own."""

LEXICAL: LiteralString = f"""
    SELECT id, 'lexical' AS arm, row_number() OVER (ORDER BY rank DESC, id) AS place FROM (
        SELECT c.id, ts_rank_cd(c.search, query, 1) AS rank FROM audit.chunks AS c, words
        WHERE c.search @@ query AND {VISIBLE} {{inside}} LIMIT {MOST_RANKED}
    ) AS matching ORDER BY place LIMIT {DEPTH}"""
SEMANTIC: LiteralString = f"""
    SELECT id, 'semantic' AS arm, row_number() OVER (ORDER BY distance, id) AS place FROM (
        SELECT c.id, v.embedding <=> %(vector)s::vector AS distance
        FROM audit.chunk_vectors AS v JOIN audit.chunks AS c ON c.id = v.chunk_id
        WHERE v.model = %(model)s AND {VISIBLE} {{inside}}
        ORDER BY {{nearest}} LIMIT {DEPTH}
    ) AS near"""
INSIDE: LiteralString = "AND c.engagement_id = %(engagement)s"
BY_INDEX: LiteralString = "v.embedding <=> %(vector)s::vector"
ONE_BY_ONE: LiteralString = f"({BY_INDEX}) + 0"  # an expression that the index does not know

VISIBLE_CHUNKS: LiteralString = f"""
    SELECT count(*) AS found FROM (
        SELECT FROM audit.chunks AS c WHERE {VISIBLE} {{inside}} LIMIT {EXACT_UP_TO + 1}) AS counted"""
HAS_VECTORS = "SELECT to_regclass('audit.chunk_vectors') IS NOT NULL AS found"
# The walk along the index goes on until enough of what it comes by is for the caller.
WALK_ON = "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '100', true)"
WITHOUT_VECTOR: LiteralString = """
    SELECT c.id, c.text FROM audit.chunks AS c
    WHERE c.id > %(after)s {of}
      AND NOT EXISTS (SELECT FROM audit.chunk_vectors AS v WHERE v.chunk_id = c.id AND v.model = %(model)s)
    ORDER BY c.id LIMIT %(limit)s"""


async def has_vectors(connection: Connection) -> bool:
    """Whether this database has a place for vectors."""
    row = await fetch_one(connection, HAS_VECTORS)
    return bool(row and row["found"])


async def by_words(connection: Connection, me: int, text: str, *, engagement: int | None, limit: int) -> list[Row]:
    params = {"me": me, "engagement": engagement, "limit": limit, **understood(text)}
    sql = _statement(("lexical",), engagement is not None)
    return _shown(await fetch_all(connection, sql, params))


async def by_meaning(
    connection: Connection, me: int, text: str, *, vector: str, model: str, engagement: int | None, limit: int,
    also_words: bool,
) -> list[Row]:  # fmt: skip
    """By meaning, and by words where `also_words` says so. `vector` is that of the text."""
    params = {
        "me": me, "engagement": engagement, "limit": limit, "vector": vector, "model": model, **understood(text)
    }  # fmt: skip
    is_inside = engagement is not None
    counted = await fetch_one(connection, _with_filter(VISIBLE_CHUNKS, is_inside), params)
    is_exact = counted is not None and counted["found"] <= EXACT_UP_TO
    arms = ("lexical", "semantic") if also_words else ("semantic",)
    async with connection.transaction():
        await connection.execute(WALK_ON)
        return _shown(await fetch_all(connection, _statement(arms, is_inside, is_exact), params))


async def without_vector(
    connection: Connection, model: str, *, after: int, version_id: int | None, limit: int
) -> list[Row]:
    """Chunks that this model has made no vector for, in the order of their ids: of one document, or of all."""
    params = {"model": model, "after": after, "version": version_id, "limit": limit}
    of: LiteralString = "" if version_id is None else "AND c.evidence_version_id = %(version)s"
    return await fetch_all(connection, WITHOUT_VECTOR.replace("{of}", of), params)


@cache
def _statement(arms: Sequence[str], is_inside: bool, is_exact: bool = True) -> LiteralString:
    nearest = ONE_BY_ONE if is_exact else BY_INDEX
    both: dict[str, LiteralString] = {"lexical": LEXICAL, "semantic": SEMANTIC.replace("{nearest}", nearest)}
    rankings: LiteralString = " UNION ALL ".join([f"(SELECT * FROM ({both[arm]}) AS {arm})" for arm in arms])
    return _with_filter(
        f"""
        WITH words AS ({QUERY}), ranked AS ({rankings}), fused AS (
            SELECT id, sum(1.0 / ({K} + place))::float8 AS score, array_agg(arm ORDER BY arm) AS arms
            FROM ranked GROUP BY id ORDER BY score DESC, id LIMIT %(limit)s
        )
        SELECT f.id, f.score, f.arms, c.engagement_id, c.page, d.id AS evidence_id, d.number, d.title,
            v.id AS version_id, v.number AS version, v.name, v.state, v.sha256,
            {highlighted("c.text", whole=False, name="text")}
        FROM fused AS f JOIN audit.chunks AS c USING (id)
        JOIN audit.evidence_versions AS v ON v.id = c.evidence_version_id
        JOIN audit.evidence AS d ON d.id = v.evidence_id CROSS JOIN words
        ORDER BY f.score DESC, f.id""",
        is_inside,
    )


def _with_filter(sql: Any, is_inside: bool) -> LiteralString:
    filled: LiteralString = sql.replace("{inside}", INSIDE if is_inside else "")
    return filled


def _shown(rows: Sequence[Row]) -> list[Row]:
    document = ("evidence_id", "number", "title", "version_id", "version", "name", "state")
    return [
        {
            **{name: row[name] for name in ("engagement_id", "page", "score", "arms", "sha256")},
            "chunk_id": row["id"], "document": {name: row[name] for name in document},
            "snippet": marked(row["text_marked"]),
        }
        for row in rows
    ]  # fmt: skip
