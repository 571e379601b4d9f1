"""`portico db backup`, `restore` and `drill`."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from portico import registry
from portico.command_support import progress_bar
from portico.kernel import backup as backups
from portico.kernel import outbox
from portico.kernel.backup import Comparison, Progress
from portico.kernel.backup_archive import Manifest
from portico.kernel.clock import system_clock
from portico.kernel.file_stores import folder_of
from portico.kernel.migrations import database_url
from portico.kernel.postgres_clients import BackupError, PostgresClients
from portico.kernel.runtime import installed_version
from portico.kernel.settings import Settings, load_settings

commands = typer.Typer()

AsJson = Annotated[bool, typer.Option("--json", help="The outcome as JSON.")]


@commands.command(epilog="Example: portico db backup /var/backups/portico-2026-11-21.zip")
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; replaced when the new one is complete.")],
    as_json: AsJson = False,
) -> None:
    """Write the whole database and the stored files into one file. The server may go on meanwhile."""
    with progress_bar("Backing up", is_shown=not as_json) as progress:
        manifest = _take(load_settings(), file, progress)
    rows = sum(digest.rows for digest in manifest.tables.values())
    said = {"file": str(file), "bytes": file.stat().st_size, "tables": len(manifest.tables), "rows": rows}
    text = f"{file}: {len(manifest.tables)} tables, {rows} rows, {len(manifest.files)} files."
    typer.echo(json.dumps({**said, "files": len(manifest.files)}) if as_json else text)


@commands.command(epilog="Example: portico db restore /var/backups/portico-2026-11-21.zip")
def restore(
    file: Annotated[Path, typer.Argument(help="What `portico db backup` has written.")],
    force: Annotated[bool, typer.Option("--force", help="Remove what is in the database first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty database, and check that every table and file is what was backed up."""
    settings = load_settings()
    with progress_bar("Restoring", is_shown=not as_json) as progress:
        comparison = backups.restore(
            database_url(settings),
            file,
            force=force,
            files=folder_of(settings),
            clients=PostgresClients.find(settings.portico_postgres_bin),
            progress=progress,
        )
    outbox.restamp(database_url(settings))
    _report(comparison, as_json=as_json, done=f"{file} is restored")


@commands.command(epilog="Example: portico db drill /var/backups/portico-2026-11-21.zip")
def drill(
    file: Annotated[Path | None, typer.Argument(help="A backup; without one, it is made now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a server of its own, compare every table and file, and throw the server away."""
    settings = load_settings()
    with progress_bar("Drill", is_shown=not as_json) as progress, tempfile.TemporaryDirectory() as scratch:
        source = file or Path(scratch) / "backup.zip"
        if file is None:
            _take(settings, source, progress)
        comparison = backups.drill(
            source,
            clients=PostgresClients.find(settings.portico_postgres_bin),
            bin_dir=settings.portico_postgres_bin,
            progress=progress,
        )
    _report(comparison, as_json=as_json, done="The backup can be restored")


def _take(settings: Settings, target: Path, progress: Progress) -> Manifest:
    return backups.take(
        database_url(settings),
        target,
        schemas=[metadata.schema for metadata in registry.all_metadata() if metadata.schema],
        files=folder_of(settings),
        clients=PostgresClients.find(settings.portico_postgres_bin),
        version=installed_version(),
        now=system_clock(),
        progress=progress,
    )


def _report(comparison: Comparison, *, as_json: bool, done: str) -> None:
    """The comparison as a table or as JSON. Raises `BackupError` where anything differs."""
    different = comparison.different
    if as_json:
        typer.echo(json.dumps({"equal": not different, "different": different, "tables": _tables(comparison)}))
    else:
        _print(comparison, different)
    if different:
        raise BackupError(f"Not equal to what was backed up: {', '.join(different)}.")
    if not as_json:
        typer.echo(f"{done}: {len(comparison.tables)} tables and {len(comparison.files)} files are equal.")


def _tables(comparison: Comparison) -> dict[str, Any]:
    return {name: asdict(digest) for name, digest in comparison.tables.items()}


def _print(comparison: Comparison, different: list[str]) -> None:
    table = Table("table", "backed up", "restored", "same")
    expected = comparison.manifest.tables
    for name in sorted({*expected, *comparison.tables}):
        rows = [str(each[name].rows) if name in each else "-" for each in (expected, comparison.tables)]
        table.add_row(name, *rows, "no" if name in different else "yes")
    files = sum(name.startswith("files/") for name in different)
    counts = [str(len(each)) for each in (comparison.manifest.files, comparison.files)]
    table.add_row("(files)", *counts, "no" if files else "yes")
    Console(soft_wrap=True).print(table)
