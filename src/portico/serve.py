"""`portico serve`: the parent of the server's processes.

It imports no app. It starts the database, migrates, then lets granian run the workers and start them again when they
die. It leaves in order: the workers stop being ready, clients move on, then the port is closed.
"""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

import psycopg
from granian import Granian
from granian.constants import Interfaces

from portico import registry
from portico.kernel.database import APP_ROLE, connection_options, conninfo
from portico.kernel.draining import DRAIN_SIGNAL, PARENT_VARIABLE
from portico.kernel.migrations import embedded, upgrade
from portico.kernel.settings import Settings, SettingsError

PORT_WAIT = 3.0  # seconds: the workers of a parent that was killed need a moment to notice
MOST_CONNECTIONS_SHARE = 0.97  # PostgreSQL keeps some for superusers


def serve(settings: Settings, *, host: str, port: int, reload: bool = False) -> None:
    """Serve until told to stop. Raises `SettingsError`, or what the database raises, where that cannot begin."""
    require_free(host, port)
    stop_watching = threading.Event()
    watcher: threading.Thread | None = None
    url = settings.server_url
    if url is None:
        postgres = embedded(settings)
        url = postgres.start()
        watcher = threading.Thread(target=postgres.watch, args=(stop_watching,), name="postgres-watch")
        watcher.start()
    try:
        prepare(settings, url)
        run_workers(settings, host=host, port=port, reload=reload)
    finally:
        stop_watching.set()
        if watcher is not None:
            watcher.join()
            postgres.stop()


def prepare(settings: Settings, url: str) -> None:
    """Bring the database to where the workers can use it: migrated, with a safe role, with sample data."""
    upgrade(url)
    require_safe_role(url, connections=settings.workers * (settings.db_pool_size + settings.db_max_overflow))
    if settings.environment == "development":
        seed_what_is_empty(settings, url)


def require_safe_role(url: str, *, connections: int) -> None:
    """Refuse a role that row-level security does not bind, and more connections than the server has."""
    query = """
        SELECT rolsuper OR rolbypassrls, current_setting('max_connections')::int
        FROM pg_roles WHERE rolname = current_user"""
    try:
        with psycopg.connect(conninfo(url), options=connection_options({}), connect_timeout=10) as connection:
            is_unsafe, most = connection.execute(query).fetchone() or (True, 0)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise SettingsError(
            f"The role {APP_ROLE} cannot be used: {reason}. Run `portico migrate` as the owner."
        ) from None
    if is_unsafe:
        raise SettingsError(f"The role {APP_ROLE} is a superuser or bypasses row-level security: alter it first.")
    if connections > most * MOST_CONNECTIONS_SHARE:
        raise SettingsError(
            f"WEB_CONCURRENCY x (DB_POOL_SIZE + DB_MAX_OVERFLOW) is {connections}; the server takes {most}: lower one."
        )


def seed_what_is_empty(settings: Settings, url: str) -> None:
    """Give each app that has never been seeded its sample data."""
    with psycopg.connect(conninfo(url)) as connection:
        done = {app for (app,) in connection.execute("SELECT app FROM portico.seeded")}
    for app in registry.chosen(settings):
        if app not in done:
            command = [sys.executable, "-m", "portico", "seed", app]
            subprocess.run(command, check=True)  # noqa: S603 - ours; a process of its own: this one imports no app


def run_workers(settings: Settings, *, host: str, port: int, reload: bool) -> None:
    """Run granian in this process until a signal ends it."""
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    multiprocessing.set_start_method("spawn", force=True)  # the watch thread must not be copied by a fork
    server = Granian(
        "portico.main:app",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.request_timeout) + 1,
        backlog=2048,
        log_enabled=False,
    )

    def leave(signum: int, frame: FrameType | None) -> None:
        for worker in multiprocessing.active_children():
            with suppress(ProcessLookupError):
                os.kill(worker.pid or 0, DRAIN_SIGNAL)
        threading.Timer(settings.drain_seconds, server.signal_handler_interrupt).start()

    def take_over_signals() -> None:
        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        sys.stderr.write(f"Portico is on http://{host}:{port}\n")

    server.on_startup(take_over_signals)
    server.serve()


def require_free(host: str, port: int) -> None:
    """Raise `SettingsError` where somebody else listens on the port, after giving orphans the time to leave."""
    deadline = time.monotonic() + PORT_WAIT
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise SettingsError(f"Port {port} on {host} cannot be used: {error.strerror}.") from None
        time.sleep(0.1)
