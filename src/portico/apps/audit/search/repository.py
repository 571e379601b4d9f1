"""The write side of vectors."""

from collections.abc import Mapping
from typing import Any

from portico.apps.audit.search.embedders import Vector
from portico.kernel.transaction import Transaction

PUT: Any = """
    INSERT INTO audit.chunk_vectors (chunk_id, model, embedding) VALUES (%s, %s, %s::vector)
    ON CONFLICT (chunk_id) DO UPDATE SET model = excluded.model, embedding = excluded.embedding"""


class VectorRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def put(self, model: str, vectors: Mapping[int, Vector]) -> None:
        """The vectors of chunks, in place of those that another model has made."""
        connection = await self._transaction.connection()
        async with connection.cursor() as cursor:
            await cursor.executemany(PUT, [(chunk, model, written(vector)) for chunk, vector in vectors.items()])


def written(vector: Vector) -> str:
    """A vector as the database reads it."""
    return f"[{','.join(f'{number:.7g}' for number in vector)}]"
