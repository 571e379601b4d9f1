"""Where the bytes of stored files are: a folder, or an object store that speaks S3.

A store knows keys and bytes, and nothing of names, owners or rows. Keys are of our own making: no caller's text is ever
part of a path.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import IO, Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from portico.kernel.settings import Settings, SettingsError

BLOCK = 512 * 1024  # bytes that one trip to a thread reads or writes
T = TypeVar("T")

_threads = ThreadPoolExecutor(8, "portico-files")  # of their own: a disk that hangs must not hold up what else waits


class FileStore(Protocol):
    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store the chunks under a new key: all of them, durably, or none. Raises what they raise."""

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, which is left out. Raises `FileNotFoundError` before the first one."""

    async def size(self, key: str) -> int:
        """How many bytes are under the key. Raises `FileNotFoundError`."""

    async def delete(self, key: str) -> None:
        """Remove what is under the key, if there is anything."""


def folder_of(settings: Settings) -> Path | None:
    """The folder of the stored files, or None where they are in an object store."""
    if not settings.files_url:
        return settings.portico_data_dir / "files"
    parts = urlsplit(settings.files_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def file_store(settings: Settings) -> FileStore:
    """The store that the settings name. Raises `SettingsError` where it cannot be used."""
    folder = folder_of(settings)
    if folder is not None:
        return FolderStore(folder)
    try:
        connect = import_module("portico.kernel.file_store_s3").connect
    except ModuleNotFoundError:
        raise SettingsError("FILES_URL names S3 and obstore is not installed: pip install 'portico[s3]'.") from None
    found: FileStore = connect(settings.files_url)
    return found


class FolderStore:
    """A folder: `ab/abcdef...` for the key `abcdef...`. Hidden files are drafts, which backups leave out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        draft = self._folder / f".{key}"
        file = _OpenFile(await _in_thread(_create, draft))
        try:
            async for block in _blocks(chunks):
                await file.run(file.io.write, block)
            await file.run(_settle, file.io, draft, self._path(key))
        finally:
            file.close()

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        file = _OpenFile(await _in_thread(_open_at, self._path(key), start))
        try:
            while start < end and (block := await file.run(file.io.read, min(BLOCK, end - start))):
                start += len(block)
                yield block
        finally:
            file.close()

    async def size(self, key: str) -> int:
        return (await _in_thread(self._path(key).stat)).st_size

    async def delete(self, key: str) -> None:
        for path in (self._path(key), self._folder / f".{key}"):
            await _in_thread(partial(path.unlink, missing_ok=True))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key


class _OpenFile:
    """A file that threads work on, one after another.

    A request that is cancelled leaves its thread at work. Closed under it, the number of the file might already be that
    of another one, or of a socket: so closing waits for its turn, in a thread as well.
    """

    def __init__(self, io: IO[bytes]) -> None:
        self.io = io
        self._turn = Lock()

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        return await _in_thread(self._in_turn, call, *args)

    def close(self) -> None:
        _threads.submit(self._in_turn, self.io.close)

    def _in_turn(self, call: Callable[..., T], *args: Any) -> T:
        with self._turn:
            return call(*args)


async def _in_thread(call: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, call, *args)


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger parts: a trip to a thread for each chunk of a network costs more than the writing."""
    block = bytearray()
    async for chunk in chunks:
        block += chunk
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _create(path: Path) -> IO[bytes]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)


def _settle(file: IO[bytes], draft: Path, target: Path) -> None:
    """Give a complete draft its name, so that both outlast a loss of power."""
    os.fsync(file.fileno())
    if not target.parent.is_dir():
        target.parent.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(target.parent.parent)
    draft.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_at(path: Path, start: int) -> IO[bytes]:
    file = path.open("rb", buffering=0)
    file.seek(start)
    return file
