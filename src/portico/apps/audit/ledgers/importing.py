"""What the import's job writes: the books of a ledger, all at once, or why there are none."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from portico.apps.audit.ledgers import reads
from portico.apps.audit.ledgers.models import LEDGER_MACHINE, Ledger
from portico.apps.audit.ledgers.repository import LedgerRepository
from portico.apps.audit.ledgers.service import JOB
from portico.apps.audit.log import log_by
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput
from portico.kernel.event_log import Actor
from portico.kernel.job_status import under_way
from portico.kernel.transaction import Transaction

COUNTED = ("accounts", "entries", "lines")


class ImportFailed(InvalidInput):
    """The job ends with it: another try would read the same file."""

    code = "IMPORT_FAILED"


class LedgerGone(Exception):
    """There is nothing to import any more: it was done, or the engagement is archived."""


async def give_up_abandoned(write: Transaction, now: datetime) -> None:
    """Say of ledgers whose job was cancelled, or has failed too often, that there will be no books."""
    waiting = await LedgerRepository(write).importing()  # looked at first: a job ends after its ledger
    jobs = await under_way(await write.connection(), f"audit.{JOB}")
    for ledger_id in set(waiting) - {args["ledger_id"] for args in jobs}:
        with suppress(LedgerGone):
            importing = Import(write, ledger_id, Actor(name="Portico"), now)
            await importing.fail("the import was cancelled, or given up after several tries", None)


class Import:
    """The import of one ledger, for whoever asked for it."""

    def __init__(self, write: Transaction, ledger_id: int, actor: Actor, now: datetime) -> None:
        self._write = write
        self._ledger_id = ledger_id
        self._actor = actor
        self._now = now
        self._ledgers = LedgerRepository(write)

    async def order(self) -> Row:
        """What is to be imported. Raises `LedgerGone`."""
        found = await reads.order(await self._write.connection(), self._ledger_id)
        if found is None or found["state"] != "importing" or found["engagement_state"] == "archived":
            raise LedgerGone
        return found

    async def file(self) -> Row:
        """The version of evidence. Raises `LedgerGone`."""
        found = await reads.file(await self._write.connection(), self._ledger_id)
        if found is None:
            raise LedgerGone
        return found

    async def take(self, folder: Path, found: dict[str, Any], progress: Callable[[int], Awaitable[None]]) -> None:
        """Take in the tables that were written, and close the books: all of it, or nothing. Raises `LedgerGone`."""
        ledger = await self._locked()
        await self._ledgers.copy(folder, progress)
        stored, read = await self._ledgers.stored(self._ledger_id), found["computed"]
        balance = Decimal(read["debit"]) - Decimal(read["credit"])
        if stored != {"balance": balance, **{name: read[name] for name in COUNTED}}:
            raise RuntimeError(f"COPY has stored {stored} of {read}.")
        declared = dict(found["declared"])
        currency, year = declared.pop("currency", ""), declared.pop("year", "")
        ledger.state = LEDGER_MACHINE.advance(ledger, "finish", _anyone)
        ledger.format, ledger.declared, ledger.computed = found["format"], declared, found["computed"]
        ledger.currency, ledger.financial_year = currency or ledger.currency, ledger.financial_year or year
        ledger.imported_at = self._now
        await self._write.session.flush()
        await self._log("ledger.imported", ledger, **found["computed"])

    async def fail(self, reason: str, line: int | None) -> str:
        """Say why there are no books; answers the sentence. Raises `LedgerGone`."""
        ledger = await self._locked()
        ledger.state = LEDGER_MACHINE.advance(ledger, "fail", _anyone)
        ledger.reason = (f"Line {line}: {reason}." if line else f"{reason[:1].upper()}{reason[1:]}.")[:2000]
        await self._write.session.flush()
        await self._log("ledger.import_failed", ledger, reason=ledger.reason)
        return ledger.reason

    async def _locked(self) -> Ledger:
        await self.order()
        ledger = await self._ledgers.lock(self._ledger_id)
        if ledger is None or ledger.state != "importing":
            raise LedgerGone
        return ledger

    async def _log(self, action: str, ledger: Ledger, **details: Any) -> None:
        await log_by(self._write, self._actor, action, ledger.engagement_id, f"ledger:{ledger.id}", **details)


def _anyone(_: Any) -> bool:
    """Whoever asked for the import had the right to."""
    return True
