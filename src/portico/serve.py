"""`portico serve`: the parent of the server's processes.

It imports no app. It takes the port, starts the database, migrates, then runs the workers and starts them again when
they die.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

import psycopg
import uvicorn
from uvicorn.supervisors import ChangeReload

from portico import registry
from portico.kernel.child_process import ChildProcess
from portico.kernel.database import APP_ROLE, connection_options, conninfo
from portico.kernel.draining import PARENT_VARIABLE
from portico.kernel.listening import hold_port
from portico.kernel.metrics_folder import metrics_folder
from portico.kernel.migrations import embedded, upgrade
from portico.kernel.settings import Settings, SettingsError
from portico.kernel.workers import Workers

MOST_CONNECTIONS_SHARE = 0.97  # PostgreSQL keeps some for superusers
RELOAD_PATIENCE = 2  # seconds for requests that run while the code changes
REPLICA_PATIENCE = 2  # seconds
JOB_WORKER_PATIENCE = 5  # seconds more than its jobs have


def serve(settings: Settings, *, host: str, port: int, reload: bool = False, job_worker: bool = True) -> None:
    """Serve until told to stop. Raises `SettingsError`, or what the database raises, where that cannot begin."""
    with (
        closing(hold_port(host, port)) as held,
        metrics_folder(is_needed=settings.has_metrics),
        running_server(settings) as url,
    ):
        prepare(settings, url, job_worker=job_worker)
        with beside(settings) if job_worker else nullcontext() as worker:
            if reload:
                run_reloading(held, on_change=worker.renew if worker else _nothing)
            else:
                Workers("portico.main:app", held, settings, on_leave=worker.leave if worker else _nothing).run()


def beside(settings: Settings) -> ChildProcess:
    """The worker of jobs that runs beside those of the server."""
    return ChildProcess(
        [sys.executable, "-m", "portico", "worker"], patience=settings.job_drain_seconds + JOB_WORKER_PATIENCE
    )


def _nothing() -> None:
    pass


@contextmanager
def running_server(settings: Settings) -> Iterator[str]:
    """The URL of the database. The embedded one is brought back when it dies, and stopped when nobody else uses it."""
    if settings.server_url is not None:
        yield settings.server_url
        return
    postgres = embedded(settings)
    url = postgres.start()
    stop_watching = threading.Event()
    watcher = threading.Thread(target=postgres.watch, args=(stop_watching,), name="postgres-watch")
    watcher.start()
    try:
        yield url
    finally:
        stop_watching.set()
        watcher.join()
        postgres.stop()


def prepare(settings: Settings, url: str, *, job_worker: bool = True) -> None:
    """Bring the database to where the workers can use it: migrated, with a safe role, with sample data."""
    upgrade(url)
    require_safe_role(url, connections=connections_needed(settings, job_worker=job_worker))
    require_room_on_replica(settings)
    if settings.environment == "development":
        seed_what_is_empty(settings, url)


def connections_needed(settings: Settings, *, job_worker: bool = True) -> int:
    """How many connections all processes of this server open at most."""
    watching = settings.workers if settings.read_database_url else 0
    answering = settings.workers * (settings.db_pool_size + settings.db_max_overflow)
    return answering + watching + (settings.job_connections if job_worker else 0)


def connections_needed_of_replica(settings: Settings) -> int:
    """As many of its replica: a pool and the watch of each worker. Jobs do not read it."""
    return settings.workers * (settings.db_pool_size + settings.db_max_overflow + 1)


def require_room_on_replica(settings: Settings) -> None:
    """Refuse more connections than the replica has. One that is away is no reason not to serve."""
    if settings.read_database_url is None:
        return
    with (
        suppress(psycopg.OperationalError),
        psycopg.connect(conninfo(settings.read_database_url), connect_timeout=REPLICA_PATIENCE) as connection,
    ):
        (most,) = connection.execute("SELECT current_setting('max_connections')::int").fetchone() or (0,)
        needed = connections_needed_of_replica(settings)
        if needed > most * MOST_CONNECTIONS_SHARE:
            raise SettingsError(
                f"WEB_CONCURRENCY x (DB_POOL_SIZE + DB_MAX_OVERFLOW + 1) is {needed}; the server of READ_DATABASE_URL "
                f"takes {most}: lower one."
            )


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
            f"WEB_CONCURRENCY x (DB_POOL_SIZE + DB_MAX_OVERFLOW) and the job worker's connections are {connections}; "
            f"the server takes {most}: lower one."
        )


def seed_what_is_empty(settings: Settings, url: str) -> None:
    """Give each app that has never been seeded its sample data."""
    with psycopg.connect(conninfo(url)) as connection:
        done = {app for (app,) in connection.execute("SELECT app FROM portico.seeded")}
    for app in registry.chosen(settings):
        if app not in done:
            command = [sys.executable, "-m", "portico", "seed", app]
            seeding = subprocess.run(command, check=False)  # noqa: S603 - ours; another process, as this imports no app
            if seeding.returncode:
                raise SettingsError(f"The sample data of {app} cannot be loaded; the reason stands above.")


def run_reloading(port: socket.socket, *, on_change: Callable[[], None]) -> None:
    """Run one worker, and another one in its place whenever a file of ours changes."""

    class Reload(ChangeReload):  # type: ignore[valid-type,misc]  # one of two classes, chosen at import
        def restart(self) -> None:
            on_change()
            super().restart()

    os.environ[PARENT_VARIABLE] = str(os.getpid())
    folder = str(Path(__file__).parent)
    config = uvicorn.Config(
        "portico.main:app",
        reload=True,
        reload_dirs=[folder],
        log_config=None,
        timeout_graceful_shutdown=RELOAD_PATIENCE,
    )
    host, number = port.getsockname()[:2]
    sys.stderr.write(f"Portico is on http://{host}:{number} and starts again when {folder} changes\n")
    Reload(config, target=uvicorn.Server(config).run, sockets=[port]).run()
