"""Webhooks out and in, to a real receiver over real HTTP."""

import asyncio
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import Request

from portico.kernel import outgoing
from portico.kernel.database import Database
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.routes import router, takes
from portico.kernel.unit_of_work import Writing
from portico.kernel.webhook_intake import DESCRIBED, MOST_BYTES, github
from portico.kernel.webhook_sender import WebhookSender
from portico.kernel.webhook_signing import BadSignature, secret_of, signed_headers, verify_github, verify_standard
from portico.kernel.webhooks import Webhooks
from tests.kernel.hooked import Receiver, play, webhooks, written
from tests.kernel.tiny import serving_tiny
from tests.kernel.watching import hear_all, tell
from tests.servers import settings_of

QUICK = (0.05, 0.05, 0.05)  # seconds between attempts


def sender(database: Database, url: str, **options: Any) -> WebhookSender:
    known = {"waits": QUICK, **options}
    return WebhookSender({"tiny": hear_all}, database, settings_of(url, webhook_allow_private=True), **known)


async def sent_until(sending: WebhookSender, is_done: Callable[[], bool]) -> None:
    task = asyncio.create_task(sending.run())
    try:
        async with asyncio.timeout(15):
            while not is_done():
                assert not task.done()
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_an_event_is_signed_with_both_secrets_and_sent_to_who_wants_it(database_url: str) -> None:
    async def act(database: Database, receiver: Receiver) -> None:
        hooks = webhooks(database_url)
        added = await written(database, lambda w: hooks.add(w, owner="1", url=receiver.url, topics=["note.*"]))
        rotated = await written(database, lambda w: hooks.rotate_secret(w, added["id"], owner="1"))
        await tell(database, "a", {"n": 1})
        await tell(database, "a", {"n": 2}, topic="notes.other")
        await tell(database, "a", {"n": 3}, ["user:5"])
        await tell(database, "b", {"n": 4})
        await sent_until(sender(database, database_url), lambda: len(receiver.got) == 2)
        assert sorted(receiver.numbers(), key=str) == [{"n": 1}, {"n": 4}], "of two keys, in any order"
        headers, body = receiver.got[0]
        assert json.loads(body)["type"] == "note.changed"
        for secret in (added["secret"], rotated["secret"]):
            assert verify_standard([secret_of(secret)], headers, body, datetime.now(UTC)) == headers["webhook-id"]
        with pytest.raises(BadSignature):
            verify_standard([b"another"], headers, body, datetime.now(UTC))
        async with database.connection() as connection:
            assert [row["state"] for row in await hooks.deliveries(connection, added["id"], owner="1")] == [
                "delivered", "delivered",
            ]  # fmt: skip
            with pytest.raises(NotFound):
                await hooks.deliveries(connection, added["id"], owner="2")

    play(database_url, act)


def test_failures_are_tried_again_in_order_then_dead_then_replayed(database_url: str) -> None:
    async def act(database: Database, receiver: Receiver) -> None:
        hooks = webhooks(database_url)
        added = await written(database, lambda w: hooks.add(w, owner="1", url=receiver.url))
        failures = iter([500, 302, 204])
        receiver.answer = lambda headers, body: next(failures, 204) if body["data"] == 1 else 204
        for n in (1, 2):
            await tell(database, "a", n)
        await sent_until(sender(database, database_url), lambda: len(receiver.got) == 4)
        assert receiver.numbers() == [1, 1, 1, 2], "what comes later waits; a redirect is not followed"
        assert len(set(receiver.ids())) == 2, "a message keeps its id"

        receiver.answer = lambda headers, body: 500
        await tell(database, "a", 3)
        await sent_until(sender(database, database_url), lambda: len(receiver.got) == 8)
        await sent_until(sender(database, database_url), lambda: True)
        assert receiver.numbers()[4:] == [3, 3, 3, 3]
        receiver.answer = lambda headers, body: 204
        with pytest.raises(NotFound):
            await written(database, lambda w: hooks.replay(w, added["id"], owner="2"))
        assert await written(database, lambda w: hooks.replay(w, added["id"], owner="1")) == 1
        await sent_until(sender(database, database_url), lambda: len(receiver.got) == 9)
        assert receiver.ids()[8] == receiver.ids()[7]

    play(database_url, act)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[fe80::1]", "100.64.0.1", "224.0.0.1", "0.0.0.0", "2130706433",
        "[::127.0.0.1]", "[fec0::1]", "[64:ff9b:1::7f00:1]",
    ],
)  # fmt: skip
def test_private_addresses_are_not_called(host: str) -> None:
    async def call() -> None:
        target = outgoing.target_of(f"https://{host}:9/", allow_private=False)
        await outgoing.post(target, b"", {}, allow_private=False, within=5)

    with pytest.raises(outgoing.Refused, match="not a public one"):
        asyncio.run(call())


@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://example.com", "https://u:p@example.com", "https://", "x"]
)
def test_what_is_no_public_address_is_refused_when_it_is_set(database_url: str, url: str) -> None:
    async def act(database: Database, receiver: Receiver) -> None:
        hooks = Webhooks("tiny", settings_of(database_url))
        with pytest.raises(InvalidInput):
            await written(database, lambda w: hooks.add(w, owner="1", url=url))

    play(database_url, act)


def test_the_signatures_are_those_that_were_published() -> None:
    """The examples of the Standard Webhooks' libraries and of GitHub's documentation."""
    body = b'{"test": 2432232314}'
    headers = signed_headers(
        [secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=datetime.fromtimestamp(1614265330, UTC), body=body,
    )  # fmt: skip
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    sent = datetime.fromtimestamp(1614265330, UTC)
    assert verify_standard([b"old", secret], headers, body, sent) == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    for wrong, at in ((body + b" ", sent), (body, sent + timedelta(minutes=6)), (body, sent - timedelta(minutes=6))):
        with pytest.raises(BadSignature):
            verify_standard([secret], headers, wrong, at)

    github = {
        "x-github-delivery": "72d3162e",
        "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    }
    assert verify_github([b"It's a Secret to Everybody"], github, b"Hello, World!") == "72d3162e"
    with pytest.raises(BadSignature):
        verify_github([b"It's a Secret to Everybody"], github, b"Hello, World?")


hooks = router()
GITHUB = github(b"the old secret", b"secret")


@hooks.post("/hooks/github", response_model=list[str], summary="Takes GitHub's", openapi_extra=DESCRIBED)
@takes(MOST_BYTES)
async def take(request: Request, write: Writing) -> Any:
    delivery = await GITHUB.take(request, write)
    await asyncio.sleep(0.05)
    return [delivery.id, delivery.event, delivery.payload["release"]["tag_name"]] if delivery else []


def test_a_delivery_that_comes_in_is_checked_and_taken_once(database_url: str) -> None:
    body = b'{ "action":"published", "release": {"tag_name": "v1.2"} }'  # as the sender writes it, not as we would

    def posted(number: int, sent: bytes = body, secret: bytes = b"secret") -> httpx.Response:
        signature = hmac.new(secret, body, "sha256").hexdigest()
        headers = {
            "X-GitHub-Event": "release", "X-GitHub-Delivery": str(number), "X-Hub-Signature-256": f"sha256={signature}"
        }  # fmt: skip
        return client.post("/hooks/github", content=sent, headers=headers)

    with serving_tiny(database_url, hooks) as client, ThreadPoolExecutor(5) as pool:
        answers = sorted(answer.json() for answer in pool.map(posted, [7] * 5))
        assert answers == [[], [], [], [], ["7", "release.published", "v1.2"]]
        assert posted(3).json()[0] == "3", "in any order"
        for forged in (posted(8, sent=body + b" "), posted(8, secret=b"another")):
            assert (forged.status_code, forged.json()["code"]) == (401, "BAD_SIGNATURE")
        assert posted(8, secret=b"the old secret").json()[0] == "8"
