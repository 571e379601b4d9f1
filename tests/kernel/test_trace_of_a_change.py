"""One trace from a request through cache, outbox and queue to the job and the webhook that follow from it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portico.kernel import outbox
from portico.kernel.cache import Cached
from portico.kernel.database import Database
from portico.kernel.job_worker import JobWorker
from portico.kernel.jobs import enqueue, jobs_of
from portico.kernel.logging import configure
from portico.kernel.routes import router
from portico.kernel.runtime import Runtime
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import Writing
from portico.kernel.webhook_sender import WebhookSender, sending
from portico.kernel.webhooks import Webhooks
from tests.kernel.job_worker import JOBS, in_transaction, statuses
from tests.kernel.tiny import make_tables, serving_tiny
from tests.kernel.traces import HEADERS, TRACE, traced
from tests.kernel.watching import hear_all
from tests.receivers import CLIENT, SERVER, attributes, receiving
from tests.redis_server import RedisServer, redis_server
from tests.servers import settings_of

changes = router(prefix="/changes")


@changes.post("", response_model=str, summary="Changes something, tells of it, and leaves the rest to a job")
async def change(write: Writing, cache: Cached) -> Any:
    async def load() -> bytes:
        return b"loaded"

    await cache.namespace("tiny.changes").get("1", load)
    await outbox.add(write, app="tiny", topic="thing.changed", key="1", payload={"n": 1}, audience=["all"])
    await enqueue(write, "tiny.note", number=1)
    await enqueue(write, "tiny.fail", final=True)
    return "changed"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


def test_one_trace_goes_through_cache_outbox_job_and_webhook(
    database_url: str, redis: RedisServer, tmp_path: Path
) -> None:
    make_tables(database_url)
    settings = {"webhook_allow_private": True, "log_file": tmp_path / "log", "log_format": "json", "log_level": "INFO"}
    hooks = Webhooks("tiny", settings_of(database_url, **settings))
    with receiving() as collector, receiving() as customer, traced(collector) as exported:

        async def subscribe(write: Transaction) -> None:
            await hooks.add(write, owner="1", url=f"{customer.url}/hook")

        in_transaction(database_url, subscribe)
        options = {"app": {"jobs": JOBS}, "redis_url": redis.url, **settings}
        with serving_tiny(database_url, changes, **options) as client:
            assert client.post("/changes", headers=HEADERS).status_code == 200
            done = {"succeeded": 1, "failed": 1}
            work(database_url, until=lambda: customer.bodies and statuses(database_url) == done, **settings)
        found = exported()
    names = {each.span_id: each.name for each in found}
    assert {each.trace_id.hex() for each in found} == {TRACE}, "nothing that polls makes a trace of its own"
    (request,) = [each for each in found if each.kind == SERVER]
    below = {(each.name, names.get(each.parent_span_id)) for each in found if each.kind != SERVER}
    for name in ("redis MGET", "INSERT", "COMMIT", "job tiny.note", "job tiny.fail", "webhook"):
        assert (name, request.name) in below
    assert {("INSERT", "job tiny.note"), ("COMMIT", "job tiny.note"), ("POST", "webhook")} <= below
    (call,) = [each for each in found if each.name == "POST"]
    assert (call.kind, attributes(call)["http.response.status_code"]) == (CLIENT, 200)
    (received,) = customer.headers
    assert received["traceparent"].split("-")[1:3] == [TRACE, call.span_id.hex()]
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {line.get("trace_id") for line in lines if line["event"] in ("request", "job")} == {TRACE}


def work(url: str, *, until: Any, **settings: Any) -> None:
    """A worker and a sender of webhooks, as `portico worker` has them, until it holds."""
    made = settings_of(url, **settings)
    configure(made)

    async def run() -> None:
        database = Database(url, pool_size=5)
        worker = JobWorker(jobs_of(["tiny"]), Runtime(settings=made, database=database), url)
        async with sending(WebhookSender({"tiny": hear_all}, database, made), database):
            working = asyncio.create_task(worker.run())
            async with asyncio.timeout(30):
                while not until():  # noqa: ASYNC110 - it looks at the database
                    await asyncio.sleep(0.05)
            worker.stop()
            await working

    asyncio.run(run())
