"""`portico doctor`: whether this machine can serve with these settings, and what to do where it cannot."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
import typer

from portico import registry
from portico.kernel.database import APP_ROLE, connection_options, conninfo
from portico.kernel.embedded_postgres import EmbeddedPostgresError
from portico.kernel.file_stores import file_store, folder_of
from portico.kernel.mail import MailServer
from portico.kernel.migrations import head
from portico.kernel.replica_watch import POSITION, REPLAYED
from portico.kernel.settings import Settings, SettingsError, load_settings
from portico.serve import (
    MOST_CONNECTIONS_SHARE,
    connections_needed,
    connections_needed_of_replica,
    require_safe_role,
    running_server,
)

CONNECT_LIMIT = 5  # seconds
LEAST_DISK = 1024**3  # bytes: PostgreSQL stops when its disk is full, and it keeps 1 GB of log under load
OLDEST, NEWEST = 15, 18  # PostgreSQL's versions that this runs on
EXTRAS = (
    ("REDIS_URL", "redis", "redis"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry.sdk", "telemetry"),
    ("SENTRY_DSN", "sentry_sdk", "sentry"),
)
"""Which setting needs which package, and the extra that installs it."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. The text of one that failed, or that warns, says what to do."""

    check: str
    status: Literal["ok", "warn", "fail", "skipped"]
    text: str


class Trouble(Exception):
    """A check found something wrong; the message says what to do."""


class Doubt(Exception):
    """A check found what an operator should know, and may want to be so; the message says what to do if not."""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False) -> None:
    """Check settings, disk, files, mail, Redis and database. Exit code 0: nothing fails; 1: something does."""
    findings = list(examine())
    is_well = not any(finding.status == "fail" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": is_well, "checks": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(f"{finding.status:8}{finding.check:12}{finding.text}")
    if not is_well:
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """All checks in turn. What a failed one stands in the way of is skipped."""
    try:
        settings = load_settings()
        for app in registry.chosen(settings):
            registry.require(app)
            settings.for_app(app)
    except SettingsError as error:
        yield Finding("settings", "fail", str(error))
        return
    yield _checked("settings", lambda: _settings(settings))
    yield _checked("disk", lambda: _disk(settings.portico_data_dir))
    yield _checked("files", lambda: _files(settings))
    yield _checked("limits", lambda: _limits(settings))
    yield _checked("smtp", lambda: _smtp(settings.smtp_url))
    yield _checked("redis", lambda: _redis(getattr(settings, "redis_url", None)))
    try:
        with running_server(settings) as url:
            yield from _of_database(settings, url)
    except EmbeddedPostgresError as error:
        yield Finding("database", "fail", str(error))


def _of_database(settings: Settings, url: str) -> Iterator[Finding]:
    try:
        connection = psycopg.connect(conninfo(url), connect_timeout=CONNECT_LIMIT, autocommit=True)
    except psycopg.OperationalError as error:
        yield Finding("database", "fail", f"{_reason(error)}. Start the server, or correct DATABASE_URL.")
        for check in ("role", "migrations", "connections", "replica"):
            yield Finding(check, "skipped", "There is no database to ask.")
        return
    with connection:
        yield _checked("database", lambda: _version(connection))
        yield _checked("role", lambda: _role(url))
        yield _checked("migrations", lambda: _migrations(connection))
        yield _checked("connections", lambda: _connections(connection, settings))
        yield _checked("replica", lambda: _replica(connection, settings))


def _checked(check: str, look: Callable[[], str | None]) -> Finding:
    """`look` answers what it found, None where there is nothing to look at, or raises."""
    try:
        found = look()
    except (Trouble, SettingsError) as error:
        return Finding(check, "fail", str(error))
    except Doubt as doubt:
        return Finding(check, "warn", str(doubt))
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error).partition("\n")[0]
        return Finding(check, "fail", f"The database said: {said}.")
    return Finding(check, "ok", found) if found else Finding(check, "skipped", "Not set.")


def _settings(settings: Settings) -> str:
    for name, package, extra in EXTRAS:
        if getattr(settings, name.lower(), None) and not _is_installed(package):
            raise Trouble(
                f"{name} needs a package that is missing: install portico[{extra}], or leave the setting out."
            )
    return f"{settings.environment}, {settings.workers} workers, {', '.join(registry.chosen(settings))}."


def _disk(folder: Path) -> str:
    there = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_DISK:
        raise Trouble(f"{_size(free)} free in {there}: make room, or set PORTICO_DATA_DIR to a larger disk.")
    return f"{_size(free)} free in {there}."


def _files(settings: Settings) -> str:
    file_store(settings)
    folder = folder_of(settings)
    return "In an object store, which is not asked." if folder is None else f"In {folder}."


def _limits(settings: Settings) -> str | None:
    limits = {app: registry.load(app).rate_limit(settings) for app in registry.chosen(settings)}
    if all(limits.values()):
        return f"{', '.join(f'{app} {limit}' for app, limit in limits.items())} for each caller."
    if not settings.is_protected:
        return None
    names = ", ".join(app for app, limit in limits.items() if not limit)
    raise Doubt(
        f"Callers of {names} may send as many requests as they like: set RATE_LIMIT or the app's own, such as"
        " STORE_RATE_LIMIT=600/60, or limit them at the proxy."
    )


def _smtp(url: str | None) -> str | None:
    if not url:
        return None
    server = MailServer.of(url)
    try:
        with socket.create_connection((server.host, server.port), CONNECT_LIMIT):
            return f"{server.host}:{server.port} takes connections."
    except OSError as error:
        raise Trouble(
            f"The mail server does not answer ({type(error).__name__}): start it, or correct SMTP_URL."
        ) from None


def _redis(url: str | None) -> str | None:
    if not url:
        return None
    if not _is_installed("redis"):
        raise Trouble("Not asked: its package is missing.")
    redis: Any = import_module("redis")  # an extra
    try:
        with redis.Redis.from_url(url, socket_timeout=CONNECT_LIMIT, socket_connect_timeout=CONNECT_LIMIT) as client:
            return f"Redis {client.info('server')['redis_version']}."
    except (redis.RedisError, OSError, ValueError) as error:
        raise Trouble(
            f"Redis does not answer ({type(error).__name__}): start it, correct REDIS_URL, or leave it out."
        ) from None


def _version(connection: psycopg.Connection) -> str:
    major = connection.info.server_version // 10000
    if major < OLDEST:
        raise Trouble(f"PostgreSQL {major} is too old: {OLDEST} to {NEWEST} are served.")
    tried = "" if major <= NEWEST else ", newer than any that was tried"
    return f"PostgreSQL {connection.info.parameter_status('server_version')}{tried}."


def _role(url: str) -> str:
    require_safe_role(url, connections=0)
    return f"{APP_ROLE} is bound by row-level security."


def _migrations(connection: psycopg.Connection) -> str:
    has_table = connection.execute("SELECT to_regclass('portico.alembic_version') IS NOT NULL").fetchone() == (True,)
    query = "SELECT version_num FROM portico.alembic_version"
    row = connection.execute(query).fetchone() if has_table else None
    newest = head()
    if row is None or row[0] != newest:
        raise Trouble(f"At {row[0] if row else 'nothing'}, the code is at {newest}: run `portico migrate`.")
    return f"At {newest}."


def _connections(connection: psycopg.Connection, settings: Settings) -> str:
    usable = _usable(connection)
    needed = connections_needed(settings)
    sum_of_it = f"{needed} at most, of {usable} that the server takes"
    if needed > usable:
        raise Trouble(f"{sum_of_it}: lower WEB_CONCURRENCY or DB_POOL_SIZE, or raise max_connections.")
    return f"{sum_of_it}."


def _replica(primary: psycopg.Connection, settings: Settings) -> str | None:
    if not settings.read_database_url:
        return None
    try:
        connection = psycopg.connect(
            conninfo(settings.read_database_url), connect_timeout=CONNECT_LIMIT, options=connection_options({})
        )
    except psycopg.OperationalError as error:
        raise Trouble(f"{_reason(error)}. Start it, correct READ_DATABASE_URL, or leave it out.") from None
    position, *kin = primary.execute(POSITION).fetchone() or ("0/0", 0, "")
    with connection:
        is_ours, _ = connection.execute(REPLAYED, [*kin, position]).fetchone() or (False, False)
        usable = _usable(connection)
    if not is_ours:
        raise Trouble("READ_DATABASE_URL names no streaming replica of this database: it will not be used.")
    needed = connections_needed_of_replica(settings)
    if needed > usable:
        raise Trouble(f"{needed} connections at most, of {usable} that it takes: lower DB_POOL_SIZE.")
    return f"Reads that may be a second old go there: {needed} connections at most, of {usable}."


def _reason(error: psycopg.OperationalError) -> str:
    """The last thing that libpq says, without its questions."""
    return [line for line in str(error).strip().splitlines() if not line.startswith("\t")][-1]


def _usable(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    return int((row[0] if row else 0) * MOST_CONNECTIONS_SHARE)


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # a package above it
        return False


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB"
