"""The job that turns a file of evidence into a ledger."""

from pathlib import Path
from typing import Any

from portico.apps.audit.evidence.verifying import EvidenceAltered, file_of, local_copy
from portico.apps.audit.exceptions.running import Author, EngagementGone, Tests
from portico.apps.audit.ledgers import reading
from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.importing import Import, ImportFailed, LedgerGone, give_up_abandoned
from portico.apps.audit.ledgers.reading import ReaderDied
from portico.apps.audit.ledgers.service import JOB
from portico.kernel.event_log import Actor
from portico.kernel.job_runs import Pointless, Run
from portico.kernel.jobs import Job, Retry
from portico.kernel.transaction import Transaction
from portico.kernel.work_folders import sweep_work_folders, work_folder

PREFIX = "portico-ledger-"
READ, COPIED, CHECKED = 60, 95, 100
"""At which percent of the whole its parts end."""
TAKEN = "taken"


async def import_ledger(
    run: Run, *, ledger_id: int, engagement_id: int, user_id: int, user_name: str, address: str
) -> None:
    """Read the file in a child process, take its tables in by COPY, and make the checks."""
    actor = Actor(str(user_id), user_name, address)

    def importing(write: Transaction) -> Import:
        return Import(write, ledger_id, actor, run.runtime.clock())

    try:
        async with work_folder(PREFIX) as folder:
            found = await _read(run, importing, folder)
            async with run.transaction() as write:
                if await run.once(write, TAKEN):
                    await importing(write).take(folder, found, _part(run, READ, COPIED))
                    await Tests(write, ledger_id, Author(user_id, user_name), run.runtime.clock()).check()
    except (LedgerGone, EngagementGone):
        raise Pointless("The ledger is imported already, or the engagement is archived.") from None
    except Unreadable as error:
        await _fail(run, importing, error.reason, error.line)
    except EvidenceAltered as error:
        await _fail(run, importing, error.text.rstrip("."), None)
    except ReaderDied as error:
        await _fail(run, importing, "reading it took more memory or time than it may", None, log=str(error))
    await run.progress(CHECKED, 100)


async def sweep_ledgers(run: Run) -> None:
    """Remove the folders of imports whose worker was killed, and fail what no job imports any more."""
    await sweep_work_folders(PREFIX)
    async with run.transaction() as write:
        await give_up_abandoned(write, run.runtime.clock())


async def _read(run: Run, importing: Any, folder: Path) -> dict[str, Any]:
    async with run.transaction() as write:
        order = await importing(write).order()
        file = file_of(await importing(write).file())
    asked = {"folder": str(folder), "ledger_id": order["id"], "kind": order["kind"], "mapping": order["mapping"]}
    async with local_copy(run.runtime.files(run.app), file) as copy:
        return await reading.read(copy, asked, _part(run, 0, READ))


async def _fail(run: Run, importing: Any, reason: str, line: int | None, *, log: str | None = None) -> None:
    """The file stays evidence. Raises `ImportFailed`, which ends the job, and `Pointless`."""
    try:
        async with run.transaction() as write:
            sentence = await importing(write).fail(reason, line)
    except LedgerGone:
        raise Pointless("The engagement is archived.") from None
    raise ImportFailed(sentence, log=log)


def _part(run: Run, begin: int, end: int) -> Any:
    """Progress of a part, as one of the whole."""

    async def progress(percent: int) -> None:
        await run.progress(begin + (end - begin) * percent // 100, 100)

    return progress


LEDGER_JOBS = (
    Job(name=JOB, run=import_ledger, timeout=1800, retry=Retry(attempts=3)),
    Job(name="sweep_ledgers", run=sweep_ledgers, queue="sweeps", cron="41 * * * *"),
)
