"""The search, with what there is of an embedder, and the vectors that it needs."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from portico.apps.audit.permissions import Access
from portico.apps.audit.search import reads
from portico.apps.audit.search.embedders import Embedder, EmbedderFailed, configured
from portico.apps.audit.search.repository import VectorRepository, written
from portico.kernel.database import Connection
from portico.kernel.errors import Conflict
from portico.kernel.jobs import enqueue
from portico.kernel.transaction import Transaction

Mode = Literal["hybrid", "lexical", "semantic"]
EMBED = "embed"
BATCH = 64  # chunks that are embedded, and stored, at once
PATIENCE = 2.0  # seconds that a search waits for its vector: somebody waits for the search
NO_PLACE = "This database has no place for vectors: it lacks the extension vector. The search went by words."
NO_EMBEDDER = "No embedder is set. The search went by words."
NO_ANSWER = "The embedder did not answer. The search went by words."


class NoEmbedder(Conflict):
    code = "NO_EMBEDDER"
    message = "A search by meaning needs an embedder, and the extension vector in the database."


@dataclass(frozen=True)
class Asked:
    """What somebody looks for. Without a vector it is looked for by words; `why` says why, unless that was asked."""

    text: str
    mode: Mode
    model: str = ""
    vector: str | None = None
    why: str | None = None


async def asked(text: str, mode: Mode, embedder: Embedder | None, *, has_place: bool) -> Asked:
    """With the vector of the text, where `mode` needs one. No connection is to be held meanwhile.

    Raises `NoEmbedder` and `EmbedderFailed` where it cannot do without.
    """
    if mode == "lexical":
        return Asked(text, mode)
    if embedder is None or not has_place:
        if mode == "semantic":
            raise NoEmbedder
        return Asked(text, mode, why=NO_EMBEDDER if embedder is None else NO_PLACE)
    try:
        return Asked(text, mode, embedder.model, await _vector_of(text, embedder))
    except EmbedderFailed:
        if mode == "semantic":
            raise
        return Asked(text, mode, why=NO_ANSWER)


async def _vector_of(text: str, embedder: Embedder) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            [vector] = await embedder.embed([text])
    except TimeoutError:
        raise EmbedderFailed(log=f"no vector within {PATIENCE} s") from None
    return written(vector)


async def found(
    connection: Connection, access: Access, what: Asked, *, engagement: int | None, limit: int
) -> dict[str, Any]:
    """The best hits. Where `hybrid` has to do without vectors, the answer says why."""
    me = access.user_id
    where: dict[str, Any] = {"engagement": engagement, "limit": limit}
    if what.vector is None:
        items = await reads.by_words(connection, me, what.text, **where)
        return {"items": items, "mode": what.mode, "used": "lexical", "why": what.why}
    items = await reads.by_meaning(
        connection, me, what.text, vector=what.vector, model=what.model, also_words=what.mode == "hybrid", **where
    )
    return {"items": items, "mode": what.mode, "used": what.mode, "why": None}


class EmbeddingService:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def queue(self, version_id: int) -> None:
        """Have the text of a version of evidence embedded: after its extraction, in the same transaction."""
        if configured() is not None:
            await enqueue(self._transaction, f"audit.{EMBED}", version_id=version_id)

    async def embed_some(self, embedder: Embedder, *, after: int, version_id: int | None) -> int | None:
        """Embed the next chunks that need it; answers the id of the last one, None where there are no more.

        No connection is held while the embedder works. A job that is killed goes on with what is still missing.
        """
        connection = await self._transaction.connection()
        chunks = await reads.without_vector(
            connection, embedder.model, after=after, version_id=version_id, limit=BATCH
        )  # fmt: skip
        if not chunks:
            return None
        vectors = await self._transaction.aside(embedder.embed([chunk["text"] for chunk in chunks]))
        made = {chunk["id"]: vector for chunk, vector in zip(chunks, vectors, strict=True)}
        await VectorRepository(self._transaction).put(embedder.model, made)
        last: int = chunks[-1]["id"]
        return last
