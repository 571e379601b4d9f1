"""One request, one connection, at most one transaction.

A route asks for `Reading` or for `Writing`, never for both. The connection is taken when the route's dependencies are
solved and given back by `portico.kernel.routes.Route`, which also commits: after the answer is serialised and before
its first byte, so that a commit that fails is a 503 and never a 200.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from portico.kernel.database import Connection, Database
from portico.kernel.transaction import Transaction

SCOPE_KEY = "portico.unit"


class UnitOfWork:
    """The database side of one request. It opens what is asked for, and `finish` ends it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading: Connection | None = None
        self._transaction: Transaction | None = None
        self.before_commit: list[Callable[[Response], Awaitable[None]]] = []
        """Called with the serialised answer, inside the transaction: what they write is committed with it."""

    async def reading(self) -> Connection:
        if self._transaction is not None:
            raise RuntimeError("This request writes: read through Transaction.connection().")
        if self._reading is None:
            self._reading = await self._database.acquire()
        return self._reading

    def writing(self) -> Transaction:
        if self._reading is not None:
            raise RuntimeError("This request already reads on a connection of its own.")
        if self._transaction is None:
            self._transaction = Transaction(self._database)
        return self._transaction

    async def finish(self, answer: Response | None = None, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back. Raises what the commit raises."""
        if self._reading is not None:
            connection, self._reading = self._reading, None
            await self._database.release(connection)
        if self._transaction is not None:
            transaction, self._transaction = self._transaction, None
            try:
                if commit:
                    if answer is not None:
                        for hook in self.before_commit:
                            await hook(answer)
                    await transaction.commit()
            finally:
                await transaction.close()


def unit_of(request: Request) -> UnitOfWork:
    unit: UnitOfWork = request.scope[SCOPE_KEY]
    return unit


async def _reading(request: Request) -> Connection:
    return await unit_of(request).reading()


async def _opening(request: Request) -> Callable[[], Awaitable[Connection]]:
    return unit_of(request).reading


async def _writing(request: Request) -> Transaction:
    return unit_of(request).writing()


Reading = Annotated[Connection, Depends(_reading)]
Opening = Annotated[Callable[[], Awaitable[Connection]], Depends(_opening)]
"""Gives what `Reading` is, when it is called: for what may need no connection, since the cache has it."""
Writing = Annotated[Transaction, Depends(_writing)]
