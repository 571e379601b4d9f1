"""Items as they change: streams, WebSockets, webhooks out and in; real HTTP, and a real receiver."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from portico import registry
from portico.kernel.database import Database
from portico.kernel.webhook_sender import WebhookSender
from portico.kernel.webhook_signing import secret_of, signed_headers, verify_standard
from portico.kernel.webhooks import MOST_ENDPOINTS
from tests.contract.stall import Account, Stall, item, open_stall, problem
from tests.databases import Databases
from tests.receivers import Received, receiving
from tests.servers import settings_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MIB = 1024 * 1024


@contextmanager
def live_stall(databases: Databases, worker_id: str, mode: str) -> Iterator[Stall]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ITEMS_STOCK_SECRET", SECRET)
        with open_stall(databases, worker_id, mode, webhook_allow_private=True) as stall:
            yield stall


@pytest.fixture(scope="module")
def sandbox(databases: Databases, worker_id: str) -> Iterator[Stall]:
    with live_stall(databases, worker_id, "sandbox") as stall:
        yield stall


@pytest.fixture(scope="module")
def private(databases: Databases, worker_id: str) -> Iterator[Stall]:
    with live_stall(databases, worker_id, "private") as stall:
        yield stall


def ticket(account: Account) -> str:
    found = account.client.post("/events/ticket")
    assert found.status_code == 201, found.text
    text: str = found.json()["ticket"]
    return text


@contextmanager
def socket_of(stall: Stall, account: Account, **options: Any) -> Iterator[ClientConnection]:
    address = str(stall.nobody.base_url).replace("http", "ws", 1).rstrip("/")
    with connect(f"{address}/ws?ticket={ticket(account)}", **options) as socket:
        yield socket


def subscribed(socket: ClientConnection, *topics: str, since: str | None = None) -> dict[str, Any]:
    socket.send(json.dumps({"type": "subscribe", "topics": topics, **({"since": since} if since else {})}))
    return heard(socket)


def heard(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(socket.recv(timeout=20))
    return found


def close_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def changes(account: Account) -> int:
    """An item that is added, changed and removed; its id."""
    item_id: int = item(account.client, name="Lamp", price=9.99, quantity=1)["id"]
    assert account.client.put(f"/items/{item_id}", json={"quantity": 5}).status_code == 200
    assert account.client.delete(f"/items/{item_id}").status_code == 204
    return item_id


CHANGES = [("item.created", 1, 1), ("item.updated", 5, 2), ("item.deleted", 5, 2)]


def test_a_stream_shows_changes_and_goes_on_where_it_was_cut(sandbox: Stall) -> None:
    account = sandbox.account()
    with account.client.stream("GET", "/api/v1/events") as answer:
        lines = answer.iter_lines()
        assert _next(lines)["event"] == "ready"
        item_id = changes(account)
        seen = [_next(lines) for _ in CHANGES]
    shown = [(one["event"], one["data"]["payload"]["quantity"], one["data"]["payload"]["version"]) for one in seen]
    assert shown == CHANGES
    assert seen[0]["data"]["key"] == str(item_id)
    assert seen[0]["data"]["payload"] == {
        "id": item_id, "name": "Lamp", "description": None, "price": 9.99, "quantity": 1, "version": 1,
    }  # fmt: skip
    for resumed in (
        {"headers": {"Last-Event-ID": seen[0]["id"]}},
        {"params": {"since": seen[0]["id"], "ticket": ticket(account)}},
    ):
        with account.client.stream("GET", "/events", **resumed) as answer:
            lines = answer.iter_lines()
            assert _next(lines)["event"] == "ready"
            assert [_next(lines)["id"] for _ in CHANGES[1:]] == [one["id"] for one in seen[1:]]


def _next(lines: Iterator[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in ("id", "event", "data"):
            found[name] = json.loads(value) if name == "data" else value
        elif not line and "event" in found:
            return found
    raise AssertionError("the stream ended")


def test_a_socket_hears_what_it_asked_for_and_resumes(sandbox: Stall) -> None:
    account, other = sandbox.account(), sandbox.account()
    with socket_of(sandbox, account) as socket:
        begun = subscribed(socket, "item.created", "item.deleted")
        item_id = changes(other)
        created, deleted = heard(socket), heard(socket)
        assert (begun["type"], created["topic"], deleted["topic"]) == ("subscribed", "item.created", "item.deleted")
        assert (created["type"], created["key"]) == ("event", str(item_id))
        assert subscribed(socket, "item.*", since=created["id"])["type"] == "subscribed"
        assert [heard(socket)["topic"] for _ in range(2)] == ["item.updated", "item.deleted"]
        assert subscribed(socket, "item.*", since="nonsense")["type"] == "reset"
    with socket_of(sandbox, account) as socket:
        subscribed(socket, "item.updated", since=begun["id"])
        assert heard(socket)["key"] == str(item_id)


def test_in_private_mode_only_owners_and_administrators_hear(private: Stall) -> None:
    owner, stranger, admin = private.account(), private.account(), private.account(is_admin=True)
    with socket_of(private, owner) as one, socket_of(private, stranger) as two, socket_of(private, admin) as three:
        for socket in (one, two, three):
            subscribed(socket, "*")
        own, others = changes(stranger), changes(owner)
        assert [heard(two)["key"] for _ in CHANGES] == [str(own)] * 3
        assert [heard(one)["key"] for _ in CHANGES] == [str(others)] * 3
        assert [heard(three)["key"] for _ in range(6)] == [str(own)] * 3 + [str(others)] * 3
        with pytest.raises(TimeoutError):
            two.recv(timeout=0.3)


@pytest.mark.alone
def test_a_socket_ends_with_its_session(sandbox: Stall) -> None:
    account = sandbox.account()
    with socket_of(sandbox, account) as socket:
        with psycopg.connect(sandbox.url) as owner:
            owner.execute("UPDATE items.sessions SET ended_at = now() WHERE user_id = %s", [account.user_id])
        began = time.monotonic()
        assert close_code(socket) == 1008
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("x" * 4097, 1009),
        (b'{"type": "subscribe", "topics": []}', 1003),
        ("{", 1007),
        ('{"type": "unknown"}', 1007),
        ('{"type": "subscribe", "topics": ["*"], "more": 1}', 1007),
    ],
)
def test_a_socket_that_says_what_is_not_understood_is_closed(sandbox: Stall, message: str | bytes, code: int) -> None:
    with socket_of(sandbox, sandbox.account()) as socket:
        socket.send(message)
        assert close_code(socket) == code


def test_a_ticket_opens_one_socket(sandbox: Stall) -> None:
    account = sandbox.account()
    address = str(sandbox.nobody.base_url).replace("http", "ws", 1).rstrip("/")
    used = ticket(account)
    with connect(f"{address}/api/v1/ws/?ticket={used}"):
        pass
    for wrong in (used, "", account.tokens["access_token"]):
        with pytest.raises(InvalidStatus) as refused, connect(f"{address}/ws?ticket={wrong}"):
            pass
        assert refused.value.response.status_code == 403


def sent(stall: Stall, received: Received, count: int) -> list[dict[str, Any]]:
    """The messages of the receiver, after the sender of a job worker has run until there are so many."""

    async def run() -> None:
        database = Database(stall.url, pool_size=4)
        await database.open()
        listeners = registry.load("items").listeners
        assert listeners is not None
        sender = WebhookSender({"items": listeners}, database, settings_of(stall.url, webhook_allow_private=True))
        task = asyncio.create_task(sender.run())
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while len(received.bodies) < count:  # noqa: ASYNC110 - a thread fills it
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.3)  # for one too many
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()

    asyncio.run(run())
    return [json.loads(body) for _, body in received.bodies]


def test_webhooks_are_told_what_their_owner_may_hear_now(private: Stall) -> None:
    owner, stranger, gone = private.account(), private.account(), private.account(is_admin=True)
    with receiving() as received:
        for account, path in ((owner, "/own"), (stranger, "/strange"), (gone, "/gone")):
            body = {"url": received.url + path, "topics": ["item.created", "item.deleted"]}
            made = account.client.post("/webhooks", json=body)
            assert made.status_code == 201, made.text
            assert made.headers["cache-control"] == "no-store"
            if account is owner:
                hook = made.json()
        with psycopg.connect(private.url) as database:
            database.execute("UPDATE items.users SET is_active = false WHERE id = %s", [gone.user_id])
        changes(owner)
        messages = sent(private, received, 2)
        assert [(path, one["type"]) for (path, _), one in zip(received.bodies, messages, strict=True)] == [
            ("/own", "item.created"), ("/own", "item.deleted"),
        ]  # fmt: skip
    headers = received.headers[0]
    assert verify_standard([secret_of(hook["secret"])], headers, received.bodies[0][1], datetime.now(UTC))
    shown = owner.client.get(f"/webhooks/{hook['id']}/deliveries", params={"limit": 1})
    assert [(one["topic"], one["state"], one["outcome"]) for one in shown.json()] == [
        ("item.deleted", "delivered", "200")
    ]
    older = owner.client.get(shown.links["next"]["url"]).json()
    assert [one["topic"] for one in older] == ["item.created"]
    assert older[0]["id"] < shown.json()[0]["id"]


def test_a_webhook_is_listed_rotated_replayed_and_removed(sandbox: Stall) -> None:
    account = sandbox.account()
    with receiving() as received:
        hook = account.client.post("/webhooks", json={"url": f"{received.url}/hook", "topics": ["item.created"]}).json()
        path = f"/webhooks/{hook['id']}"
        item(account.client)
        sent(sandbox, received, 1)
        rotated = account.client.post(f"{path}/rotate").json()
        assert rotated["secret"] != hook["secret"]
        assert rotated["previous_until"] is not None
        assert [list(one) for one in account.client.get("/webhooks").json()] == [
            ["id", "url", "topics", "previous_until", "created_at"]
        ]
        event_id = account.client.get(f"{path}/deliveries").json()[0]["id"]
        assert account.client.post(f"{path}/replay", json={}).json() == {"replayed": 0}, "nothing is dead"
        assert account.client.post(f"{path}/replay", json={"event_id": event_id}).json() == {"replayed": 1}
        sent(sandbox, received, 2)
        assert received.headers[0]["webhook-id"] == received.headers[1]["webhook-id"]
        assert len(received.headers[1]["webhook-signature"].split()) == 2
    assert account.client.delete(path).status_code == 204
    problem(account.client.get(f"{path}/deliveries"), 404, "NOT_FOUND")
    for _ in range(MOST_ENDPOINTS):
        assert account.client.post("/webhooks", json={"url": "https://example.com/"}).status_code == 201
    problem(account.client.post("/webhooks", json={"url": "https://example.com/"}), 409, "CONFLICT")


def moved(stall: Stall, body: Any, *, message_id: str, secret: str = SECRET) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = signed_headers([secret_of(secret)], message_id=message_id, at=datetime.now(UTC), body=raw)
    return stall.nobody.post("/hooks/stock", content=raw, headers={"Content-Type": "application/json", **signed})


def movement(item_id: int, change: int) -> dict[str, Any]:
    return {"type": "stock.moved", "data": {"item_id": item_id, "change": change}}


def test_stock_moves_once_per_delivery_in_any_order(sandbox: Stall) -> None:
    account = sandbox.account()
    item_id = item(account.client, quantity=2)["id"]

    def quantity() -> int:
        found: int = account.client.get(f"/items/{item_id}").json()["quantity"]
        return found

    with socket_of(sandbox, account) as socket:
        subscribed(socket, "item.updated")
        problem(moved(sandbox, movement(item_id, -5), message_id="later"), 409, "CONFLICT")
        for _ in range(2):
            moved(sandbox, movement(item_id, 4), message_id="sooner")
        assert quantity() == 6
        assert moved(sandbox, movement(item_id, -5), message_id="later").json() == {"status": "taken"}
        assert moved(sandbox, movement(item_id, -5), message_id="later").json() == {"status": "repeated"}
        assert [heard(socket)["payload"]["quantity"] for _ in range(2)] == [6, 1]
    assert quantity() == 1
    assert moved(sandbox, {"type": "stock.counted"}, message_id="other").json() == {"status": "ignored"}
    problem(moved(sandbox, movement(2**40, 1), message_id="unknown"), 404, "NOT_FOUND")
    problem(
        moved(sandbox, movement(item_id, 1), message_id="forged", secret=SECRET[:-4] + "AAAA"), 401, "BAD_SIGNATURE"
    )
    problem(moved(sandbox, b"{", message_id="broken"), 422, "VALIDATION_ERROR")
    problem(moved(sandbox, {"type": "stock.moved"}, message_id="empty"), 422, "VALIDATION_ERROR")
    assert quantity() == 1


def test_the_owner_is_told_once_when_the_warehouse_takes_the_last(sandbox: Stall) -> None:
    account = sandbox.account()
    item_id = item(account.client, quantity=3)["id"]
    for change, message_id in ((-2, "some"), (-1, "the last")):
        assert moved(sandbox, movement(item_id, change), message_id=message_id).json() == {"status": "taken"}
    told = account.client.get("/notifications").json()["notifications"]
    assert [one["topic"] for one in told] == ["item.out_of_stock"]


def test_a_delivery_may_have_25_mib_and_no_more(sandbox: Stall) -> None:
    start = b'{"type": "stock.counted", "data": "'
    for size, status in ((25 * MIB, 200), (25 * MIB + 1, 413)):
        body = start + b"x" * (size - len(start) - 2) + b'"}'
        assert moved(sandbox, body, message_id=f"of {size}").status_code == status
