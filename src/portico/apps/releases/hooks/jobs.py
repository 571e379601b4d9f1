"""What is kept of deliveries goes when nobody asks for it any more."""

from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job
from portico.kernel.sweeps import delete_in_batches


async def sweep_hook_deliveries(run: Run) -> None:
    """As long as the kernel's notes of what was taken: a repeat is known for as long as it is shown."""
    await delete_in_batches(
        run.database, table="releases.hook_deliveries", due="created_at < now() - interval '30 days'", params={}
    )


HOOK_JOBS = (Job(name="sweep_hook_deliveries", run=sweep_hook_deliveries, queue="sweeps", cron="37 * * * *"),)
