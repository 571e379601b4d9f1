"""The job that finds out what is in an uploaded document."""

from portico.apps.audit.documents.extraction import Extracted, extracted
from portico.apps.audit.documents.service import ExtractionService
from portico.apps.audit.evidence.checking import READER, CheckService
from portico.apps.audit.evidence.verifying import EvidenceAltered, file_of, local_copy
from portico.apps.audit.extraction.kinds import EXTRACT, extension_of
from portico.kernel.database import Row
from portico.kernel.job_runs import Pointless, Run
from portico.kernel.jobs import Job

FINISHED = "finished"


async def extract_document(run: Run, *, version_id: int) -> None:
    """Read the verified bytes, then keep all that was found at once: killed in between, it begins again."""
    async with run.transaction() as write:
        if await run.has_done(write, FINISHED):
            return
        work = await ExtractionService(write, run.runtime.clock()).begin(version_id)
    if work is None:
        raise Pointless("The engagement is archived.")
    try:
        async with (
            local_copy(run.runtime.files(run.app), file_of(work)) as file,
            extracted(file, extension_of(work["name"])) as found,
        ):
            await _keep(run, work, found)
    except EvidenceAltered as altered:
        await _keep(run, work, Extracted(altered.text), altered)


async def _keep(run: Run, work: Row, found: Extracted, altered: EvidenceAltered | None = None) -> None:
    now = run.runtime.clock()
    async with run.transaction() as write:
        if await run.once(write, FINISHED):
            await ExtractionService(write, now).finish(work, found)
            if altered is not None:
                await CheckService(write, now, READER).notice(
                    work["version_id"], work["engagement_id"], altered.details
                )  # fmt: skip


async def sweep_documents(run: Run) -> None:
    """Nothing is shown as running that no job will ever finish."""
    async with run.transaction() as write:
        await ExtractionService(write, run.runtime.clock()).give_up_abandoned()


DOCUMENT_JOBS = (
    Job(name=EXTRACT, run=extract_document, queue="documents", timeout=600),
    Job(name="sweep_documents", run=sweep_documents, queue="sweeps", cron="37 * * * *"),
)
