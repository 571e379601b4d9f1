"""Writing one row, where the database itself settles whether it may be: it says no, and here is told why."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import psycopg
from sqlalchemy.exc import IntegrityError

from portico.kernel.errors import Conflict
from portico.kernel.transaction import Transaction

Work = Callable[[], Awaitable[None]]


class NameTaken(Conflict):
    code = "NAME_TAKEN"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is another {kind} with this name.", details={"name": name})


class InUse(Conflict):
    """What others refer to stays. `details` says who does."""

    code = "IN_USE"

    def __init__(self, kind: str, table: str, *, instead: str = "") -> None:
        users = table.replace("_", " ")
        super().__init__(f"This {kind} cannot be removed: there are {users} with it.{instead}", details={"by": users})


async def save(write: Transaction, row: Any) -> str | None:
    """Write a row. Where it breaks a constraint, answer that one's name; then nothing can be done but to raise."""
    refusal = await _refusal(write, partial(_add, write, row))
    return None if refusal is None else refusal.constraint_name or "unknown"


async def remove(write: Transaction, row: Any) -> str | None:
    """Remove a row. Where others refer to it, it stays; the answer is the name of their table."""
    return await removed(write, partial(write.session.delete, row))


async def removed(write: Transaction, removing: Work) -> str | None:
    """As `remove`, for what takes more than one statement."""
    refusal = await _refusal(write, removing)
    return None if refusal is None else refusal.table_name or "unknown"


async def _add(write: Transaction, row: Any) -> None:
    write.session.add(row)


async def _refusal(write: Transaction, work: Work) -> psycopg.errors.Diagnostic | None:
    try:
        async with write.session.begin_nested():
            await work()
    except IntegrityError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        return error.orig.diag
    return None
