"""`portico worker`: the process that runs the jobs of the apps."""

import asyncio
import os
import signal
from collections.abc import Mapping

from portico import registry
from portico.identity.public import LOGIN_SWEEP, realm_sweeps
from portico.kernel import telemetry
from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.draining import PARENT_VARIABLE, exit_with_parent
from portico.kernel.event_seals import sealing
from portico.kernel.job_worker import JobWorker
from portico.kernel.jobs import KERNEL, RegisteredJob, jobs_of, register
from portico.kernel.loading import loading
from portico.kernel.logging import configure
from portico.kernel.metrics import sampling
from portico.kernel.migrations import database_url, upgrade
from portico.kernel.runtime import Runtime
from portico.kernel.settings import Settings
from portico.kernel.sweeps import KERNEL_JOBS
from portico.kernel.webhook_relay import Listeners
from portico.kernel.webhook_sender import WebhookSender, sending


def work(settings: Settings) -> None:
    """Run the jobs of the chosen apps until SIGTERM or SIGINT."""
    configure(settings)
    telemetry.start(settings)
    url = database_url(settings)
    if settings.is_embedded and PARENT_VARIABLE not in os.environ:
        upgrade(url)  # `portico serve` has done it; a worker of its own has nobody else to do it
    apps = registry.chosen(settings)
    with loading():
        jobs, listeners = known_jobs(apps), known_listeners(apps)
    run(jobs, settings, url, listeners=listeners)


def known_jobs(apps: tuple[str, ...]) -> Mapping[str, RegisteredJob]:
    """The jobs of these apps, and those that keep the kernel's and identity's tables small."""
    register(KERNEL, [*KERNEL_JOBS, LOGIN_SWEEP])
    for name in apps:
        register(name, realm_sweeps(registry.load(name).realm))
    return jobs_of([KERNEL, *apps])


def known_listeners(apps: tuple[str, ...]) -> Mapping[str, Listeners]:
    """Of those of these apps that have webhooks."""
    found = ((name, registry.load(name).listeners) for name in apps)
    return {name: listeners for name, listeners in found if listeners is not None}


def run(
    jobs: Mapping[str, RegisteredJob], settings: Settings, url: str, *, listeners: Mapping[str, Listeners] | None = None
) -> None:
    """Run these jobs, and send the webhooks of the apps that have some.

    Until SIGTERM or SIGINT, or until the server that started this process is gone.
    """
    exit_with_parent()
    database = Database(url, pool_size=settings.job_pool_size, limits=JOB_LIMITS)
    worker = JobWorker(jobs, Runtime(settings=settings, database=database), url)

    async def until_told() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, worker.stop)
        if PARENT_VARIABLE in os.environ:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent ends us when it is time
        else:
            loop.add_signal_handler(signal.SIGINT, worker.stop)
        webhooks = sending(WebhookSender(listeners or {}, database, settings), database)
        async with sampling(database, process="jobs"), sealing(database), webhooks:
            await worker.run()
        await telemetry.flush()

    asyncio.run(until_told())
