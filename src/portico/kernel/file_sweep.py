"""Removing the bytes of files that were not kept, or were removed."""

from typing import LiteralString

from portico.kernel.database import fetch_all
from portico.kernel.job_runs import Run

BATCH = 200

# An upload takes an hour at most, and its transaction ends seconds after it: what is a day old was never committed.
GIVE_UP = """
    UPDATE portico.files SET state = 'gone' WHERE state = 'arriving' AND changed_at < now() - interval '1 day'"""
DUE: LiteralString = f"""
    SELECT id FROM portico.files WHERE state = 'gone' AND changed_at < now() - interval '1 hour'
    ORDER BY changed_at LIMIT {BATCH}"""
FORGET = "DELETE FROM portico.files WHERE id = ANY(%(ids)s) AND state = 'gone'"


async def sweep_files(run: Run) -> None:
    """Bytes first, rows after: killed in between, it finds the rows again. Files of other databases are not touched."""
    last = BATCH
    while last == BATCH:
        async with run.database.connection() as connection:
            await connection.execute(GIVE_UP)
            ids = [row["id"] for row in await fetch_all(connection, DUE)]
        for file_id in ids:
            await run.runtime.file_store.delete(file_id.hex)
        async with run.database.connection() as connection:
            await connection.execute(FORGET, {"ids": ids})
        last = len(ids)
