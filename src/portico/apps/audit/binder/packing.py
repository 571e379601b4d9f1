"""A zip that is sent while it is made: no more of it is in memory than one block."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo


@dataclass(frozen=True)
class Part:
    """A file of the zip. What is compressed already is stored as it is."""

    path: str
    chunks: AsyncIterator[bytes]
    is_text: bool = True


class Packing:
    """Parts in, bytes out. Compressing and hashing happen in threads."""

    def __init__(self, folder: str, at: datetime) -> None:
        self._folder = folder
        self._at = at.timetuple()[:6]
        self._out = _Outgoing()
        self._zip = ZipFile(self._out, "w")
        self.files: dict[str, dict[str, Any]] = {}
        """What has been packed so far: from paths to sizes and hashes."""

    async def add(self, part: Part) -> AsyncIterator[bytes]:
        """What goes out of a part. Raises what its chunks raise; then the zip is broken, and known to be."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._info(part), "w") as member:
            async for chunk in part.chunks:
                size += len(chunk)
                await asyncio.to_thread(_take, member, digest, chunk)
                yield self._out.taken()
        self.files[part.path] = {"size": size, "sha256": digest.hexdigest()}
        yield self._out.taken()

    def end(self) -> bytes:
        self._zip.close()
        return self._out.taken()

    def _info(self, part: Part) -> ZipInfo:
        info = ZipInfo(f"{self._folder}/{part.path}", self._at)
        info.compress_type = ZIP_DEFLATED if part.is_text else ZIP_STORED
        info.external_attr = 0o644 << 16
        return info


class _Outgoing(io.RawIOBase):
    """What the zip is written to. It cannot be sought in, so the zip writes sizes behind the bytes."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._bytes += data
        return len(data)

    def taken(self) -> bytes:
        found = bytes(self._bytes)
        self._bytes.clear()
        return found


def _take(member: Any, digest: Any, chunk: bytes) -> None:
    member.write(chunk)
    digest.update(chunk)
