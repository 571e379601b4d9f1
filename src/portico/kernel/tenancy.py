"""Tenants: whose rows a connection sees, where an app's tables have row-level security.

The tenant of the running request or job stands in a context variable. Whoever takes a connection under it gets one in
a transaction whose first statement names the tenant; at its end the name is gone with it. So the pool's next user never
inherits one, and whoever forgets to name a tenant sees no row at all. See docs/tenants.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg

TENANT: ContextVar[str | None] = ContextVar("TENANT", default=None)
"""For whom the running task works; None: for nobody, or in an app that has no tenants."""

ARGUMENT = "portico.tenant"
"""Where a queued job has the tenant that it works for: the one of the transaction that queued it."""

NAME = "SELECT set_config('app.tenant', %s, true)"
NAME_TO_READ = "SELECT set_config('app.tenant', %s, true), set_config('transaction_read_only', 'on', true)"


@contextmanager
def acting_for(tenant: str | None) -> Iterator[None]:
    """What is begun in this block works for this tenant. A connection that was taken before it is not changed."""
    before = TENANT.set(tenant)
    try:
        yield
    finally:
        TENANT.reset(before)


def of_tenant(key: str) -> str:
    """What is kept outside the database under this key: each tenant has its own."""
    tenant = TENANT.get()
    return key if tenant is None else f"{tenant} {key}"


async def enter(connection: psycopg.AsyncConnection[Any], tenant: str) -> None:
    """Work for this tenant from here on: on this connection until its transaction ends, and in the rest of the task."""
    TENANT.set(tenant)
    await begin_for(connection, tenant)


async def begin_for(connection: psycopg.AsyncConnection[Any], tenant: str, *, read_only: bool = False) -> None:
    """Name the tenant on a connection, in a transaction that is begun where none is."""
    if connection.autocommit:  # where each statement is a transaction of its own, the name would not outlive its own
        await connection.set_autocommit(False)
    await connection.execute(NAME_TO_READ if read_only else NAME, [tenant], prepare=True)
