"""How alembic reaches the database and knows the tables. `portico migrate` and the `alembic` command both end here."""

import sys
from importlib import import_module
from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool, text

from portico.kernel.database import conninfo
from portico.kernel.migrations import database_url
from portico.kernel.tables import KERNEL_SCHEMA

LOCK = 7_163_061  # any number, the same for everybody who migrates
NEEDS_TABLES = {"revision", "check"}


def table_metadata() -> list[Any]:
    """The tables of all apps. Importing them takes a while, so an upgrade, which needs none, does without."""
    if not NEEDS_TABLES & set(sys.argv) and "metadata" not in context.config.attributes:
        return []
    found: list[Any] = import_module("portico.registry").all_metadata()
    return found


def is_ours(name: str | None, kind: str, parents: Any) -> bool:
    schemas = {each.schema for each in METADATA}
    if kind == "table":
        return not any(
            parents["schema_name"] == each.schema and name in each.info.get("beside", ()) for each in METADATA
        )
    return name in schemas if kind == "schema" else True


METADATA = table_metadata()


def run() -> None:
    url = context.config.attributes.get("url") or database_url()
    engine = create_engine("postgresql+psycopg://", poolclass=pool.NullPool, creator=connector(url))
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))  # for as long as the first one works
        connection.execute(text("SET lock_timeout = '2s'"))  # a table that is in use is not queued for
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {KERNEL_SCHEMA}"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            version_table_schema=KERNEL_SCHEMA,
            include_schemas=True,
            include_name=is_ours,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
        connection.commit()


def connector(url: str) -> Any:
    psycopg = import_module("psycopg")
    return lambda: psycopg.connect(conninfo(url))


run()
