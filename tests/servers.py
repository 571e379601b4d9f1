"""Apps that are really served: uvicorn on a port of its own, a real database below, real HTTP in between."""

import asyncio
import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from portico import registry
from portico.kernel.app import build
from portico.kernel.clock import Clock, system_clock
from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.file_stores import file_store
from portico.kernel.files import Files
from portico.kernel.logging import configure
from portico.kernel.replica import replica_database
from portico.kernel.runtime import Runtime
from portico.kernel.seeding import SeedSummary
from portico.kernel.settings import Settings
from portico.kernel.transaction import Transaction
from portico.landing import home_of

KEY = "a key for tests that is long enough"
DATA_DIR = tempfile.mkdtemp(prefix="portico-tests-data-")  # where stored files go
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)


def settings_of(url: str, **options: Any) -> Settings:
    """The settings of a test server. No file and no caller's environment has a say in them."""
    known = {
        "environment": "testing", "database_url": url, "secret_key": KEY, "log_level": "ERROR",
        "portico_data_dir": DATA_DIR, **options,
    }  # fmt: skip
    return Settings(_env_file=None, **known)  # type: ignore[call-arg]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an ASGI application in a thread; yields its URL."""
    config = uvicorn.Config(
        app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=3,
        proxy_headers=False,  # uvicorn would believe any X-Forwarded-For from here: which to believe is for the app
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serving_app(name: str, url: str, *, clock: Clock = system_clock, **options: Any) -> Iterator[httpx.Client]:
    """Serve one app alone on a database; yields a client for it. `clock` is the time that the app goes by."""
    settings = settings_of(url, **options)
    configure(settings)
    runtime = Runtime(
        settings=settings,
        database=Database(url, pool_size=settings.db_pool_size),
        read_database=replica_database(settings),
        clock=clock,
    )
    app = registry.load(name)
    with (
        serving(build(app, runtime, home=home_of(app, runtime))) as address,
        httpx.Client(base_url=address, timeout=30, verify=False) as client,
    ):
        yield client


def seed(name: str, url: str, *, flush: bool = False, demonstration: bool = True) -> SeedSummary:
    """Give an app its sample data, as `portico seed` does."""

    async def run() -> SeedSummary:
        database = Database(url, pool_size=1, limits=JOB_LIMITS)
        await database.open()
        transaction = Transaction(database)
        try:
            summary = await registry.load(name).seed(
                transaction, files=Files(file_store(settings_of(url)), database, name), flush=flush, directory=None,
                demonstration=demonstration, progress=lambda done, of: None,
            )  # fmt: skip
            await transaction.commit()
            return summary
        finally:
            await transaction.close()
            await database.close()

    return asyncio.run(run())
