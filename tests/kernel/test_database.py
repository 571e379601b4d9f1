"""The pool and its connections: as which role, for how long, and what happens when they are lost."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any, TypeVar

import httpx
import psycopg
import pytest
from fastapi import Query
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout
from sqlalchemy import text

from portico.kernel import database as kernel
from portico.kernel.database import JOB_LIMITS, POOL_WAIT, Database, conninfo, fetch_all, fetch_one
from portico.kernel.routes import router
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import Reading, Writing
from tests.commands import eventually
from tests.kernel.tiny import make_tables, notes, serving_tiny

T = TypeVar("T")
api = router(prefix="/api")


@api.get("/read", response_model=list[Any], summary="What a reading connection answers")
async def read(reading: Reading, statement: Annotated[str, Query()]) -> Any:
    return await fetch_all(reading, statement)  # type: ignore[arg-type]


@api.get("/write", response_model=list[Any], summary="What a writing connection answers")
async def write(writing: Writing, statement: Annotated[str, Query()]) -> Any:
    return await fetch_all(await writing.connection(), statement)  # type: ignore[arg-type]


@pytest.fixture
def tiny_url(database_url: str) -> str:
    make_tables(database_url)
    return database_url


@pytest.fixture
def client(tiny_url: str) -> Iterator[httpx.Client]:
    with serving_tiny(tiny_url, api, db_pool_size=2) as client:
        yield client


def value(client: httpx.Client, path: str, expression: str) -> Any:
    answer = client.get(path, params={"statement": f"SELECT {expression} AS found"})
    assert answer.status_code == 200, answer.text
    return answer.json()[0]["found"]


def on(url: str, work: Callable[[Database], Awaitable[T]], **options: Any) -> T:
    """Do work on a database of its own."""

    async def run() -> T:
        database = Database(url, **options)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/api/read", "/api/write"])
def test_every_connection_is_bound_by_its_role_and_its_limits(client: httpx.Client, path: str) -> None:
    assert value(client, path, "current_user") == "portico_app"
    assert value(client, path, "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)") is False
    assert value(client, path, "current_setting('statement_timeout')") == "5s"
    assert value(client, path, "current_setting('idle_in_transaction_session_timeout')") == "10s"


FORBIDDEN = (
    "DROP TABLE tiny.notes",
    "ALTER TABLE tiny.notes ADD COLUMN more int",
    "TRUNCATE tiny.notes",
    "CREATE TABLE tiny.mine (id int)",
    "CREATE TABLE public.mine (id int)",
    "CREATE SCHEMA mine",
    "DROP SCHEMA portico CASCADE",
    "DROP TABLE portico.alembic_version",
    "ALTER TABLE portico.idempotency_keys OWNER TO portico_app",
    "CREATE ROLE stronger SUPERUSER",
    "GRANT ALL ON tiny.notes TO PUBLIC",
    "COPY tiny.notes TO PROGRAM 'cat'",
    "SELECT pg_read_file('postgresql.conf')",
    "ALTER SYSTEM SET fsync = off",
)


@pytest.mark.parametrize("path", ["/api/read", "/api/write"])
def test_the_role_may_change_rows_and_nothing_else(client: httpx.Client, tiny_url: str, path: str) -> None:
    for statement in FORBIDDEN:
        answer = client.get(path, params={"statement": statement})
        assert answer.status_code == 500, statement
    with psycopg.connect(tiny_url) as owner:
        assert owner.execute("SELECT count(*) FROM pg_class WHERE relname = 'mine'").fetchone() == (0,)
        assert owner.execute("SELECT has_table_privilege('public', 'tiny.notes', 'SELECT')").fetchone() == (False,)


def test_jobs_may_take_longer(tiny_url: str) -> None:
    async def timeout(database: Database) -> Any:
        async with database.connection() as connection:
            return await fetch_one(connection, "SELECT current_setting('statement_timeout') AS found")

    assert on(tiny_url, timeout, limits=JOB_LIMITS) == {"found": "1min"}


def test_a_url_cannot_take_the_limits_off(tiny_url: str) -> None:
    async def found(database: Database) -> Any:
        async with database.connection() as connection:
            return await fetch_one(connection, "SELECT current_user AS u, current_setting('statement_timeout') AS t")

    options = "&options=-c%20role%3Dpostgres%20-c%20statement_timeout%3D0"
    assert on(tiny_url + options, found) == {"u": "portico_app", "t": "5s"}


def test_reads_are_in_autocommit_and_writes_in_a_transaction(client: httpx.Client, tiny_url: str) -> None:
    """What a read's connection says is over at once, and never leaves a transaction open."""
    open_transactions = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    transactions = [value(client, "/api/read", "txid_current()") for _ in range(2)]
    assert transactions[0] != transactions[1]
    with psycopg.connect(tiny_url, autocommit=True) as owner:
        assert owner.execute(open_transactions + " AND datname = current_database()").fetchone() == (0,)


def test_a_connection_comes_back_as_it_was(client: httpx.Client) -> None:
    """Reads and writes take turns on the same few connections: none may find what the other has left."""
    for _ in range(6):
        twice = "INSERT INTO tiny.notes VALUES (1, 'one'), (1, 'two') RETURNING id"
        assert client.get("/api/write", params={"statement": twice}).status_code == 409
        assert client.get("/api/read", params={"statement": "SELECT 1 / (SELECT 0)"}).status_code == 422
        assert value(client, "/api/read", "(SELECT count(*) FROM tiny.notes)") == 0
        assert value(client, "/api/read", "txid_current()") != value(client, "/api/read", "txid_current()")


@pytest.mark.alone
def test_more_requests_than_connections_wait_and_then_are_told_to_come_again(tiny_url: str) -> None:
    """Two connections, held for 3 s each: whoever asks meanwhile has waited long enough after POOL_WAIT."""
    with serving_tiny(tiny_url, api, db_pool_size=2, log_level="ERROR") as client:
        answers = at_once(client, 6, "SELECT pg_sleep(3) IS NULL AS found")
        assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503, 503]
        refused = [answer for answer in answers if answer.status_code == 503]
        assert all(answer.headers["retry-after"] == "1" for answer in refused)
        assert all(POOL_WAIT - 0.2 < answer.elapsed.total_seconds() < POOL_WAIT + 3 for answer in refused)
        assert value(client, "/api/read", "1") == 1


def test_waiting_for_a_moment_is_enough(tiny_url: str) -> None:
    with serving_tiny(tiny_url, api, db_pool_size=1) as client:
        answers = at_once(client, 5, "SELECT pg_sleep(0.02) IS NULL AS found")
        assert [answer.status_code for answer in answers] == [200] * 5


def test_the_overflow_is_used_under_load(tiny_url: str) -> None:
    with serving_tiny(tiny_url, api, db_pool_size=1, db_max_overflow=2) as client:
        statement = "SELECT pg_backend_pid() AS found, pg_sleep(1)::text AS slept"
        answers = at_once(client, 3, statement)
        assert len({answer.json()[0]["found"] for answer in answers}) == 3


def at_once(client: httpx.Client, count: int, statement: str) -> list[httpx.Response]:
    async def race() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=30) as racer:
            asked = (racer.get("/api/read", params={"statement": statement}) for _ in range(count))
            return await asyncio.gather(*asked)

    return asyncio.run(race())


@pytest.mark.parametrize("path", ["/api/read", "/api/write"])
def test_dead_connections_are_replaced_before_anybody_meets_them(
    client: httpx.Client, tiny_url: str, path: str
) -> None:
    at_once(client, 2, "SELECT pg_sleep(0.2) IS NULL AS found")
    for _ in range(3):
        before = value(client, path, "pg_backend_pid()")
        kill_all(tiny_url)
        after = value(client, path, "pg_backend_pid()")
        assert after != before


@pytest.mark.alone
def test_many_that_die_at_once_keep_nobody_waiting(client: httpx.Client, tiny_url: str) -> None:
    """Those in use, those that are parked and those in the pool: again and again, and each time all of them."""
    for _ in range(3):
        at_once(client, 6, "SELECT pg_sleep(0.2) IS NULL AS found")
        kill_all(tiny_url)
        began = time.monotonic()
        assert {answer.status_code for answer in at_once(client, 6, "SELECT 1 AS found")} == {200}
        assert time.monotonic() - began < 1.5


async def test_who_is_cancelled_while_rolling_back_keeps_no_connection(tiny_url: str) -> None:
    database = Database(tiny_url, pool_size=1)
    await database.open()
    for _ in range(3):
        connection = await database.begin()
        await connection.execute("SELECT 1")
        giving_back = asyncio.create_task(database.release(connection, roll_back=True))
        await asyncio.sleep(0)  # it waits for the server now
        giving_back.cancel()
        with pytest.raises(asyncio.CancelledError):
            await giving_back
    async with database.connection() as connection:
        assert await fetch_one(connection, "SELECT 1 AS found") == {"found": 1}
    await database.close()


@pytest.mark.parametrize("has_session", [False, True])
async def test_who_is_cancelled_while_a_copy_begins_keeps_no_connection(tiny_url: str, has_session: bool) -> None:
    """The server waits for rows then, and the driver leaves it so: a ROLLBACK cannot be sent any more."""
    database = Database(tiny_url, pool_size=1)
    await database.open()
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            await begin_a_copy(Transaction(database), has_session)
    async with database.connection() as connection:
        assert await fetch_one(connection, "SELECT 1 AS found") == {"found": 1}
    await database.close()


async def begin_a_copy(write: Transaction, has_session: bool) -> None:
    """As far as psycopg comes with it where its task is cancelled."""
    try:
        connection = await write.connection()
        if has_session:
            await write.session.execute(text("SELECT 1"))
        connection.pgconn.send_query(b"COPY (SELECT 1) TO STDOUT")
        assert connection.info.transaction_status is TransactionStatus.ACTIVE
        raise asyncio.CancelledError
    finally:
        await write.close()


def kill_all(url: str) -> None:
    """End every other connection to the database there is now; they are gone when this returns."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as owner:
        known = [pid for pid, _ in owner.execute(f"SELECT pid, pg_terminate_backend(pid) {others}").fetchall()]
        assert known
        query = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
        eventually(lambda: owner.execute(query, [known]).fetchone() == (0,), within=10)


def test_nothing_is_left_open_after_the_last_user_has_closed(tiny_url: str) -> None:
    async def work(database: Database) -> None:
        await database.open()
        await database.close()
        async with database.connection() as connection:
            await connection.execute("SELECT 1")

    on(tiny_url, work)
    with psycopg.connect(tiny_url) as owner:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        deadline = time.monotonic() + 15
        while owner.execute(others).fetchone() != (0,):
            owner.rollback()
            assert time.monotonic() < deadline


def test_a_database_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="The database is not open"):
        _ = Database("postgresql://h/d").pool


def test_a_pool_that_is_empty_raises_after_its_wait(tiny_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "POOL_WAIT", 0.1)

    async def work(database: Database) -> None:
        async with database.connection():
            with pytest.raises(PoolTimeout):
                await database.acquire()
        async with database.connection() as again:
            await again.execute("SELECT 1")

    on(tiny_url, work, pool_size=1)


URLS = {
    "postgresql://u:p@h:6543/d": {"user": "u", "password": "p", "host": "h", "port": "6543", "dbname": "d"},
    "postgres://u@h/d": {"user": "u", "host": "h", "dbname": "d"},
    "postgresql+psycopg://u@h/d?sslmode=require": {"user": "u", "host": "h", "dbname": "d", "sslmode": "require"},
    "postgresql+asyncpg://u@h/d?ssl=require": {"user": "u", "host": "h", "dbname": "d", "sslmode": "require"},
    "postgresql+asyncpg://u@h/d?ssl=verify-full&sslrootcert=%2Fca.pem": {
        "user": "u", "host": "h", "dbname": "d", "sslmode": "verify-full", "sslrootcert": "/ca.pem",
    },
    "postgresql://u@/d?host=/tmp/x&port=5432": {"user": "u", "host": "/tmp/x", "port": "5432", "dbname": "d"},
    "postgresql://u@/d?host=a,b&port=1,2": {"user": "u", "host": "a,b", "port": "1,2", "dbname": "d"},
    "postgresql://u@[::1]:1/d": {"user": "u", "host": "::1", "port": "1", "dbname": "d"},
    "postgresql://u%40x:p%3A%2F%40%20%25%2B@h/d": {"user": "u@x", "password": "p:/@ %+", "host": "h", "dbname": "d"},
    "postgresql://o%20wner@h/a%20b": {"user": "o wner", "host": "h", "dbname": "a b"},
    "postgresql://u@h/d?application_name=my%20shop&options=-c%20a%3Db": {
        "user": "u", "host": "h", "dbname": "d", "application_name": "my shop", "options": "-c a=b",
    },
    "postgresql://h": {"host": "h"},
}  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_every_form_of_url_that_people_write(url: str) -> None:
    assert conninfo_to_dict(conninfo(url)) == URLS[url]


def test_rows_are_what_the_statement_says(tiny_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.connection() as connection:
            insert = "INSERT INTO tiny.notes VALUES (%(id)s, %(name)s) RETURNING name"
            assert await fetch_one(connection, insert, {"id": 1, "name": "it's"}) == {"name": "it's"}
            assert await fetch_all(connection, "SELECT id FROM tiny.notes WHERE id > 1") == []
            assert await fetch_one(connection, "SELECT id FROM tiny.notes WHERE id > 1") is None
            found = await fetch_one(connection, """SELECT '{"a": [1.5]}'::jsonb AS j, 0.1::numeric::text AS n""")
            assert found == {"j": {"a": [1.5]}, "n": "0.1"}

    on(tiny_url, work)
    assert notes(tiny_url) == [(1, "it's")]


def test_many_threads_of_requests_share_few_connections(client: httpx.Client, tiny_url: str) -> None:
    """80 requests on 2 connections: none is lost, none is given away twice, none stays checked out."""
    seen: list[int] = []

    def ask() -> None:
        seen.extend(answer.status_code for answer in at_once(client, 20, "SELECT 1 AS found"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 80
    with psycopg.connect(tiny_url) as owner:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert (owner.execute(others).fetchone() or (99,))[0] <= 2
