"""Removing what identity needs no more: counters of failed log-ins, sessions and API keys that are past their life."""

from datetime import timedelta
from typing import LiteralString

from portico.identity.realm import Realm
from portico.identity.tenants import all_tenants
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job
from portico.kernel.sweeps import delete_in_batches
from portico.kernel.tenancy import acting_for

KEPT_AFTER_LIFE = timedelta(days=1)
"""How long rows are kept that have run out; what was ended before runs out like the others."""


async def sweep_login_failures(run: Run) -> None:
    await delete_in_batches(
        run.database, table="portico.login_failures", due="until < %(now)s", params={"now": run.runtime.clock()}
    )


LOGIN_SWEEP = Job(name="sweep_login_failures", run=sweep_login_failures, queue="sweeps", cron="27 * * * *")


def realm_sweeps(realm: Realm) -> list[Job]:
    """The jobs that remove what is past its life in the tables of one realm."""

    async def sweep_sessions(run: Run) -> None:
        await _sweep(run, realm, realm.sessions)

    jobs = [Job(name="sweep_sessions", run=sweep_sessions, queue="sweeps", cron="37 * * * *")]
    if realm.api_keys is not None:
        table = realm.api_keys

        async def sweep_api_keys(run: Run) -> None:
            await _sweep(run, realm, table)

        jobs.append(Job(name="sweep_api_keys", run=sweep_api_keys, queue="sweeps", cron="38 * * * *"))
    return jobs


async def _sweep(run: Run, realm: Realm, table: LiteralString) -> None:
    last = run.runtime.clock() - KEPT_AFTER_LIFE
    async with run.database.connection() as connection:
        tenants = await all_tenants(connection, realm)
    for tenant in tenants:
        with acting_for(tenant):
            await delete_in_batches(run.database, table=table, due="expires_at < %(last)s", params={"last": last})
