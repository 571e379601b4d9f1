"""Stored files: a row in the database, and bytes in a folder or an object store.

The row comes first and says that a file is arriving. The bytes follow, hashed while they are written, on no connection
of the database. Then the caller's own transaction keeps the file: it is there if and only if the rest of that
transaction is. What arrived and was not kept goes after a day, what was removed after an hour: downloads and backups
that had begun find their bytes.
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

from portico.kernel.database import Connection, Database, fetch_all, fetch_one
from portico.kernel.errors import Conflict, NotFound, PayloadTooLarge, UnsupportedMediaType
from portico.kernel.file_stores import FileStore
from portico.kernel.media_types import SNIFFED, sniffed
from portico.kernel.transaction import Transaction

LARGEST = 50 * 1024 * 1024  # bytes, where a caller says no other limit
LONGEST_NAME = 255
LONGEST_EXTENSION = 16

COLUMNS = "id, app, owner, name, media_type, size, sha256, created_at"
BEGIN = "INSERT INTO portico.files (id, app, owner, name) VALUES (%(id)s, %(app)s, %(owner)s, '')"
KEEP: LiteralString = f"""
    UPDATE portico.files
    SET state = 'kept', name = %(name)s, media_type = %(media_type)s, size = %(size)s, sha256 = %(sha256)s,
        changed_at = now()
    WHERE id = %(id)s AND state = 'arriving' RETURNING {COLUMNS}"""
FIND: LiteralString = f"""
    SELECT {COLUMNS} FROM portico.files
    WHERE id = %(id)s AND app = %(app)s AND owner = %(owner)s AND state = 'kept'"""
LIST: LiteralString = f"""
    SELECT {COLUMNS} FROM portico.files WHERE app = %(app)s AND owner = %(owner)s AND state = 'kept'
    ORDER BY created_at, id LIMIT %(limit)s"""
REMOVE = """
    UPDATE portico.files SET state = 'gone', changed_at = now()
    WHERE app = %(app)s AND owner = %(owner)s AND state = 'kept' AND (%(id)s::uuid IS NULL OR id = %(id)s)
    RETURNING id"""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that is kept. `name` is what people call it, and no path; `media_type` is what its bytes look like."""

    id: UUID
    app: str
    owner: str
    name: str
    media_type: str
    size: int  # bytes
    sha256: str
    created_at: datetime


class FileNotFound(NotFound):
    message = "File not found"


class Files:
    """The stored files of one app. Each belongs to an owner: a text of the app's choice, such as `item 7`."""

    def __init__(self, store: FileStore, database: Database, app: str) -> None:
        self._store = store
        self._database = database
        self._app = app

    async def store(
        self, write: Transaction, stream: AsyncIterable[bytes], *, owner: str, name: str | None = None,
        limit: int = LARGEST, accept: Collection[str] | None = None,
    ) -> StoredFile:  # fmt: skip
        """Take a stream in, and keep it as the caller's transaction is committed.

        The transaction gives its connection back until the bytes are there, so it must not have written before, and
        its locks are lost: look again at what this rests on. Without a `name` the stream's own is taken, which it
        may know only at its end. `accept` are the media types that will do.
        Raises `PayloadTooLarge`, `UnsupportedMediaType`, and what the stream raises.
        """
        [file] = await self.store_all(write, _alone(stream), owner=owner, name=name, limit=limit, accept=accept)
        return file

    async def store_all(
        self, write: Transaction, streams: AsyncIterable[AsyncIterable[bytes]], *, owner: str, name: str | None = None,
        limit: int = LARGEST, accept: Collection[str] | None = None,
    ) -> list[StoredFile]:  # fmt: skip
        """As `store`, for several that come one after another: all of them are kept, or none. `limit` is each one's."""
        arrived: list[_Arriving] = []
        try:
            await write.aside(self._receive(streams, arrived, owner, name=name, limit=limit, accept=accept))
            return [await self._keep(write, each) for each in arrived]
        except BaseException:
            for each in arrived:
                with suppress(Exception):  # the sweep would find it as well
                    await self._store.delete(each.id.hex)
            raise

    async def find(self, connection: Connection, file_id: UUID, *, owner: str) -> StoredFile:
        """Raises `FileNotFound`."""
        row = await fetch_one(connection, FIND, {"id": file_id, "app": self._app, "owner": owner})
        if row is None:
            raise FileNotFound
        return StoredFile(**row)

    async def of(self, connection: Connection, owner: str, *, limit: int = 1000) -> list[StoredFile]:
        """The files of an owner, the oldest first."""
        rows = await fetch_all(connection, LIST, {"app": self._app, "owner": owner, "limit": limit})
        return [StoredFile(**row) for row in rows]

    def open(self, file: StoredFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, which is left out. No connection is held, whatever time it takes."""
        return self._store.read(file.id.hex, start, file.size if end is None else min(end, file.size))

    async def stored_size(self, file: StoredFile) -> int:
        """How many bytes the store has of it, whatever the row says. Raises `FileNotFoundError`."""
        return await self._store.size(file.id.hex)

    async def remove(self, write: Transaction, *, owner: str, file_id: UUID | None = None) -> int:
        """Remove one file of an owner, or all of them; answers how many that were."""
        return await remove_files(write, app=self._app, owner=owner, file_id=file_id)

    async def _receive(
        self, streams: AsyncIterable[AsyncIterable[bytes]], arrived: list["_Arriving"], owner: str, **options: Any
    ) -> None:
        async for stream in streams:
            arriving = _Arriving(stream, **options)
            arrived.append(arriving)
            async with self._database.connection() as connection:
                await connection.execute(BEGIN, {"id": arriving.id, "app": self._app, "owner": owner})
            await self._store.write(arriving.id.hex, arriving.chunks())

    async def _keep(self, write: Transaction, arrived: "_Arriving") -> StoredFile:
        row = await fetch_one(await write.connection(), KEEP, {"id": arrived.id, **arrived.found()})
        if row is None:
            raise Conflict(log="The file was swept before it was kept.")
        return StoredFile(**row)


async def remove_files(write: Transaction, *, app: str, owner: str, file_id: UUID | None = None) -> int:
    """As `Files.remove`, for whoever has no `Files` at hand: it takes nothing but the transaction."""
    params = {"app": app, "owner": owner, "id": file_id}
    return len(await fetch_all(await write.connection(), REMOVE, params))


class _Arriving:
    """A stream on its way into a store: measured, hashed and looked at as it passes."""

    def __init__(
        self, stream: AsyncIterable[bytes], *, name: str | None, limit: int, accept: Collection[str] | None
    ) -> None:
        self.id = uuid4()
        self._stream = stream
        self._name = name
        self._limit = limit
        self._accept = accept
        self._hash = hashlib.sha256()
        self._size = 0
        self._head = b""
        self._is_checked = accept is None

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._size += len(chunk)
            if self._size > self._limit:
                raise PayloadTooLarge
            self._hash.update(chunk)
            if len(self._head) < SNIFFED:
                self._head += chunk[: SNIFFED - len(self._head)]
            if not self._is_checked and len(self._head) == SNIFFED:
                self._check()
            yield chunk
        if not self._is_checked:
            self._check()

    def found(self) -> dict[str, Any]:
        name = tidy(self._name or str(getattr(self._stream, "name", "")))
        media_type = sniffed(self._head, name)
        return {"name": name, "media_type": media_type, "size": self._size, "sha256": self._hash.hexdigest()}

    def _check(self) -> None:
        """As early as the first bytes tell: nobody sends 50 MiB to be refused."""
        self._is_checked = True
        media_type = self.found()["media_type"]
        if self._accept is not None and media_type not in self._accept:
            raise UnsupportedMediaType(f"This is {media_type}; accepted: {', '.join(sorted(self._accept))}.")


async def _alone(stream: AsyncIterable[bytes]) -> AsyncIterator[AsyncIterable[bytes]]:
    yield stream


def tidy(name: str) -> str:
    """What people may call a file: the last part of a path, without what cannot be shown. Cut, it keeps its end."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(one for one in last if one.isprintable()).strip(" .")
    if len(shown) > LONGEST_NAME:
        stem, dot, extension = shown.rpartition(".")
        end = f"{dot}{extension}" if stem and len(extension) <= LONGEST_EXTENSION else ""
        shown = shown[: LONGEST_NAME - len(end)] + end
    return shown or "file"
