"""`python -m benchmarks.audit_search --catalog FILE`: how well the audit search finds, and how fast in 100,000 chunks.

How well: recall@10 and the mean reciprocal rank of the first right document, over queries of an OSCAL catalog, by words
and, with `--local`, by meaning and by both. How fast: the search itself, on one connection of a server made for the
run, with chunks of the catalog's words; by meaning with vectors that mean nothing, which is harder than with real ones.
"""

import asyncio
import math
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.oscal_queries import Control, controls, figures, queries
from benchmarks.postgres import ScratchPostgres
from portico.apps.audit.search import reads
from portico.apps.audit.search.embedders import DIMENSIONS, Embedder
from portico.apps.audit.search.repository import written
from portico.kernel.database import Connection, Database
from portico.kernel.migrations import upgrade

NEEDED_MS, TIMES = 200, 60
ME, ENGAGEMENTS = 1, 20
WORLD = """
    INSERT INTO audit.users (email, username, pwd_hash, role) VALUES ('a@example.com', 'a@example.com', 'x', 'staff');
    INSERT INTO audit.clients (name) VALUES ('Client');
    INSERT INTO audit.engagements (client_id, name, period_start, period_end)
        SELECT 1, 'Audit ' || i, '2025-01-01', '2025-12-31' FROM generate_series(1, 20) i;
    INSERT INTO audit.members (engagement_id, user_id, role) SELECT i, 1, 'auditor' FROM generate_series(1, 20) i"""
DOCUMENTS = """
    INSERT INTO audit.evidence (engagement_id, number, title) SELECT 1 + i % 20, i, 'd' || i
        FROM generate_series(1, {count}) i;
    INSERT INTO audit.evidence_versions (evidence_id, number, file_id, name, media_type, size, sha256, received_by,
            received_from)
        SELECT id, 1, gen_random_uuid(), title, 'text/plain', 1, repeat('a', 64), 1, '' FROM audit.evidence"""
CHUNKS = "COPY audit.chunks (engagement_id, evidence_version_id, page, title, text) FROM STDIN"
VECTORS = "COPY audit.chunk_vectors (chunk_id, model, embedding) FROM STDIN"
MODEL = "of the benchmark"
Ask = Callable[[Connection, str], Awaitable[list[dict[str, Any]]]]
console = Console()


def main(
    catalog: Annotated[Path, typer.Option(help="An OSCAL catalog in JSON, such as NIST SP 800-53.")],
    chunks: Annotated[int, typer.Option(help="How many chunks the times are measured with.")] = 100_000,
    local: Annotated[bool, typer.Option(help="Also by meaning, with the local embedder.")] = False,
) -> None:
    known = controls(catalog)
    with tempfile.TemporaryDirectory(prefix="portico-search-") as name:
        Path(name).chmod(0o755)
        with ScratchPostgres(Path(name, "data")) as server:
            asyncio.run(_relevance(server.create("relevance"), known, local=local))
            if chunks:
                asyncio.run(_times(server.create("times"), known, chunks))


async def _relevance(url: str, known: Sequence[Control], *, local: bool) -> None:
    fill(url, [(number, chunk) for number, control in enumerate(known, 1) for chunk in control.chunks], len(known))
    asked = queries(known)
    ids = {number: control.id for number, control in enumerate(known, 1)}
    database = Database(url, pool_size=2)
    await database.open()
    table = Table("queries", "how", "recall@10", "MRR", title=f"{len(known)} controls, {len(asked)} queries")
    try:
        async with database.connection() as connection:
            embedder = await embedded(connection, url) if local else None
            ways: dict[str, Ask] = {"lexical": by_words}
            if embedder is not None:
                ways |= {"semantic": by_meaning(embedder, False), "hybrid": by_meaning(embedder, True)}
            for kind in ("title", "sentence"):
                those = [query for query in asked if query.kind == kind]
                for how, ask in ways.items():
                    found = [[ids[row["document"]["number"]] for row in await ask(connection, q.text)] for q in those]
                    recall, rank = figures(those, found)
                    table.add_row(f"{len(those)} by {kind}", how, f"{recall:.3f}", f"{rank:.3f}")
    finally:
        await database.close()
    console.print(table)


async def by_words(connection: Connection, text: str) -> list[dict[str, Any]]:
    return await reads.by_words(connection, ME, text, engagement=None, limit=40)


def by_meaning(embedder: Embedder, also_words: bool) -> Ask:
    async def ask(connection: Connection, text: str) -> list[dict[str, Any]]:
        [vector] = await embedder.embed([text])
        return await reads.by_meaning(
            connection, ME, text, vector=written(vector), model=embedder.model, engagement=None, limit=40,
            also_words=also_words,
        )  # fmt: skip

    return ask


async def embedded(connection: Connection, url: str) -> Embedder:
    from portico.apps.audit.search.local_embedder import embedder as make  # noqa: PLC0415 - an extra

    embedder: Embedder = make()
    rows = await (await connection.execute("SELECT id, text FROM audit.chunks ORDER BY length(text)")).fetchall()
    began = time.perf_counter()
    vectors = await embedder.embed([text for _, text in rows])
    console.print(f"{len(rows)} chunks embedded in {time.perf_counter() - began:.0f} s")
    with psycopg.connect(url) as owner, owner.cursor().copy(VECTORS) as copy:
        for (chunk, _), vector in zip(rows, vectors, strict=True):
            copy.write_row((chunk, embedder.model, written(vector)))
    return embedder


async def _times(url: str, known: Sequence[Control], count: int) -> None:
    chance = random.Random(1)
    words = " ".join(chunk for control in known for chunk in control.chunks).split()
    texts = (" ".join(chance.choices(words, k=130)) for _ in range(count))
    documents = max(1, count // 20)
    fill(url, [(1 + number % documents, text) for number, text in enumerate(texts)], documents)
    console.print(f"{count} chunks stored")
    _fill_vectors(url, chance, count)
    database = Database(url, pool_size=2)
    await database.open()
    table = Table("query", "how", "median ms", "95 % ms", "slowest ms", title=f"{count} chunks, {NEEDED_MS} ms allowed")
    try:
        async with database.connection() as connection:
            for what, number in (("one word", 1), ("three words", 3), ("a word of most chunks", 0)):
                asked = [_asked(chance, words, number) for _ in range(TIMES)]
                for how in ("lexical", "semantic", "hybrid", "hybrid, one engagement"):
                    taken = [await _timed(connection, text, how, chance) for text in asked]
                    figures = statistics.median(taken), sorted(taken)[int(0.95 * TIMES)], max(taken)
                    table.add_row(what, how, *(f"{each:.1f}" for each in figures))
    finally:
        await database.close()
    console.print(table)


def _asked(chance: random.Random, words: Sequence[str], number: int) -> str:
    return " ".join(chance.sample(sorted(set(words)), number)) if number else chance.choice(["system", "information"])


async def _timed(connection: Connection, text: str, how: str, chance: random.Random) -> float:
    vector, engagement = written(_unit(chance)), 1 if how.endswith("engagement") else None
    began = time.perf_counter()
    if how == "lexical":
        await reads.by_words(connection, ME, text, engagement=engagement, limit=20)
    else:
        await reads.by_meaning(
            connection, ME, text, vector=vector, model=MODEL, engagement=engagement, limit=20,
            also_words=how != "semantic",
        )  # fmt: skip
    return (time.perf_counter() - began) * 1000


def fill(url: str, rows: Sequence[tuple[int, str]], documents: int) -> None:
    """Chunks of these documents, which are spread over the engagements."""
    upgrade(url)
    with psycopg.connect(url) as owner:
        owner.execute(WORLD)
        owner.execute(DOCUMENTS.format(count=documents).encode())
        with owner.cursor().copy(CHUNKS) as copy:
            for document, text in rows:
                copy.write_row((1 + document % ENGAGEMENTS, document, 1, "", text))
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _fill_vectors(url: str, chance: random.Random, count: int) -> None:
    began = time.perf_counter()
    with psycopg.connect(url) as owner:
        owner.execute("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 0")
        owner.execute("DROP INDEX audit.chunk_vectors_embedding_idx")
        with owner.cursor().copy(VECTORS) as copy:
            for chunk in range(1, count + 1):
                copy.write_row((chunk, MODEL, written(_unit(chance))))
        owner.execute(
            "CREATE INDEX chunk_vectors_embedding_idx ON audit.chunk_vectors USING hnsw (embedding vector_cosine_ops)"
        )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE audit.chunk_vectors")
    console.print(f"{count} vectors stored and indexed in {time.perf_counter() - began:.0f} s")


def _unit(chance: random.Random) -> Sequence[float]:
    found = [chance.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = math.sqrt(sum(each * each for each in found))
    return [each / length for each in found]


if __name__ == "__main__":
    typer.run(main)
