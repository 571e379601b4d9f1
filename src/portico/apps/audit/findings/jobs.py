"""What happens to findings by itself: an accepted risk comes to its end."""

from portico.apps.audit.findings import reads
from portico.apps.audit.findings.moving import reopen_ended
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job

AT_ONCE = 500


async def reopen_findings(run: Run) -> None:
    """Reopen the findings whose risk was accepted until yesterday or before; each in a transaction of its own."""
    now = run.runtime.clock()
    async with run.database.connection() as connection:
        found = await reads.ended(connection, now.date(), limit=AT_ONCE)
    for finding_id in found:
        async with run.transaction() as write:
            await reopen_ended(write, finding_id, now)


JOBS = (Job(name="reopen_findings", run=reopen_findings, queue="sweeps", cron="11 * * * *"),)
