"""One request, one connection at a time, at most one transaction.

A route asks for `Reading` or for `Writing`, never for both. One that reads may ask for `ReplicaReading` last, whatever
else it asks for. The connection is taken when the route's dependencies are solved and given back by
`portico.kernel.routes.Route`, which also commits: after the answer is serialised and before its first byte, so that a
commit that fails is a 503 and never a 200.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import psycopg
from fastapi import Depends, Request, Response

from portico.kernel.cache import cache_of
from portico.kernel.call_plan import CallPlan
from portico.kernel.database import Connection, Database
from portico.kernel.replica import Replica
from portico.kernel.transaction import Transaction

SCOPE_KEY = "portico.unit"
T = TypeVar("T")


class UnitOfWork:
    """The database side of one request. It opens what is asked for, and `finish` ends it."""

    def __init__(self, database: Database, replica: Replica | None = None) -> None:
        """`replica` answers what may be answered by one; without it the database does."""
        self._database = database
        self._replica = replica
        self._reading: Connection | None = None
        self._from_replica: Connection | None = None
        self._transaction: Transaction | None = None
        self.before_commit: list[Callable[[Response], Awaitable[None]]] = []
        """Called with the serialised answer, inside the transaction: what they write is committed with it."""

    async def reading(self) -> Connection:
        if self._transaction is not None:
            raise RuntimeError("This request writes: read through Transaction.connection().")
        if self._reading is None:
            self._reading = await self._database.acquire(read_only=True)
        return self._reading

    async def reading_replica(self) -> Connection:
        """A connection to the replica, or where that is not fit what `reading` answers.

        What was read before, such as the caller's session, gives its connection back first: a report that takes long
        is not to hold one of the primary's.
        """
        if self._transaction is not None or self._replica is None or not self._replica.is_fresh:
            return await self.reading()
        await self._end_reading()
        self._from_replica = await self._replica.acquire()
        return self._from_replica or await self.reading()

    async def leaves_replica(self, error: psycopg.Error) -> bool:
        """Whether the replica has failed this request. From here on the primary answers it."""
        replica, self._replica = self._replica, None
        if self._from_replica is None or replica is None:
            return False
        connection, self._from_replica = self._from_replica, None
        await replica.release(connection)
        return replica.is_to_blame(error)

    async def aside(self, work: Awaitable[T]) -> T:
        """Do long work that needs no database, and hold no connection meanwhile: what `Reading` gave is given back."""
        await self._end_reading()
        return await work

    def writing(self) -> Transaction:
        if self._reading is not None:
            raise RuntimeError("This request already reads on a connection of its own.")
        if self._transaction is None:
            self._transaction = Transaction(self._database)
        return self._transaction

    async def finish(self, answer: Response | None = None, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back. Raises what the commit raises."""
        await self._end_reading()
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

    async def _end_reading(self) -> None:
        if self._reading is not None:
            connection, self._reading = self._reading, None
            await self._database.release(connection)
        if self._from_replica is not None and self._replica is not None:
            connection, self._from_replica = self._from_replica, None
            await self._replica.release(connection)


def unit_of(request: Request) -> UnitOfWork:
    unit: UnitOfWork = request.scope[SCOPE_KEY]
    return unit


async def _reading(request: Request) -> Connection:
    return await unit_of(request).reading()


async def _reading_replica(request: Request) -> Connection:
    return await unit_of(request).reading_replica()


async def _opening(request: Request) -> Callable[[], Awaitable[Connection]]:
    return unit_of(request).reading


async def _writing(request: Request) -> Transaction:
    return unit_of(request).writing()


Reading = Annotated[Connection, Depends(_reading)]
Opening = Annotated[Callable[[], Awaitable[Connection]], Depends(_opening)]
"""Gives what `Reading` is, when it is called: for what may need no connection, since the cache has it."""
ReplicaReading = Annotated[Connection, Depends(_reading_replica)]
"""For what may be a second old: the replica's, where READ_DATABASE_URL names one that is fit, else what `Reading` is.

It stands last among the parameters that need a connection: theirs is given back when this one is taken. The handler may
run twice: what the replica fails to answer is asked of the primary.
"""
Writing = Annotated[Transaction, Depends(_writing)]


def require_replica_last(plan: CallPlan) -> None:
    """Raise `TypeError` for a route that uses another connection after the replica's, or caches what that says."""
    after = plan.needed_after(_reading_replica)
    if after & {_reading, _opening, _writing}:
        raise TypeError("`ReplicaReading` stands after what needs another connection: one at a time.")
    if cache_of in after:
        raise TypeError("What a replica says may be old already: it is not cached. Read it with `Opening`.")
