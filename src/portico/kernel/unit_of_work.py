"""One request, one connection, at most one transaction.

A route asks for `Reading` or for `Writing`, never for both. The connection is taken when the route's dependencies are
solved and given back by `portico.kernel.routes.Route`, which also commits: after the answer is serialised and before
its first byte, so that a commit that fails is a 503 and never a 200.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from portico.kernel.database import Connection, Database, Session, connection_of

SCOPE_KEY = "portico.unit"
T = TypeVar("T")


class Write:
    """What a route that writes works with: the session, and reads that see what the session has written."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.claims: list[Callable[[], Awaitable[None]]] = []
        """What holds only as long as a transaction does, such as a lock: claimed anew after `aside`."""

    async def reads(self) -> Connection:
        """The session's own connection, after a flush."""
        return await connection_of(self.session)

    async def aside(self, work: Awaitable[T]) -> T:
        """Do long work that needs no database without holding a connection. Nothing may have been written before."""
        await self.session.rollback()
        result = await work
        for claim in self.claims:
            await claim()
        return result


class UnitOfWork:
    """The database side of one request. It opens what is asked for, and `finish` or `abandon` ends it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading: Connection | None = None
        self._write: Write | None = None
        self.before_commit: list[Callable[[Response], Awaitable[None]]] = []
        """Called with the serialised answer, inside the transaction: what they write is committed with it."""

    async def reading(self) -> Connection:
        if self._write is not None:
            raise RuntimeError("This request writes: read through Write.reads(), on the same connection.")
        if self._reading is None:
            self._reading = await self._database.acquire()
        return self._reading

    def writing(self) -> Write:
        if self._reading is not None:
            raise RuntimeError("This request already reads on a connection of its own.")
        if self._write is None:
            self._write = Write(self._database.session())
        return self._write

    async def release_reading(self) -> None:
        """Give the reading connection back early, before work that takes long and needs no database."""
        if self._reading is not None:
            connection, self._reading = self._reading, None
            await self._database.release(connection)

    async def finish(self, answer: Response | None = None, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back. Raises what the commit raises."""
        await self.release_reading()
        if self._write is not None:
            write, self._write = self._write, None
            try:
                if commit:
                    for hook in self.before_commit if answer is not None else ():
                        await hook(answer)
                    await write.session.commit()
            finally:
                await write.session.close()


def unit_of(request: Request) -> UnitOfWork:
    unit: UnitOfWork = request.scope[SCOPE_KEY]
    return unit


async def _reading(request: Request) -> Connection:
    return await unit_of(request).reading()


async def _writing(request: Request) -> Write:
    return unit_of(request).writing()


Reading = Annotated[Connection, Depends(_reading)]
Writing = Annotated[Write, Depends(_writing)]
