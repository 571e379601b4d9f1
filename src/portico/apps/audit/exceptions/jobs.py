"""The job that tests a ledger: one test after another, each in a transaction of its own, each once."""

from typing import Any

from portico.apps.audit.engagements.parameters import Parameters
from portico.apps.audit.exceptions.running import Author, EngagementGone, Tests
from portico.apps.audit.exceptions.service import JOB
from portico.apps.audit.log import log_by
from portico.kernel.event_log import Actor
from portico.kernel.job_runs import Pointless, Run
from portico.kernel.jobs import Job


async def test_ledger(
    run: Run, *, ledger_id: int, engagement_id: int, tests: list[str], parameters: dict[str, Any], user_id: int,
    user_name: str, address: str,
) -> None:  # fmt: skip
    """Begun anew after a crash, it goes on where it was."""
    chosen = Parameters.model_validate(parameters)
    author, actor = Author(user_id, user_name), Actor(str(user_id), user_name, address)
    for done, name in enumerate(tests):
        await run.progress(done, len(tests))
        async with run.transaction() as write:
            if not await run.once(write, name):
                continue
            try:
                found = await Tests(write, ledger_id, author, run.runtime.clock()).test(name, chosen)
            except EngagementGone:
                raise Pointless("The engagement was archived.") from None
            thing = f"ledger:{ledger_id}"
            await log_by(write, actor, "ledger.tested", engagement_id, thing, test=name, found=found)
    await run.progress(len(tests), len(tests))


EXCEPTION_JOBS = (Job(name=JOB, run=test_ledger, timeout=900),)
