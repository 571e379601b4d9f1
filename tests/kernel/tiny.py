"""An app of the tests' own, built and served as the real ones are, on a real database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
from fastapi import APIRouter
from starlette.types import ASGIApp

from portico.kernel.app import App, build
from portico.kernel.database import Database
from portico.kernel.logging import configure
from portico.kernel.replica import replica_database
from portico.kernel.runtime import Runtime
from portico.kernel.seeding import SeedSummary
from portico.kernel.tables import metadata
from tests.servers import serving, settings_of

TABLES = """
    CREATE SCHEMA tiny;
    CREATE TABLE tiny.notes (
        id int PRIMARY KEY,
        name text UNIQUE,
        size int CHECK (size < 100),
        parent int REFERENCES tiny.notes DEFERRABLE INITIALLY DEFERRED
    );
    GRANT USAGE ON SCHEMA tiny TO portico_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tiny TO portico_app;
    """


async def _no_seed(*_: Any, **__: Any) -> SeedSummary:
    return SeedSummary({})


def tiny_app(router: APIRouter, **options: Any) -> App:
    """The registration of an app with this router."""
    known: dict[str, Any] = {
        "name": "tiny", "title": "Tiny", "summary": "An app of the tests.", "metadata": metadata("tiny"),
        "routers": [router], "seed": _no_seed, "realm": None,
    }  # fmt: skip
    return App(**{**known, **options})


def built(url: str, router: APIRouter, *, app: dict[str, Any] | None = None, **settings: Any) -> ASGIApp:
    """The complete application on a database."""
    made = settings_of(url, **settings)
    configure(made)
    database = Database(url, pool_size=made.db_pool_size, max_overflow=made.db_max_overflow)
    runtime = Runtime(settings=made, database=database, read_database=replica_database(made))
    return build(tiny_app(router, **(app or {})), runtime)


@contextmanager
def serving_tiny(
    url: str, router: APIRouter, *, app: dict[str, Any] | None = None, **settings: Any
) -> Iterator[httpx.Client]:
    """Serve the router as an app; `app` holds options of its registration."""
    application = built(url, router, app=app, **settings)
    with serving(application) as address, httpx.Client(base_url=address, timeout=30, verify=False) as client:
        yield client


def make_tables(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(TABLES)


def notes(url: str) -> list[tuple[Any, ...]]:
    """What is stored, asked as the owner."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT id, name FROM tiny.notes ORDER BY id").fetchall()
