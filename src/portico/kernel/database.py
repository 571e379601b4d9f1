"""The one pool of connections, and the two ways to use a connection: reading and writing.

psycopg's pool holds the connections. Reads take one as it is, in autocommit, and hand SQL straight to the driver;
SQLAlchemy sessions take one from the same pool and give it back (its own pool is switched off). Every connection runs
as the role `portico_app`, whatever user the URL names, since owners and superusers pass by row-level security.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from portico.kernel.bell import Bell
from portico.kernel.connection_care import back_to_autocommit, configure, discard_if_server_is_gone, is_gone
from portico.kernel.tenancy import TENANT, begin_for
from portico.kernel.tracing import tracing

APP_ROLE = "portico_app"
CONNECT_TIMEOUT = 10  # seconds
CANCEL_WAIT = 1.0  # seconds
POOL_WAIT = 2.0  # seconds; after that the request is answered 503
MAX_LIFETIME = 3600.0  # seconds
PARKED_FOR = 60.0  # seconds; then a connection goes through the pool, which minds its lifetime
LIMITS = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "10s"}
JOB_LIMITS = {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "10s"}

# A prepared statement's plan is made once. PostgreSQL would plan anew each time it guesses that the values matter,
# which it does for every LIMIT given as a parameter, and planning costs more than these short queries do.
PLANS = {"plan_cache_mode": "force_generic_plan"}

OPEN_TRANSACTION = (TransactionStatus.INTRANS, TransactionStatus.INERROR)
Row = dict[str, Any]


class Connection(psycopg.AsyncConnection[Any]):
    """A connection that does not wait for a server which no longer reacts."""

    async def cancel_safe(self, *, timeout: float = CANCEL_WAIT) -> None:  # noqa: ASYNC109  psycopg's signature
        """Ask the server to end the statement. If it does not take the request, the connection is closed.

        psycopg calls this when a task is cancelled, and would by itself wait 5 s here and 5 s after it.
        """
        try:
            await super().cancel_safe(timeout=min(timeout, CANCEL_WAIT))
        except psycopg.Error:
            self.pgconn.finish()
            raise


Lender = Callable[[], Awaitable[Connection]]
Change = tuple[str, str]
"""What a commit makes the cache forget: a namespace, and the pattern of the keys."""

LENDER: ContextVar[Lender | None] = ContextVar("LENDER", default=None)
"""Who gives sessions of the running task their connection; nobody: they take one from the pool."""

Session = AsyncSession


def conninfo(url: str) -> str:
    """A libpq connection string from any of the URL forms people write.

    `postgresql://`, `postgres://`, `postgresql+asyncpg://` (its `ssl` becomes `sslmode`) and `postgresql+psycopg://`.
    """
    parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in parsed.query.items()}
    if "ssl" in query:
        query["sslmode"] = query.pop("ssl")
    parts = {"user": parsed.username, "password": parsed.password, "host": parsed.host, "port": parsed.port}
    known = {name: value for name, value in {**parts, "dbname": parsed.database, **query}.items() if value is not None}
    return make_conninfo("", **known)


def connection_options(limits: Mapping[str, str]) -> str:
    """The server settings each connection starts with, as libpq's `options`."""
    return " ".join(f"-c {name}={value}" for name, value in {"role": APP_ROLE, **PLANS, **limits}.items())


class Database:
    """The pool and the engine of one process. Open it once for each app that is served; it counts."""

    def __init__(
        self, url: str, *, pool_size: int = 20, max_overflow: int = 0, limits: Mapping[str, str] = LIMITS,
        echo: bool = False, connect_timeout: int = CONNECT_TIMEOUT,
    ) -> None:  # fmt: skip
        self._users = 0
        self._url = url
        self._limits = limits
        self._connect_timeout = connect_timeout
        self._pool_size = pool_size
        self._max_size = pool_size + max_overflow
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._parked: list[Connection] = []
        self._due: dict[Connection, float] = {}
        self._waiting = 0
        self._is_introduced = False
        self.bell = Bell(self)
        self.forget: Callable[[Collection[Change]], Awaitable[None]] = _nothing_is_cached
        self._engine = create_async_engine(
            "postgresql+psycopg://",
            poolclass=NullPool,
            async_creator=self._connection_for_session,
            use_native_hstore=False,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            echo=echo,
            hide_parameters=True,  # a password's hash is among them, and errors are logged
        )

    async def open(self) -> None:
        """Start the pool. It fills in the background: a server that is down makes requests 503, not the start fail."""
        self._users += 1
        if self._users == 1:
            self._pool = self._new_pool()
            await self._pool.open()

    async def close(self) -> None:
        self._users -= 1
        if self._users == 0 and self._pool is not None:
            pool, self._pool = self._pool, None
            while self._parked:
                await pool.putconn(self._parked.pop())
            self._due.clear()
            await pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit. Raises `psycopg_pool.PoolTimeout` where none comes free within POOL_WAIT.

        Under a tenant it is one transaction, which is committed at the end of the block whatever was raised in it: as
        in autocommit, what was done stays.
        """
        connection = await self.acquire()
        try:
            yield connection
        finally:
            try:
                if connection.info.transaction_status is TransactionStatus.INTRANS:
                    await connection.commit()
            finally:
                await self.release(connection)

    async def acquire(self, *, wait: float = POOL_WAIT, read_only: bool = False) -> Connection:
        """A connection which `release` takes back: in autocommit, under a tenant in a transaction that names it.

        `read_only` makes that transaction so; without a tenant the caller is trusted to read.
        """
        connection = await self._take(wait)
        tenant = TENANT.get()
        if tenant is not None:
            try:
                await begin_for(connection, tenant, read_only=read_only)
            except BaseException:
                await self.release(connection)
                raise
        return connection

    async def _take(self, wait: float) -> Connection:
        """One that was just released is handed on at once: the pool's own give and take costs as much as a query."""
        while self._parked:
            connection = self._parked.pop()
            if not is_gone(connection):
                return connection
            await self._give_back(connection)
        self._waiting += 1
        try:
            connection = await self.pool.getconn(wait)
        finally:
            self._waiting -= 1
        self._due[connection] = time.monotonic() + PARKED_FOR
        return connection

    async def begin(self) -> Connection:
        """A connection in a transaction, which its first statement begins where no tenant was named by one before."""
        connection = await self.acquire()
        if connection.autocommit:
            await connection.set_autocommit(False)
        return connection

    async def introduce(self) -> None:
        """Let SQLAlchemy ask the server about itself, before a transaction lends it a connection that has written.

        It does so on the first connection that it gets, and rolls back.
        """
        if not self._is_introduced:
            lender = LENDER.set(None)
            try:
                async with self._engine.connect():
                    self._is_introduced = True
            finally:
                LENDER.reset(lender)

    async def release(self, connection: Connection, *, roll_back: bool = False) -> None:
        """Give a connection back. Raises nothing of its own: one that is broken is replaced by the pool."""
        status = connection.info.transaction_status
        if status in OPEN_TRANSACTION or (roll_back and status is not TransactionStatus.IDLE):
            try:
                with suppress(psycopg.Error):
                    await connection.rollback()
            except asyncio.CancelledError:  # at this very moment: it comes back nevertheless, and the pool mends it
                await self._give_back(connection)
                raise
        is_clean = connection.info.transaction_status is TransactionStatus.IDLE
        if self._waiting or not is_clean or time.monotonic() > self._due[connection]:
            await self._give_back(connection)
            return
        if not connection.autocommit:
            await connection.set_autocommit(True)
        self._parked.append(connection)

    def session(self) -> Session:
        """A session for one transaction. It takes its connection at the first statement: a lent one, where there is."""
        return AsyncSession(self._engine, expire_on_commit=False)

    async def dedicated(self) -> Connection:
        """A connection of its own beside the pool, in autocommit, to LISTEN on. Whoever asks for it closes it."""
        return await Connection.connect(
            conninfo(self._url), autocommit=True, connect_timeout=self._connect_timeout, keepalives_idle=30,
            options=connection_options(self._limits),
        )  # fmt: skip

    @property
    def taken(self) -> tuple[Connection, ...]:
        """The connections that are out of the pool: in use, or parked."""
        return tuple(self._due)

    def counts(self) -> dict[str, int]:
        """How many connections there are, how many are in use or parked, and how many requests wait for one."""
        stats = {} if self._pool is None else self._pool.get_stats()
        size, parked = stats.get("pool_size", 0), len(self._parked)
        in_use = max(0, size - stats.get("pool_available", 0) - parked)
        return {"size": size, "in_use": in_use, "parked": parked, "waiting": self._waiting}

    async def _give_back(self, connection: Connection) -> None:
        del self._due[connection]
        await self.pool.putconn(connection)

    @property
    def pool(self) -> AsyncConnectionPool[Connection]:
        if self._pool is None:
            raise RuntimeError("The database is not open: the app's lifespan has not run.")
        return self._pool

    def _new_pool(self) -> AsyncConnectionPool[Connection]:
        return AsyncConnectionPool(
            conninfo(self._url),
            connection_class=Connection,
            kwargs={
                "autocommit": True,
                "connect_timeout": self._connect_timeout,
                "cursor_factory": psycopg.AsyncCursor if tracing.spans is None else tracing.spans.cursor,
                "options": connection_options(self._limits),
                "prepare_threshold": 1,
                "keepalives_idle": 30,
                "context": self._engine.dialect._psycopg_adapters_map,  # type: ignore[attr-defined]
            },
            min_size=min(2, self._pool_size),
            max_size=self._max_size,
            timeout=POOL_WAIT,
            max_lifetime=MAX_LIFETIME,
            reconnect_timeout=POOL_WAIT,  # given up, the next request tries anew; else the pauses grow to minutes
            configure=configure,
            check=discard_if_server_is_gone,
            reset=back_to_autocommit,
            close_returns=True,
            open=False,
        )

    async def _connection_for_session(self) -> Connection:
        lend = LENDER.get()
        return await (self.begin() if lend is None else lend())


async def fetch_all(connection: Connection, sql: LiteralString, params: Mapping[str, Any] | None = None) -> list[Row]:
    """The rows of one statement, a dict each."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql, params, prepare=True)
        return await cursor.fetchall()


async def fetch_one(connection: Connection, sql: LiteralString, params: Mapping[str, Any] | None = None) -> Row | None:
    """The first row of one statement, or None."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql, params, prepare=True)
        return await cursor.fetchone()


async def _nothing_is_cached(_: Collection[Change]) -> None: ...  # until a `Runtime` says who is to be told
