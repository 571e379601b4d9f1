"""Tenants: whose rows a connection sees, for how long, and that nobody inherits it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, LiteralString
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from portico.kernel.cache import Cache
from portico.kernel.database import Database, fetch_all, fetch_one
from portico.kernel.errors import Conflict
from portico.kernel.job_runs import Run, run_once
from portico.kernel.jobs import Job, RegisteredJob, enqueue, register
from portico.kernel.routes import router
from portico.kernel.runtime import Runtime
from portico.kernel.tenancy import ARGUMENT, TENANT, acting_for, enter, of_tenant
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import Reading, Writing
from tests.kernel.tiny import serving_tiny
from tests.servers import settings_of

OURS, THEIRS = str(uuid4()), str(uuid4())
SEEN = "SELECT name FROM tiny.things ORDER BY name"
NAMED = "SELECT current_setting('app.tenant', true) AS name"
TABLES = """
    CREATE SCHEMA tiny;
    CREATE TABLE tiny.things (
        tenant uuid DEFAULT nullif(current_setting('app.tenant', true), '')::uuid, name text UNIQUE);
    ALTER TABLE tiny.things ENABLE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON tiny.things USING (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
    GRANT USAGE ON SCHEMA tiny TO portico_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tiny.things TO portico_app;"""
api = router(prefix="/api")


@api.get("/things", response_model=list[str], summary="What the caller's tenant has")
async def things(reading: Reading) -> Any:
    return [row["name"] for row in await fetch_all(reading, SEEN)]


@api.get("/others", response_model=list[str], summary="What another tenant has")
async def others(reading: Reading, tenant: str) -> Any:
    await enter(reading, tenant)
    return [row["name"] for row in await fetch_all(reading, SEEN)]


@api.get("/written", response_model=list[str], summary="What a read can write")
async def written(reading: Reading) -> Any:
    await reading.execute("INSERT INTO tiny.things (name) VALUES ('by a read')")
    return []


@api.post("/things", status_code=201, response_model=list[str], summary="Add a thing")
async def add(write: Writing, name: str, fail: bool = False, to: str = "", aside: bool = False) -> Any:
    if to:
        await enter(await write.connection(), to)
    if aside:
        await write.aside(asyncio.sleep(0))
    await (await write.connection()).execute("INSERT INTO tiny.things (name) VALUES (%s)", [name])
    if fail:
        raise Conflict
    return [row["name"] for row in await fetch_all(await write.connection(), SEEN)]


def _prepare(app: FastAPI, _: Runtime) -> None:
    app.state.tenant_of = lambda request: request.headers.get("x-tenant")


@pytest.fixture
def tenants_url(database_url: str) -> str:
    with psycopg.connect(database_url) as owner:
        owner.execute(TABLES)
        owner.execute("INSERT INTO tiny.things (tenant, name) VALUES (%s, 'ours'), (%s, 'theirs')", [OURS, THEIRS])
    return database_url


@pytest.fixture
def client(tenants_url: str) -> Iterator[httpx.Client]:
    with serving_tiny(tenants_url, api, app={"prepare": _prepare}, db_pool_size=1) as client:
        yield client


def as_tenant(tenant: str) -> dict[str, str]:
    return {"X-Tenant": tenant}


def test_a_request_sees_what_its_tenant_has_and_one_without_a_tenant_nothing(client: httpx.Client) -> None:
    for _ in range(2):  # on the one connection there is, in turn
        assert client.get("/api/things", headers=as_tenant(OURS)).json() == ["ours"]
        assert client.get("/api/things").json() == []
        assert client.get("/api/things", headers=as_tenant(THEIRS)).json() == ["theirs"]
        assert client.get("/api/things", headers=as_tenant(str(uuid4()))).json() == []


def test_what_a_write_adds_is_its_tenants_and_an_error_takes_it_back(client: httpx.Client) -> None:
    added = client.post("/api/things", params={"name": "more"}, headers=as_tenant(OURS))
    assert added.json() == ["more", "ours"]
    assert client.post("/api/things", params={"name": "x", "fail": True}, headers=as_tenant(OURS)).status_code == 409
    assert client.get("/api/things", headers=as_tenant(OURS)).json() == ["more", "ours"]
    assert client.get("/api/things", headers=as_tenant(THEIRS)).json() == ["theirs"]


def test_who_enters_another_tenant_works_for_it_until_the_end_of_the_request(client: httpx.Client) -> None:
    assert client.get("/api/others", params={"tenant": THEIRS}, headers=as_tenant(OURS)).json() == ["theirs"]
    assert client.get("/api/things", headers=as_tenant(OURS)).json() == ["ours"]
    for name, aside in (("one", False), ("two", True)):
        params = {"name": name, "to": THEIRS, "aside": aside}
        assert name in client.post("/api/things", params=params, headers=as_tenant(OURS)).json()
    assert client.get("/api/things", headers=as_tenant(THEIRS)).json() == ["one", "theirs", "two"]
    assert client.get("/api/things").json() == []


def test_a_read_writes_nothing(client: httpx.Client) -> None:
    assert client.get("/api/written", headers=as_tenant(OURS)).status_code == 500
    assert client.get("/api/things", headers=as_tenant(OURS)).json() == ["ours"]


def test_a_thing_without_a_tenant_is_nobodys(client: httpx.Client, tenants_url: str) -> None:
    """The policy refuses it, as the empty name is no tenant's."""
    assert client.post("/api/things", params={"name": "lost"}).status_code == 500
    with psycopg.connect(tenants_url) as owner:
        assert owner.execute("SELECT count(*) FROM tiny.things").fetchone() == (2,)


def run(url: str, work: Callable[[Database], Any], **options: Any) -> Any:
    async def through() -> Any:
        database = Database(url, **options)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(through())


async def add_and_raise(database: Database, statement: LiteralString) -> None:
    async with database.connection() as connection:
        await connection.execute("INSERT INTO tiny.things (name) VALUES (%s)", [f"before {statement}"])
        await connection.execute(statement)
        raise Conflict


def test_a_block_names_the_tenant_and_what_was_done_in_it_stays_unless_the_database_refuses(tenants_url: str) -> None:
    async def work(database: Database) -> None:
        for statement, error in (("SELECT 1", Conflict), ("SELECT 1 / 0", psycopg.Error)):
            with acting_for(OURS), pytest.raises(error):
                await add_and_raise(database, statement)
        async with database.connection() as connection:
            assert connection.autocommit
            assert await fetch_one(connection, NAMED) == {"name": ""}
            assert await fetch_all(connection, SEEN) == []
        with acting_for(OURS):
            async with database.connection() as connection:
                assert [row["name"] for row in await fetch_all(connection, SEEN)] == ["before SELECT 1", "ours"]
        assert TENANT.get() is None

    run(tenants_url, work, pool_size=1)


def test_a_connection_that_was_taken_for_one_tenant_is_not_another_s(tenants_url: str) -> None:
    """Even where somebody commits in the middle: what comes after is for nobody, and not for the last one."""

    async def work(database: Database) -> None:
        with acting_for(OURS):
            async with database.connection() as connection:
                await connection.commit()
                assert await fetch_all(connection, SEEN) == []

    run(tenants_url, work, pool_size=1)


async def read(database: Database) -> set[str]:
    async with database.connection() as connection:
        return {row["name"] for row in await fetch_all(connection, SEEN)}


async def read_only(database: Database) -> set[str]:
    connection = await database.acquire(read_only=True)
    try:
        found = {row["name"] for row in await fetch_all(connection, SEEN)}
        if TENANT.get():
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await connection.execute("INSERT INTO tiny.things (name) VALUES ('x')")
        return found
    finally:
        await database.release(connection)


async def write_slowly(database: Database) -> set[str]:
    write = Transaction(database)
    try:
        connection = await write.connection()
        await connection.execute("SELECT pg_sleep(0.002)")
        found = {row["name"] for row in await fetch_all(connection, SEEN)}
        await write.commit()
        return found
    finally:
        await write.close()


async def fail(database: Database) -> set[str]:
    async with database.connection() as connection:
        found = {row["name"] for row in await fetch_all(connection, SEEN)}
        with pytest.raises(psycopg.errors.DivisionByZero):
            await connection.execute("SELECT 1 / 0")
        return found


def test_pooled_connections_never_keep_a_tenant(tenants_url: str) -> None:
    """Two connections for everybody: reads, writes, failures, and tasks that are cancelled at any point."""
    dice = random.Random(7)
    has = {OURS: {"ours"}, THEIRS: {"theirs"}, None: set[str]()}

    async def one(database: Database) -> None:
        tenant = dice.choice([*has])
        with acting_for(tenant):
            assert await dice.choice([read, read_only, write_slowly, fail])(database) == has[tenant]

    async def work(database: Database) -> None:
        for _ in range(10):
            tasks = [asyncio.create_task(one(database)) for _ in range(60)]
            for task in dice.sample(tasks, 10):
                asyncio.get_running_loop().call_later(dice.random() / 20, task.cancel)
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(result, asyncio.CancelledError | None), result
        for connection in [await database.acquire() for _ in range(2)]:
            assert await fetch_one(connection, NAMED) in ({"name": ""}, {"name": None})
            await database.release(connection)

    run(tenants_url, work, pool_size=2)


# What is kept outside the database, and what is done later


def test_the_cache_has_a_value_of_each_tenant(tenants_url: str) -> None:
    async def work(database: Database) -> None:
        cache = Cache(None, seconds=60, is_alone=True)
        database.forget = cache.forget
        namespace = cache.namespace("tiny.things")

        async def load() -> bytes:
            return of_tenant("of").encode()

        for _ in range(2):
            for tenant in (OURS, THEIRS, None):
                with acting_for(tenant):
                    assert await namespace.get("of", load) == of_tenant("of").encode()
        with acting_for(OURS):
            write = Transaction(database)
            await write.connection()
            write.changed("tiny.things", "o*")
            await write.commit()
            await write.close()
        fresh: dict[str | None, bool] = {}
        for tenant in (OURS, THEIRS, None):
            with acting_for(tenant):

                async def again(tenant: str | None = tenant) -> bytes:
                    fresh[tenant] = True
                    return b""

                await namespace.get("of", again)
        assert fresh == {OURS: True}

    run(tenants_url, work, pool_size=2)


def test_a_job_works_for_the_tenant_that_queued_it(tenants_url: str) -> None:
    seen: list[Any] = []

    async def look(job: Run, mark: str) -> None:
        async with job.database.connection() as connection:
            seen.append((mark, [row["name"] for row in await fetch_all(connection, SEEN)]))

    job = Job(name="look", run=look)
    register("tiny", [job])
    runtime = Runtime(settings=settings_of(tenants_url), database=Database(tenants_url, pool_size=2))

    @asynccontextmanager
    async def writing() -> AsyncIterator[Transaction]:
        write = Transaction(runtime.database)
        try:
            yield write
            await write.commit()
        finally:
            await write.close()

    async def work() -> None:
        await runtime.open()
        try:
            for tenant in (OURS, THEIRS, None):
                with acting_for(tenant):
                    async with writing() as write:
                        number = await enqueue(write, "tiny.look", mark=str(tenant))
                async with runtime.database.connection() as connection:
                    query = "SELECT args FROM portico_queue.procrastinate_jobs WHERE id = %(id)s"
                    row = await fetch_one(connection, query, {"id": number})
                assert row is not None
                assert row["args"].get(ARGUMENT) == tenant
                await run_once(RegisteredJob("tiny", job), Run(number, "tiny", "tiny.look", runtime), row["args"])
        finally:
            await runtime.close()

    asyncio.run(work())
    assert seen == [(OURS, ["ours"]), (THEIRS, ["theirs"]), ("None", [])]
