"""The nightly check of the vault."""

from portico.apps.audit.evidence import reads
from portico.apps.audit.evidence.checking import CheckService, Report, check
from portico.apps.audit.evidence.metrics import count_check, show_altered
from portico.kernel.database import Row
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job

CHECK = "check_evidence"
HOURS = 3600.0  # seconds


async def check_evidence(run: Run) -> None:
    """Hash every version; killed in between, it begins again. No connection is held while bytes are read."""
    async with run.database.connection() as connection:
        total = await reads.count_versions(connection)
    report, after = Report(), 0
    while batch := await _after(run, after):
        for version in batch:
            await _check(run, version, report)
            await run.progress(report.outcomes.total(), max(total, report.outcomes.total()))
        after = batch[-1]["id"]
    async with run.transaction() as write:
        if await run.once(write, "report"):
            await CheckService(write, run.runtime.clock()).report(report)
    show_altered(report.altered)


async def _after(run: Run, version_id: int) -> list[Row]:
    async with run.database.connection() as connection:
        return await reads.versions_after(connection, version_id)


async def _check(run: Run, version: Row, report: Report) -> None:
    outcome, finding = await check(run.runtime.files(run.app), version)
    report.add(version, outcome, finding.size if finding else 0)
    count_check(outcome)
    if finding is not None:
        async with run.transaction() as write:
            await CheckService(write, run.runtime.clock()).keep(version, finding)


EVIDENCE_JOBS = (Job(name=CHECK, run=check_evidence, queue="checks", cron="40 2 * * *", timeout=12 * HOURS),)
