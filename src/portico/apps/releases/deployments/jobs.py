"""What happens to deployments by itself, each minute."""

from portico.apps.releases.deployments.running import attend, due, waiting
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job


async def attend_deployments(run: Run) -> None:
    """End what has lost its agent or waited too long, and queue what has come due; each in a transaction of its own."""
    now = run.runtime.clock()
    async with run.transaction() as write:
        found = await due(write, now)
    for deployment_id in found:
        async with run.transaction() as write:
            await attend(write, deployment_id, now)


async def attend_waiting(run: Run) -> None:
    """Put everything that has not started where it belongs, after a rule has changed."""
    now = run.runtime.clock()
    async with run.transaction() as write:
        found = await waiting(write)
    for deployment_id in found:
        async with run.transaction() as write:
            await attend(write, deployment_id, now)


JOBS = (
    Job(name="attend_deployments", run=attend_deployments, queue="sweeps", cron="* * * * *"),
    Job(name="attend_waiting", run=attend_waiting),
)
