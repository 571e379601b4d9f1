"""Whether stored bytes are still those that were received."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from portico.kernel.errors import Conflict
from portico.kernel.files import Files, StoredFile

OWNER = "evidence"
"""The owner of all files of the vault. Who may read one is the version's question."""


class EvidenceAltered(Conflict):
    """That it was noticed is kept, although the answer is an error."""

    code = "EVIDENCE_ALTERED"
    message = "The stored bytes are not those that were received. Nothing of them is sent."
    commits = True


class SealRefused(EvidenceAltered):
    """It was noticed before. Nothing is kept: neither is the request accepted whose answer this is."""

    message = "The stored bytes were found to be others than those that were received: they are no evidence."
    commits = False


@dataclass(frozen=True)
class Finding:
    """What a check of the bytes has found: their hash, or None where they are gone."""

    expected: str
    found: str | None
    size: int

    @property
    def is_intact(self) -> bool:
        return self.found == self.expected

    @property
    def details(self) -> dict[str, Any]:
        return {"expected": self.expected, "found": self.found}


def file_of(version: Mapping[str, Any]) -> StoredFile:
    """The file by what the version itself says, whatever stands in the row of the file."""
    return StoredFile(
        id=version["file_id"], app="audit", owner=OWNER, name=version["name"], media_type=version["media_type"],
        size=version["size"], sha256=version["sha256"], created_at=version["received_at"],
    )  # fmt: skip


async def verify(files: Files, file: StoredFile) -> Finding:
    """Hash all of the stored bytes. Raises what the store raises when it cannot be asked."""
    try:
        size = await files.stored_size(file)
        digest = hashlib.sha256()
        async for block in files.open(file, end=size):  # an object store refuses to be read beyond its end
            await asyncio.to_thread(digest.update, block)
    except FileNotFoundError:
        return Finding(file.sha256, None, 0)
    if size > file.size:  # what was appended is never sent, and yet the store was touched
        return Finding(file.sha256, f"{digest.hexdigest()} and {size - file.size} more bytes", size)
    return Finding(file.sha256, digest.hexdigest(), size)


@asynccontextmanager
async def local_copy(files: Files, file: StoredFile) -> AsyncIterator[IO[bytes]]:
    """The bytes as a file here, verified, at their start. It has no name, so that no crash leaves it behind.

    Raises `EvidenceAltered`.
    """
    with TemporaryFile() as copy:
        digest = hashlib.sha256()
        try:
            size = await files.stored_size(file)
            async for block in files.open(file, end=size):
                await asyncio.to_thread(_take, copy, digest, block)
        except FileNotFoundError:
            raise EvidenceAltered(details={"expected": file.sha256, "found": None}) from None
        if digest.hexdigest() != file.sha256 or size != file.size:
            raise EvidenceAltered(details={"expected": file.sha256, "found": digest.hexdigest()})
        copy.seek(0)
        yield copy


def _take(copy: IO[bytes], digest: Any, block: bytes) -> None:
    copy.write(block)
    digest.update(block)
