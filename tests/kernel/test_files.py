"""Stored files: there if and only if their transaction is, whole or not at all, in a folder as in an object store."""

import asyncio
import hashlib
import os
import threading
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from portico.kernel import file_stores
from portico.kernel.database import Database
from portico.kernel.errors import Conflict, PayloadTooLarge, UnsupportedMediaType
from portico.kernel.file_stores import FileStore, FolderStore
from portico.kernel.file_sweep import GIVE_UP, sweep_files
from portico.kernel.files import FileNotFound, Files, StoredFile, tidy
from portico.kernel.job_runs import Run
from portico.kernel.media_types import sniffed
from portico.kernel.runtime import Runtime
from portico.kernel.transaction import Transaction
from tests.servers import settings_of

MIB = 1024 * 1024
OWNER = "box 1"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=2)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


@pytest.fixture
def files(store: FolderStore, database: Database) -> Files:
    return Files(store, database, "tiny")


async def stream(*chunks: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if error is not None:
        raise error


async def kept(database: Database, files: Files, *chunks: bytes, commit: bool = True, **options: Any) -> StoredFile:
    write = Transaction(database)
    try:
        file = await files.store(write, stream(*chunks), **{"owner": OWNER, "name": "a.txt", **options})
        if commit:
            await write.commit()
        return file
    finally:
        await write.close()


async def content(files: Files, file: StoredFile, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in files.open(file, start, end)])


def on_disk(store: FolderStore) -> list[str]:
    return sorted(path.name for path in store._folder.rglob("*") if path.is_file())


def states(url: str) -> dict[UUID, str]:
    with psycopg.connect(url) as owner:
        return dict(owner.execute("SELECT id, state FROM portico.files").fetchall())


def age(url: str, interval: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("UPDATE portico.files SET changed_at = changed_at - %s::interval", [interval])


async def sweep(url: str, store: FileStore, database: Database) -> None:
    runtime = Runtime(settings=settings_of(url), database=database)
    runtime.__dict__["file_store"] = store
    await sweep_files(Run(1, "portico", "sweep_files", runtime))


# With the transaction


async def test_a_file_is_there_if_and_only_if_its_transaction_is(
    database: Database, database_url: str, files: Files, store: FolderStore
) -> None:
    there = await kept(database, files, b"one ", b"two")
    gone = await kept(database, files, b"three", commit=False)
    async with database.connection() as reading:
        assert await files.of(reading, OWNER) == [there]
        assert await files.find(reading, there.id, owner=OWNER) == there
        for file_id, owner in ((gone.id, OWNER), (there.id, "box 2"), (uuid4(), OWNER)):
            with pytest.raises(FileNotFound):
                await files.find(reading, file_id, owner=owner)
        with pytest.raises(FileNotFound):
            await Files(store, database, "other").find(reading, there.id, owner=OWNER)
    assert there.sha256 == hashlib.sha256(b"one two").hexdigest()
    assert await content(files, there) == b"one two"
    assert states(database_url) == {there.id: "kept", gone.id: "arriving"}


async def test_the_sweep_takes_what_was_not_kept_and_nothing_else(
    database: Database, database_url: str, files: Files, store: FolderStore
) -> None:
    there = await kept(database, files, b"kept")
    await kept(database, files, b"rolled back", commit=False)
    (store._folder / there.id.hex[:2] / ("f" * 32)).write_bytes(b"of another database that uses this folder")
    before = on_disk(store)
    age(database_url, "23 hours")
    await sweep(database_url, store, database)
    assert on_disk(store) == before
    age(database_url, "2 hours")
    await sweep(database_url, store, database)
    assert on_disk(store) == sorted([there.id.hex, "f" * 32])
    age(database_url, "2 hours")
    await sweep(database_url, store, database)
    assert states(database_url) == {there.id: "kept"}


async def test_a_worker_that_was_killed_leaves_what_the_sweep_finds(
    database: Database, database_url: str, files: Files, store: FolderStore
) -> None:
    """Killed while bytes arrived, it left a row and a draft."""
    gone = await kept(database, files, b"x", commit=False)
    path = store._path(gone.id.hex)
    path.rename(store._folder / f".{gone.id.hex}")
    age(database_url, "26 hours")
    await sweep(database_url, store, database)
    assert on_disk(store) == []


async def test_a_file_that_was_swept_before_it_was_kept_is_not_kept(
    database: Database, database_url: str, files: Files, store: FolderStore
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        age(database_url, "25 hours")
        async with database.connection() as connection:
            await connection.execute(GIVE_UP)

    with pytest.raises(Conflict):
        await files.store(Transaction(database), slow(), owner=OWNER, name="a")
    assert on_disk(store) == []


async def test_what_is_removed_can_be_read_for_an_hour_by_who_had_begun(
    database: Database, database_url: str, files: Files, store: FolderStore
) -> None:
    file, other = await kept(database, files, b"long" * MIB), await kept(database, files, b"x")
    reading = files.open(file)
    await anext(reading)
    write = Transaction(database)
    assert await files.remove(write, owner=OWNER, file_id=file.id) == 1
    assert await files.remove(write, owner=OWNER, file_id=file.id) == 0
    assert await files.remove(write, owner="box 2") == 0
    await write.commit()
    await write.close()
    await sweep(database_url, store, database)
    assert sum([len(chunk) async for chunk in reading]) > 3 * MIB
    age(database_url, "61 minutes")
    await sweep(database_url, store, database)
    assert on_disk(store) == [other.id.hex]


async def test_no_connection_is_held_while_bytes_arrive_or_leave(database: Database, files: Files) -> None:
    held: list[int] = []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            held.append(database.counts()["in_use"])
            yield b"x" * MIB

    write = Transaction(database)
    await write.connection()  # as the look-up of the caller does
    file = await files.store(write, watched(), owner=OWNER, name="a")
    await write.commit()
    await write.close()
    async for _ in files.open(file):
        held.append(database.counts()["in_use"])
    assert set(held) == {0}


# Bytes


async def test_large_files_take_no_memory(database: Database, files: Files) -> None:
    size, chunk = 200 * MIB, os.urandom(64 * 1024)
    tracemalloc.start()
    try:
        file = await kept(database, files, *[chunk] * (size // len(chunk)), limit=size)
        read = 0
        async for part in files.open(file):
            read += len(part)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (file.size, read) == (size, size)
    assert peak < 8 * MIB


async def test_a_disk_that_hangs_holds_up_nobody_else(
    database: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, hangs, goes_on = file_stores._settle, threading.Event(), threading.Event()

    def slow(*args: Any) -> None:
        hangs.set()
        assert goes_on.wait(20), "the loop stood still for as long as the disk did"
        settle(*args)

    monkeypatch.setattr(file_stores, "_settle", slow)
    storing = asyncio.create_task(kept(database, files, b"x"))
    while not hangs.is_set():  # noqa: ASYNC110 - it is set by the thread that writes
        await asyncio.sleep(0.01)
    goes_on.set()
    await storing


async def test_the_bytes_are_durable_before_the_row_says_that_they_are_there(
    database: Database, database_url: str, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        order.append(Path(f"/proc/self/fd/{descriptor}").readlink().name[:1])
        sync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        order.append(f"name, {set(states(database_url).values())}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    file = await kept(database, files, b"x")
    folder = file.id.hex[0]
    assert order == [".", "f", "name, {'arriving'}", folder]  # the draft, the folders' list, its name, that name's list


@pytest.mark.parametrize(
    ("chunks", "error", "options", "expected"),
    [
        ([b"x" * MIB] * 3, OSError("the sender is gone"), {}, OSError),
        ([b"x" * 600, b"x" * 401], None, {"limit": 1000}, PayloadTooLarge),
        ([b"<html>"], None, {"accept": {"image/png"}, "name": "a.png"}, UnsupportedMediaType),
    ],
)
async def test_what_fails_leaves_nothing(
    database: Database, files: Files, store: FolderStore, chunks: list[bytes], error: Exception | None,
    options: dict[str, Any], expected: type[Exception],
) -> None:  # fmt: skip
    with pytest.raises(expected):
        await files.store(Transaction(database), stream(*chunks, error=error), owner=OWNER, **options)
    assert on_disk(store) == []


async def test_a_wrong_type_is_refused_by_its_first_bytes(database: Database, files: Files) -> None:
    """Before the rest has come; and a right one is taken, whatever its name says."""
    sent = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"%PDF-1.7" + b"x" * 5000

    with pytest.raises(UnsupportedMediaType, match=r"application/pdf; accepted: image/png"):
        await files.store(Transaction(database), long(), owner=OWNER, name="a.png", accept={"image/png"})
    assert sent == 1
    file = await kept(database, files, b"\x89PNG\r\n\x1a\n", name="a.html", accept={"image/png"})
    assert file.media_type == "image/png"


async def test_only_the_server_may_read_the_folder(database: Database, files: Files, store: FolderStore) -> None:
    file = await kept(database, files, b"x")
    path = store._path(file.id.hex)
    assert [oct(one.stat().st_mode & 0o777) for one in (path, path.parent, store._folder)] == [
        "0o600",
        "0o700",
        "0o700",
    ]


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        (b"", "a.png", "application/octet-stream"),
        (b"\x89PNG\r\n\x1a\n", "a", "image/png"),
        (b"\xff\xd8\xff\xe0", "a", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a", "audio/wav"),
        (b"PK\x03\x04", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"PK\x03\x04", "a.png", "application/zip"),
        (b"name,price\nLamp,1\n", "a.CSV", "text/csv"),
        (b"name,price\nLamp,1\n", "a.html", "text/plain"),
        ("Größe".encode(), "a", "text/plain"),
        (b"x" * 4095 + b"\xc3", "a", "text/plain"),  # a character that is cut in two
        ("Größe".encode("latin-1"), "a.txt", "application/octet-stream"),
        (b"text \x00 text", "a.txt", "application/octet-stream"),
        (b"\xef\xbb\xbf  <!-- x --> <SVG onload=alert(1)>", "a.png", "image/svg+xml"),
        (b"hello <script>alert(1)</script>", "a.txt", "text/html"),
        (b"<?xml version='1.0'?>", "a.txt", "text/xml"),
    ],
)
def test_types_are_told_by_bytes(head: bytes, name: str, found: str) -> None:
    assert sniffed(head, name) == found


@pytest.mark.parametrize(
    ("sent", "name"),
    [("a/b\\c.txt", "c.txt"), ("..", "file"), ("", "file"), ("a\x00\r\n\u202eb.txt", "ab.txt"), ("  x ", "x"),
     ("/", "file"), ("x" * 300 + ".pdf", "x" * 251 + ".pdf"), ("x." + "y" * 300, "x." + "y" * 253)],
)  # fmt: skip
def test_names_are_tidy(sent: str, name: str) -> None:
    assert tidy(sent) == name
