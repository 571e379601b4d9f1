"""Backup, restore, and the drill that proves that a backup can be restored.

Everything is read in one snapshot, so that the dump and the hashes of the manifest say the same, whatever is written
meanwhile. Files are copied after it: what a row of the snapshot names is there by then, since files come before rows.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from portico.kernel import backup_archive as archive
from portico.kernel.backup_archive import Manifest
from portico.kernel.database import CONNECT_TIMEOUT, conninfo
from portico.kernel.embedded_postgres import EmbeddedPostgres
from portico.kernel.migrations import role_script
from portico.kernel.postgres_clients import BackupError, PostgresClients
from portico.kernel.table_digests import Digest, differences, digests, hidden_tables

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""

STEPS = 4
_REVISION = "SELECT version_num FROM portico.alembic_version"
_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
# The kernel's own schemas are called portico and portico_something: the queue of jobs has one.
_PRESENT = r"SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s) OR nspname LIKE 'portico\_%%' ORDER BY 1"


@dataclass(frozen=True)
class Comparison:
    """A restored database beside the manifest."""

    manifest: Manifest
    tables: dict[str, Digest]
    files: dict[str, str]

    @property
    def different(self) -> list[str]:
        """The tables and files that are not what was backed up."""
        expected, found = self.manifest.files, self.files
        files = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
        return differences(self.manifest.tables, self.tables) + [f"files/{name}" for name in files]


def take(
    url: str, target: Path, *, schemas: Sequence[str], files: Path | None, clients: PostgresClients, version: str,
    now: datetime, progress: Progress,
) -> Manifest:  # fmt: skip
    """Write a backup of those of the schemas that exist, and of the files in a folder. Raises `BackupError`."""
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    with (
        closing(_connect(url)) as connection,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as work,
    ):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        present = _names(connection, _PRESENT, [list(schemas)])
        if "portico" not in present:
            raise BackupError("There is nothing to back up: the database was never migrated.")
        if hidden := hidden_tables(connection, present):
            raise BackupError(f"The user of DATABASE_URL does not see all rows of {hidden[0]}: back up as the owner.")
        dump = Path(work) / archive.DUMP
        progress(1, STEPS)
        clients.dump(url, dump, schemas=present, snapshot=_names(connection, "SELECT pg_export_snapshot()")[0])
        progress(2, STEPS)
        manifest = Manifest(
            made_at=now.isoformat(),
            version=version,
            revision=", ".join(_names(connection, _REVISION)),
            server=connection.info.parameter_status("server_version") or "",
            schemas=tuple(present),
            extensions=tuple(_names(connection, _EXTENSIONS)),
            tables=digests(connection, present),
            dump=archive.hash_of(dump),
        )
        progress(3, STEPS)
        manifest = archive.write(target, manifest, dump=dump, files=files)
    progress(4, STEPS)
    return manifest


def restore(
    url: str, source: Path, *, force: bool, files: Path | None, clients: PostgresClients, progress: Progress
) -> Comparison:
    """Put a backup into an empty database, and compare. With `force` what is there is removed first.

    The database changes entirely or not at all. Raises `BackupError`.
    """
    with tempfile.TemporaryDirectory(prefix="portico-restore-") as work, closing(_connect(url)) as connection:
        progress(0, STEPS)
        manifest = archive.unpack(source, Path(work))
        progress(1, STEPS)
        present = _names(connection, _PRESENT, [list(manifest.schemas)])
        old_files = archive.hashes_below(files)
        connection.commit()
        others = [name for name, digest in old_files.items() if manifest.files.get(name) != digest]
        if (present or others) and not force:
            what = f"the schemas {', '.join(present)}" if present else f"files in {files}"
            raise BackupError(f"There is something already: {what}. Restore into an empty database, or with --force.")
        with _files_in_place(Path(work) / "files", files, manifest.files, old_files):
            clients.restore(url, Path(work) / archive.DUMP, before=_preparation(connection, manifest, present))
        progress(3, STEPS)
        stored = archive.hashes_below(files) if files else dict(manifest.files)
        found = Comparison(manifest, digests(connection, manifest.schemas), stored)
        progress(4, STEPS)
        return found


def drill(source: Path, *, clients: PostgresClients, bin_dir: Path | None, progress: Progress) -> Comparison:
    """Restore a backup into a server and a folder of its own, which are gone afterwards, and compare."""
    folder = Path(tempfile.mkdtemp(prefix="portico-drill-"))
    folder.chmod(0o711)  # as root, the server runs as `nobody`, who has to get through; the data folder stays closed
    server = EmbeddedPostgres(folder / "data", bin_dir=bin_dir, options={"fsync": "off", "full_page_writes": "off"})
    try:
        url = server.start()
        return restore(url, source, force=False, files=folder / "files", clients=clients, progress=progress)
    finally:
        server.stop(force=True)
        shutil.rmtree(folder, ignore_errors=True)


def _connect(url: str) -> psycopg.Connection[Any]:
    """As the owner: the role that serves requests does not see all rows of all tenants."""
    limits = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
    return psycopg.connect(conninfo(url), connect_timeout=CONNECT_TIMEOUT, options=limits)


def _names(connection: psycopg.Connection[Any], query: str, values: Sequence[Any] | None = None) -> list[str]:
    return [name for (name,) in connection.execute(query, values).fetchall()]


def _preparation(connection: psycopg.Connection[Any], manifest: Manifest, present: Sequence[str]) -> list[str]:
    """What the dump leaves to others: room for its schemas, extensions, and the role that its grants name."""
    drops = [sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)) for name in present]
    extensions = [
        sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)) for name in manifest.extensions
    ]
    statements = [statement.as_string(connection) for statement in (*drops, *extensions)]
    return ["SET client_min_messages = warning", *statements, role_script()]


@contextmanager
def _files_in_place(
    source: Path, target: Path | None, new: Mapping[str, str], old: Mapping[str, str]
) -> Iterator[None]:
    """Files come before the rows that name them, and old ones go after: whatever fails in between loses none."""
    if target is None:
        yield
        return
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    changed = [name for name, digest in new.items() if old.get(name) != digest]
    try:
        for name in changed:
            (target / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)
        yield
    except BaseException:
        for name in set(changed) - set(old):
            (target / name).unlink(missing_ok=True)
        raise
    for name in set(old) - set(new):
        (target / name).unlink()
