"""The file that a backup is: a zip with a manifest, the database as `pg_dump` writes it, and the stored files.

Whatever changes in it afterwards is noticed, be it one bit: the last 64 bytes, which are the zip's comment, are the
SHA-256 of all before them. The manifest has that of the dump and of each file.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import IO, Any

from portico.kernel.postgres_clients import BackupError
from portico.kernel.table_digests import Digest

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"
_CHUNK = 1024 * 1024
_SEAL = 64  # bytes: a SHA-256 as text


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the archive holds, and what the database was when it was made."""

    made_at: str
    version: str
    revision: str
    server: str
    schemas: tuple[str, ...]
    extensions: tuple[str, ...]
    tables: Mapping[str, Digest]
    dump: str
    """The SHA-256 of the dump."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each stored file."""
    format: int = FORMAT


def write(target: Path, manifest: Manifest, *, dump: Path, files: Path | None) -> Manifest:
    """Write the archive beside its place and rename it: there is a whole one or none.

    Answers the manifest with the files that are in it: one that goes away meanwhile is left out.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        # The dump is compressed already, and files mostly are.
        draft.touch(mode=0o600)  # it holds everything
        with draft.open("w+b") as out:
            with zipfile.ZipFile(out, "w") as archive:
                archive.write(dump, DUMP)
                manifest = replace(manifest, files=_pack_files(archive, files))
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
                archive.comment = bytes(_SEAL)
            _seal(out)
            os.fsync(out.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def unpack(source: Path, folder: Path) -> Manifest:
    """Check all of the archive, and put the dump and the files into a folder. Raises `BackupError`."""
    _check_seal(source)
    (folder / "files").mkdir(mode=0o700)
    with _opened(source) as archive:
        manifest = _manifest(source, archive)
        _extract(archive, DUMP, folder / DUMP, expected=manifest.dump, source=source)
        for name, expected in manifest.files.items():
            _extract(archive, FILES + name, folder / "files" / _safe(name, source), expected=expected, source=source)
    return manifest


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes_below(folder: Path | None) -> dict[str, str]:
    """The SHA-256 of every file below a folder, by its path in it. Hidden ones are drafts, and left out."""
    return {name: hash_of(path) for name, path in _files_below(folder)}


def damaged(source: Path, what: str) -> BackupError:
    return BackupError(f"The backup {source} is damaged: {what}.")


def _files_below(folder: Path | None) -> Iterator[tuple[str, Path]]:
    if folder is not None and folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(folder).as_posix(), path


def _pack_files(archive: zipfile.ZipFile, folder: Path | None) -> dict[str, str]:
    """Answers the SHA-256 of what went in."""
    packed = {}
    for name, path in _files_below(folder):
        with suppress(FileNotFoundError), path.open("rb") as file:
            digest = hashlib.sha256()
            with archive.open(FILES + name, "w", force_zip64=True) as member:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    member.write(chunk)
            packed[name] = digest.hexdigest()
    return packed


def _seal(archive: IO[bytes]) -> None:
    """Write the hash of all bytes before the last ones over those."""
    archive.flush()
    size = archive.seek(0, os.SEEK_END)
    seal = _digest_of(archive, size - _SEAL)
    archive.seek(size - _SEAL)
    archive.write(seal)
    archive.flush()


def _check_seal(source: Path) -> None:
    try:
        with source.open("rb") as archive:
            size = archive.seek(0, os.SEEK_END)
            if size <= _SEAL or _digest_of(archive, size - _SEAL) != archive.read():
                raise damaged(source, "its bytes are not those that were written")
    except FileNotFoundError:
        raise BackupError(f"There is no backup {source}.") from None


def _digest_of(file: IO[bytes], size: int) -> bytes:
    """The SHA-256 of the first bytes as text; the file stands behind them afterwards."""
    digest = hashlib.sha256()
    file.seek(0)
    while size and (chunk := file.read(min(_CHUNK, size))):
        size -= len(chunk)
        digest.update(chunk)
    return digest.hexdigest().encode()


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise damaged(source, str(error).strip("'\".") or "it ends too early") from None


def _manifest(source: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        known: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if known["format"] != FORMAT:
            raise BackupError(f"The backup {source} has format {known['format']}, this Portico reads {FORMAT}.")
        tables = {name: Digest(**digest) for name, digest in known.pop("tables").items()}
        lists: dict[str, Any] = {name: tuple(known.pop(name)) for name in ("schemas", "extensions")}
        return Manifest(**known, **lists, tables=tables)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(source, "its manifest cannot be read") from None


def _extract(archive: zipfile.ZipFile, member: str, target: Path, *, expected: str, source: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
    target.touch(mode=0o600)
    with archive.open(member) as packed, target.open("wb") as out:
        _copy(packed, out)
    if hash_of(target) != expected:
        raise damaged(source, f"{member} is not what was backed up")


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    copyfileobj(source, target, _CHUNK)


def _safe(name: str, source: Path) -> str:
    """The name, unless it leads out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise damaged(source, f"it names a file outside of it, {name}")
    return name
