"""GraphQL's WebSocket on items: subscriptions, for who has a ticket, until the session ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.contract.stall import Account, Stall, item, unique
from tests.contract.test_items_graphql import TOO_MUCH


def socket_of(stall: Stall) -> str:
    return str(stall.nobody.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"


@contextmanager
def subscribed(stall: Stall, account: Account, query: str, **variables: Any) -> Iterator[ClientConnection]:
    """A subscription of the account's, which is under way."""
    ticket = account.client.post("/events/ticket").json()["ticket"]
    with connect(f"{socket_of(stall)}?ticket={ticket}", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        say(socket, type="connection_init")
        assert hear(socket) == {"type": "connection_ack"}
        say(socket, type="ping")
        assert hear(socket) == {"type": "pong"}
        say(socket, type="subscribe", id="1", payload={"query": query, "variables": variables})
        yield socket


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(socket.recv(10))
    return found


def hear_all(socket: ClientConnection) -> None:
    while True:
        hear(socket)


CHANGES = "subscription($since: String) { itemChanges(since: $since) { cursor change id name price quantity version } }"


def change(socket: ClientConnection) -> dict[str, Any]:
    found = hear(socket)
    assert (found["type"], found["id"]) == ("next", "1"), found
    event: dict[str, Any] = found["payload"]["data"]["itemChanges"]
    return event


def under_way(socket: ClientConnection, account: Account) -> None:
    """Return once the subscription hears: it begins when it begins, so items are added until it has told of one."""
    while True:
        probe = str(item(account.client)["id"])
        with suppress(TimeoutError):
            heard = json.loads(socket.recv(0.3))
            while heard["payload"]["data"]["itemChanges"]["id"] != probe:
                heard = hear(socket)
            return


def test_a_subscription_hears_of_changes_and_goes_on_where_it_was(stall: Stall) -> None:
    account = stall.account()
    with subscribed(stall, account, CHANGES) as socket:
        under_way(socket, account)
        made = item(stall.nobody, name=unique("Heard"), quantity=3)
        stall.nobody.put(f"/items/{made['id']}", json={"quantity": 2})
        first, second = change(socket), change(socket)
        assert (first["change"], first["id"], first["name"]) == ("CREATED", str(made["id"]), made["name"])
        assert (second["change"], second["quantity"], second["version"]) == ("UPDATED", 2, 2)
    stall.nobody.delete(f"/items/{made['id']}")
    with subscribed(stall, account, CHANGES, since=second["cursor"]) as socket:
        assert change(socket)["change"] == "DELETED"
        say(socket, type="complete", id="1")


def test_in_private_mode_a_subscription_hears_of_ones_own_items(private_stall: Stall) -> None:
    owner, stranger = private_stall.account(), private_stall.account()
    with subscribed(private_stall, owner, CHANGES) as mine, subscribed(private_stall, stranger, CHANGES) as theirs:
        under_way(mine, owner)
        under_way(theirs, stranger)
        item(owner.client, name="Mine")
        item(stranger.client, name="Theirs")
        assert (change(mine)["name"], change(theirs)["name"]) == ("Mine", "Theirs")


def test_a_socket_needs_a_ticket_and_takes_subscriptions_only_and_within_the_limits(stall: Stall) -> None:
    account = stall.account()
    for ticket in ("", "x"):
        with pytest.raises(InvalidStatus):
            connect(f"{socket_of(stall)}?ticket={ticket}", subprotocols=[Subprotocol("graphql-transport-ws")])
    for query in ("{ me { id } }", "mutation { deleteItem(id: 1) }", TOO_MUCH["depth"], "subscription { nothing }"):
        with subscribed(stall, account, query) as socket, suppress(ConnectionClosed):
            assert hear(socket)["type"] == "error"
    assert stall.nobody.get("/items/1").status_code == 200
    with subscribed(stall, account, CHANGES, since="x") as socket:
        found = hear(socket)
        errors = found["payload"] if found["type"] == "error" else found["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "VALIDATION_ERROR"
    with subscribed(stall, account, CHANGES) as socket:
        say(socket, type="subscribe", id="2", payload={"query": TOO_MUCH["one megabyte"]})
        with pytest.raises(ConnectionClosed):
            hear(socket)


@pytest.mark.parametrize(
    "message",
    ["[" * 60_000, "[1]", '{"type": "complete", "id": [1]}', '{"type": "subscribe", "id": "1", "payload": [1]}',
     '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": [1]}}'],
    ids=lambda message: message[:70],
)  # fmt: skip
def test_a_socket_that_is_not_understood_is_told_so(stall: Stall, message: str) -> None:
    ticket = stall.account().client.post("/events/ticket").json()["ticket"]
    with connect(f"{socket_of(stall)}?ticket={ticket}", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        say(socket, type="connection_init")
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            hear_all(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


def test_a_socket_ends_with_the_session(stall: Stall) -> None:
    account = stall.account()
    with subscribed(stall, account, CHANGES) as socket:
        account.client.delete(f"/auth/sessions/{account.client.get('/auth/sessions').json()[0]['id']}")
        with pytest.raises(ConnectionClosed) as closed:
            hear_all(socket)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "session over")


def test_a_socket_needs_the_name_of_one_of_several_subscriptions(stall: Stall) -> None:
    account = stall.account()
    two = "subscription A { itemChanges { id } } subscription B { itemChanges { id } }"
    with subscribed(stall, account, two) as socket:
        assert "operationName" in str(hear(socket)["payload"])
