"""WebSockets of GraphQL on the server of production, which holds a close back while a message is waited for."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.faults.running import Portico

ACCOUNT = {"email": "test@example.com", "password": "password123"}
HELLO = {"type": "connection_init"}


@pytest.fixture
def items(new_portico: Callable[..., Portico]) -> Portico:
    portico = new_portico(app="items", ITEMS_MODE="sandbox")
    assert portico.run("seed", "items").returncode == 0
    return portico


def test_a_socket_is_closed_while_its_client_is_silent(items: Portico) -> None:
    broken = {"type": "subscribe", "id": "1", "payload": {"query": "subscription {{"}}
    with opened(items, token_of(items)) as socket:
        say(socket, HELLO, broken)
        assert close_of(socket)[0] == 4400
    token = token_of(items)
    with opened(items, token) as socket:
        say(socket, HELLO)
        sessions = items.call("GET", "/auth/sessions", token=token)[1]
        session = next(one["id"] for one in sessions if one["current"])
        address = f"http://127.0.0.1:{items.port}/auth/sessions/{session}"
        assert httpx.delete(address, headers={"Authorization": f"Bearer {token}"}).status_code == 204
        assert close_of(socket) == (1008, "session over")


def token_of(items: Portico) -> str:
    status, found = items.call("POST", "/auth/login", ACCOUNT)
    assert status == 200, found
    return str(found["access_token"])


@contextmanager
def opened(items: Portico, token: str) -> Iterator[ClientConnection]:
    ticket = items.call("POST", "/events/ticket", token=token)[1]["ticket"]
    address = f"ws://127.0.0.1:{items.port}/graphql?ticket={ticket}"
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        yield socket


def say(socket: ClientConnection, *messages: object) -> None:
    for message in messages:
        socket.send(json.dumps(message))
    assert json.loads(socket.recv(10)) == {"type": "connection_ack"}


def close_of(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason
