"""The job that gives texts their vectors."""

from portico.apps.audit.search import reads
from portico.apps.audit.search.embedders import configured
from portico.apps.audit.search.service import EMBED, EmbeddingService
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job


async def embed(run: Run, *, version_id: int | None = None) -> None:
    """Batch after batch, each of its own transaction. Without an embedder, or a place for vectors, nothing is done."""
    embedder = configured()
    if embedder is None:
        return
    async with run.database.connection() as connection:
        if not await reads.has_vectors(connection):
            return
    after: int | None = 0
    while after is not None:
        async with run.transaction() as write:
            after = await EmbeddingService(write).embed_some(embedder, after=after, version_id=version_id)


async def embed_the_rest(run: Run) -> None:
    """What was uploaded before there was an embedder, or is another model's."""
    await embed(run)


SEARCH_JOBS = (
    Job(name=EMBED, run=embed, queue="embedding", timeout=3600),
    Job(name="embed_the_rest", run=embed_the_rest, queue="embedding", cron="17 * * * *", timeout=3600),
)
