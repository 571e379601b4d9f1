"""Packing a binder: read at one moment, then sent part by part, and noted in the log when all of it was handed over."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from portico.apps.audit.binder import parts, reads
from portico.apps.audit.binder.packing import Packing, Part
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.evidence.verifying import file_of
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access
from portico.apps.audit.populations import reads as populations
from portico.apps.audit.populations.canonical import FIRST_LINES
from portico.apps.audit.reports.content import report
from portico.apps.audit.reports.html import html
from portico.apps.audit.reports.service import pdf
from portico.kernel import event_log, event_seals
from portico.kernel.database import Connection, Database, Row
from portico.kernel.errors import Unavailable
from portico.kernel.event_log import Wanted
from portico.kernel.files import Files
from portico.kernel.transaction import Transaction

SEALINGS, BETWEEN_SEALINGS = 100, 0.05  # seconds


class Binder:
    """One binder, for who was let into the engagement. `packed` may be asked for once."""

    def __init__(self, database: Database, files: Files, access: Access, engagement_id: int, now: datetime) -> None:
        self._database = database
        self._files = files
        self._access = access
        self._engagement_id = engagement_id
        self._now = now
        self._found: dict[str, Any] = {}
        self._head: Row = {}
        self._events = 0
        self._altered: list[str] = []

    async def open(self, connection: Connection) -> None:
        """Read what people have written. Raises `EngagementNotFound`, `Unavailable`."""
        await look(connection, self._access, self._engagement_id)
        self._found = await reads.written(connection, self._engagement_id)
        self._head = await self._sealed(connection)

    async def packed(self) -> AsyncIterator[bytes]:
        packing = Packing(f"binder-{self._engagement_id}", self._now)
        async for part in self._parts():
            async for chunk in packing.add(part):
                yield chunk
        manifest = parts.manifest(
            packing.files, engagement=self._found["told"]["engagement"], at=self._now,
            head=self._head, events=self._events, altered=self._altered,
        )  # fmt: skip
        async for chunk in packing.add(Part(parts.MANIFEST, parts.whole(manifest))):
            yield chunk
        yield packing.end()
        await self._note(hashlib.sha256(manifest).hexdigest(), len(packing.files))

    async def _sealed(self, connection: Connection) -> Row:
        """The end of the chain, once all that the binder tells of stands in it: the script asks the log for receipts.

        Another sealer may be at it, and one call seals a thousand events at the most.
        """
        for _ in range(SEALINGS):
            await event_seals.seal(connection)
            if not await reads.waits_for_seal(connection, self._engagement_id):
                return await event_log.head(connection, "audit")
            await asyncio.sleep(BETWEEN_SEALINGS)
        raise Unavailable("The event log is being sealed, and the binder needs all of it: try again in a moment.")

    async def _parts(self) -> AsyncIterator[Part]:
        written = report(self._found["told"], at=self._now)
        page, document = await asyncio.to_thread(lambda: (html(written), pdf(written)))
        for path, content in parts.written_parts(self._found, page, document, head=self._head):
            yield parts.text(path, parts.whole(content))
        for row in self._found["evidence"]:
            path = parts.evidence_path(row)
            chunks = await self._stored(path, row)
            if chunks is not None:
                yield Part(path, chunks, is_text=False)
        yield self._list("exceptions.jsonl", reads.EXCEPTIONS, self._engagement_id)
        for row in self._found["populations"]:
            if row["hash"] is not None:
                yield parts.text(parts.population_path(row), self._population(row))
        for row in self._found["reconciliations"]:
            yield self._list(f"reconciliations/{row['id']}.jsonl", reads.MATCHES, row["id"])
        yield parts.text(parts.LOG, parts.lines(self._next_events))

    async def _stored(self, path: str, row: Row) -> AsyncIterator[bytes] | None:
        """The stored bytes of a version as they are. Bytes that are gone, or others, are named in the manifest."""
        file = file_of(row)
        chunks = self._files.open(file)
        try:
            is_longer = await self._files.stored_size(file) > file.size
            first = await anext(chunks, b"")
        except FileNotFoundError:
            self._altered.append(path)
            return None
        if is_longer:  # what was appended is not packed, and yet the store was touched
            self._altered.append(path)
        return self._watched(path, row["sha256"], first, chunks)

    async def _watched(
        self, path: str, expected: str, first: bytes, rest: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:  # fmt: skip
        digest = hashlib.sha256(first)
        yield first
        async for chunk in rest:
            await asyncio.to_thread(digest.update, chunk)
            yield chunk
        if digest.hexdigest() != expected:
            self._altered.append(path)

    def _list(self, path: str, sql: Any, of: int) -> Part:
        return parts.text(path, parts.lines(partial(self._next_rows, sql, of)))

    async def _population(self, row: Row) -> AsyncIterator[bytes]:
        """The text that the hash of a population is of: the file's own hash is the same."""
        text, place = FIRST_LINES.format(evidence_sha256=row["evidence_sha256"]), 0
        while text is not None:
            yield text.encode()
            async with self._database.connection() as connection:
                found = await populations.canonical(connection, row["id"], place) or {"text": None, "last": place}
            text, place = found["text"], found["last"]

    async def _next_rows(self, sql: Any, of: int, place: int) -> Sequence[Any]:
        """On a connection that is given back at once: whoever downloads slowly holds none."""
        async with self._database.connection() as connection:
            return await reads.after(connection, sql, of, place)

    async def _next_events(self, place: int) -> Sequence[Any]:
        wanted = Wanted(object=f"engagement:{self._engagement_id}")
        async with self._database.connection() as connection:
            rows = await event_log.chain(connection, "audit", wanted, after=place, limit=reads.AT_ONCE)
        known = [row for row in rows if row["seq"] <= self._head["seq"]]
        self._events += len(known)
        return [
            {"place": row["seq"], **{name: value for name, value in row.items() if name != "moment"}} for row in known
        ]  # fmt: skip

    async def _note(self, sha256: str, count: int) -> None:
        """That the binder was handed over, and which: its manifest's hash tells later whether it is this one."""
        write = Transaction(self._database)
        try:
            await log_in(
                write, self._access, "binder.handed_over", self._engagement_id, "binder",
                manifest=sha256, files=count, altered=self._altered,
            )  # fmt: skip
            await write.commit()
        finally:
            await write.close()
