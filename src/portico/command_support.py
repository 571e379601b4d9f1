"""What several commands need: a transaction, a password, a progress bar."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress

from portico.identity.public import Realm, check_new_password
from portico.kernel.database import CONNECT_TIMEOUT, JOB_LIMITS, Database, connection_options, conninfo
from portico.kernel.errors import InvalidInput
from portico.kernel.migrations import database_url
from portico.kernel.runtime import Runtime
from portico.kernel.settings import Settings, load_settings
from portico.kernel.transaction import Transaction

T = TypeVar("T")


def set_in_environment(*, apps: list[str] | None, workers: int, data_dir: Path | None) -> Settings:
    """The settings with these options over them. They go into the environment, which the workers inherit."""
    options = {
        "PORTICO_APPS": ",".join(apps or ()),
        "WEB_CONCURRENCY": str(workers) if workers else "",
        "PORTICO_DATA_DIR": str(data_dir.resolve()) if data_dir else "",
    }
    os.environ.update({name: value for name, value in options.items() if value})
    return load_settings()


def in_transaction(settings: Settings, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Do work in one transaction on the database of the settings, and commit it."""
    url = database_url(settings)
    # A pool would wait for a server that is not there, and then not say what is wrong.
    psycopg.connect(conninfo(url), options=connection_options(JOB_LIMITS), connect_timeout=CONNECT_TIMEOUT).close()

    async def run() -> T:
        database = Database(url, pool_size=1, limits=JOB_LIMITS)
        runtime = Runtime(settings=settings, database=database)
        await runtime.open()
        try:
            transaction = Transaction(database)
            try:
                result = await work(transaction)
                await transaction.commit()
                return result
            finally:
                await transaction.close()
        finally:
            await runtime.close()

    return asyncio.run(run())


def read_password(settings: Settings, realm: Realm) -> str:
    """A new password: asked for twice at a terminal, else the first line of standard input. Raises `InvalidInput`."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = _first_line(sys.stdin.buffer.readline())
    check_new_password(password, shortest=realm.shortest_password or settings.shortest_password)
    return password


def _first_line(line: bytes) -> str:
    """Its text, whatever the locale: a log-in sends UTF-8."""
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidInput(details={"password": "must be text in UTF-8"}) from None


@contextmanager
def progress_bar(title: str, *, is_shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; what it yields takes how much is done, of how much."""
    with Progress(console=Console(stderr=True), disable=not (is_shown and sys.stderr.isatty()), transient=True) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)
