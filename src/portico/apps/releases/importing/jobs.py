"""The job that turns a repository into releases, and the one that clears up."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from portico.apps.releases.importing import history, plan
from portico.apps.releases.importing.configuration import ImportSettings
from portico.apps.releases.importing.fetching import clone_path, clone_url
from portico.apps.releases.importing.plan import Finding, Planned
from portico.apps.releases.importing.service import JOB, ImportService, ServiceGone
from portico.kernel.database import Row
from portico.kernel.job_runs import Pointless, Run
from portico.kernel.jobs import Job, Retry
from portico.kernel.settings import validated
from portico.kernel.work_folders import sweep_work_folders, work_folder

FINISHED = "finished"
PREFIX = "portico-import-"


async def import_git(run: Run, *, url: str | None, path: str | None) -> None:
    """Version after version, each in a transaction of its own: begun anew after a crash, it goes on."""
    async with run.transaction() as write:
        if await run.has_done(write, FINISHED):
            return
        try:
            order = await ImportService(write).order(run.id)
        except ServiceGone as gone:
            raise Pointless(gone.text) from None
    async with work_folder(PREFIX) as folder:
        git = await (clone_url(url, folder) if url else clone_path(path or "", _root(), folder))
        tags = await history.tags(git)
        versions, findings = plan.versions_of(tags, order["tag_prefix"])
        await run.progress(0, len(versions))
        log = await history.commits(git, [each.tag.sha for each in versions])
    passed_over = len(tags) - len(versions) - len(findings)
    findings += await asyncio.to_thread(plan.fill, versions, log)
    findings += await _take(run, order, versions)
    async with run.transaction() as write:
        if await run.once(write, FINISHED):
            await ImportService(write).finish(
                run.id, order, versions=len(versions), passed_over=passed_over, findings=findings
            )


async def sweep_imports(run: Run) -> None:
    async with run.transaction() as write:
        await ImportService(write).sweep()
    await sweep_work_folders(PREFIX)


async def _take(run: Run, order: Row, versions: Sequence[Planned]) -> list[Finding]:
    findings = []
    for number, each in enumerate(versions, start=1):
        async with run.transaction() as write:
            findings.append(await ImportService(write).take(run.id, order, each, run.runtime.clock()))
        await run.progress(number, len(versions))
    return [finding for finding in findings if finding is not None]


def _root() -> Path | None:
    return validated(ImportSettings).git_import_root


IMPORT_JOBS = (
    Job(name=JOB, run=import_git, timeout=900, retry=Retry(attempts=2)),
    Job(name="sweep_git_imports", run=sweep_imports, queue="sweeps", cron="37 * * * *"),
)
