"""A sync: all of what was sent, or nothing.

It revives what was deleted, and what it names alone: what is in it comes back with its own sync, or by a restore. A
parent that is deleted is as good as none, since nothing live is in anything deleted.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.sync.repository import SyncRepository
from portico.apps.factory.sync.statements import Noun, Parent
from portico.kernel.errors import InvalidInput
from portico.kernel.transaction import Transaction


class UnknownParent(InvalidInput):
    """Entries belong to something that there is not. `details` names each."""

    status = 400
    code = "UNKNOWN_PARENT"
    message = "Some entries belong to what is not there. Nothing was written."


class SyncService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now

    async def sync(self, noun: Noun, entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Write these entries, by their codes. Raises `UnknownParent`, and `InvalidInput` for a code that is twice."""
        self._access.require(Action.SYNC)
        _refuse_doubles(noun, entries)
        repository = SyncRepository(self._write, noun)
        await repository.wait_for_others()
        missing: dict[str, str] = {}
        for parent in noun.parents:
            missing |= await self._missing(repository, noun, parent, entries)
        if missing:
            raise UnknownParent(details=missing)
        known = await repository.lock([entry["code"] for entry in entries])
        kept = await repository.kept(entries)
        await repository.upsert(entries)
        result: dict[str, Any] = {"inserted": len(entries) - known, "updated": known}
        await note(
            self._write, self._access, self._now, "Sync", details={"of": noun.table, **result, "kept": len(kept)}
        )
        return {**result, "kept": kept} if kept else result

    async def _missing(
        self, repository: SyncRepository, noun: Noun, parent: Parent, entries: Iterable[dict[str, Any]]
    ) -> dict[str, str]:
        codes = {entry[parent.field] for entry in entries if parent.field in entry}
        found = await repository.keep(parent, codes) if codes else {}
        wrong = {code: "is not there" for code in codes - found.keys()}
        wrong |= {code: "is deleted" for code, deleted_at in found.items() if deleted_at is not None}
        return {
            f"{noun.table}.{place}.{parent.field}": f"{entry['code']}: the {parent.kind} {code} {wrong[code]}"
            for place, entry in enumerate(entries)
            if (code := entry.get(parent.field)) in wrong
        }


def _refuse_doubles(noun: Noun, entries: list[dict[str, Any]]) -> None:
    seen = Counter(entry["code"] for entry in entries)
    twice = [code for code, times in seen.items() if times > 1]
    if twice:
        raise InvalidInput(details={noun.table: f"more than once: {', '.join(twice)}"})
