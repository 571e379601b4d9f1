"""What the pool does with each of its connections: set it up, look whether it still lives, take it back."""

import select
from typing import Any

import orjson
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_dumps, set_json_loads


async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
    set_json_dumps(orjson.dumps, connection)
    set_json_loads(orjson.loads, connection)


async def discard_if_server_is_gone(connection: psycopg.AsyncConnection[Any]) -> None:
    if is_gone(connection):
        raise psycopg.OperationalError("the server closed the connection")


def is_gone(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Pre-ping without the round trip: a server that died or closed the session has made the socket readable."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return False
    connection.pgconn.finish()  # else the pool would take it for a good one, and give it away again
    return True


def is_busy(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether it is in the middle of something, as whoever is cancelled while a COPY begins leaves it. Nothing can be
    said on it then, not even ROLLBACK."""
    return connection.info.transaction_status is TransactionStatus.ACTIVE


async def back_to_autocommit(connection: psycopg.AsyncConnection[Any]) -> None:
    if not connection.autocommit:
        await connection.set_autocommit(True)
