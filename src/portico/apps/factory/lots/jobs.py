"""What happens to lots by itself: their last day is over."""

from portico.apps.factory.lots.expiry import companies, expire
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job
from portico.kernel.tenancy import acting_for


async def expire_lots(run: Run) -> None:
    """In each company by its own clock. Nobody waits for it: what has expired is not used in the meantime either."""
    now = run.runtime.clock()
    async with run.transaction() as write:
        found = await companies(write)
    for company in found:
        with acting_for(company):
            async with run.transaction() as write:
                await expire(write, now)


LOT_JOBS = (Job(name="expire_lots", run=expire_lots, queue="sweeps", cron="4 * * * *"),)
