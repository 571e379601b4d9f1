"""Who reads a replica, and what becomes of the reads where there is none. tests/faults has a real one."""

from typing import Annotated, Any

import psycopg
import pytest
from fastapi import Depends

from portico.kernel.cache import Cached
from portico.kernel.database import Connection, Database, fetch_one
from portico.kernel.replica import Replica
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Opening, Reading, ReplicaReading, Writing
from tests.commands import eventually
from tests.kernel.tiny import serving_tiny

reads = router()


@reads.get("/replica")
async def read_replica(reading: ReplicaReading) -> Any:
    return await fetch_one(reading, "SELECT pg_is_in_recovery() AS is_replica, pg_backend_pid() AS pid")


@pytest.mark.parametrize(
    ("replica", "why"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/none", "could not connect"),
        ("{primary}", "not a replica of the database"),
    ],
)
def test_what_is_no_good_is_not_used_and_makes_nothing_unready(database_url: str, replica: str, why: str) -> None:
    url = replica.format(primary=database_url)
    with serving_tiny(database_url, reads, read_database_url=url) as client:
        for _ in range(3):
            answer = client.get("/replica")
            assert (answer.status_code, answer.json()["is_replica"]) == (200, False)

        def replicas_health() -> Any:
            answer = client.get("/health/ready")
            assert (answer.status_code, answer.json()["status"]) == (200, "ok")
            return answer.json()["checks"]["replica"]

        eventually(lambda: replicas_health() == {"status": "fail", "error": why}, within=20)
        assert client.get("/replica").json()["is_replica"] is False


def test_without_the_setting_it_is_the_connection_of_all_reads(database_url: str) -> None:
    async def pid(connection: Connection) -> Any:
        return await fetch_one(connection, "SELECT pg_backend_pid() AS pid")

    async def read_first(reading: Reading) -> Any:
        return await pid(reading)

    routes = router()

    @routes.get("/both")
    async def read_both(first: Annotated[Any, Depends(read_first)], reading: ReplicaReading) -> Any:
        return [first, await pid(reading)]

    with serving_tiny(database_url, routes) as client:
        first, second = client.get("/both").json()
        assert first == second
        assert "replica" not in client.get("/health/ready").json()["checks"]


async def _reads_first(reading: Reading) -> None:
    """Such as the look at the caller's session."""


async def _then_reader(replica: ReplicaReading, after: Annotated[None, Depends(_reads_first)]) -> None: ...


async def _and_reader(first: Reading, replica: ReplicaReading) -> None: ...


async def _and_opener(first: Opening, replica: ReplicaReading) -> None: ...


async def _and_writer(write: Writing, replica: ReplicaReading) -> None: ...


async def _and_cache(cache: Cached, replica: ReplicaReading) -> None: ...


@pytest.mark.parametrize("handler", [_then_reader, _and_reader, _and_opener, _and_writer, _and_cache])
def test_a_route_that_would_mix_connections_is_refused_when_it_is_declared(handler: Any) -> None:
    with pytest.raises(TypeError, match=r"ReplicaReading|replica says"):
        router().get("/mixed")(handler)


@pytest.mark.parametrize(
    ("error", "is_to_blame"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg.errors.SerializationFailure("canceling statement due to conflict with recovery"), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), False),
        (psycopg.errors.ReadOnlySqlTransaction(), False),
        (psycopg.errors.UndefinedTable(), False),
    ],
)
def test_the_primary_is_asked_again_where_it_may_do_better(error: psycopg.Error, is_to_blame: bool) -> None:
    assert Replica(Database("postgresql:///none"), None).is_to_blame(error) is is_to_blame
