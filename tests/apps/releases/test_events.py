"""What happens, told as CDEvents: to streams, and to addresses that users name."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from portico import registry
from portico.apps.releases.events import cdevent
from portico.kernel.database import Database
from portico.kernel.migrations import upgrade
from portico.kernel.webhook_sender import WebhookSender
from tests.apps.releases.world import World, open_world
from tests.commands import START_LIMIT
from tests.contract.shop import made
from tests.databases import Databases
from tests.receivers import Received, receiving
from tests.servers import settings_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url, webhook_allow_private=True) as world:
        yield world
    databases.drop(url)


def heard(lines: Iterator[str], topic: str) -> dict[str, Any]:
    """The payload of the next event of this topic."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: ") and name == topic:
            found: dict[str, Any] = json.loads(line.removeprefix("data: "))
            return found if topic == "ready" else found["payload"]
    raise AssertionError("the stream ended")


def test_a_deployment_is_a_service_deployed_for_who_listens(world: World) -> None:
    release = world.published("1.4.0")
    with world.viewer.client.stream("GET", "/api/v1/events") as answer:
        lines = answer.iter_lines()
        heard(lines, "ready")
        (deployment,) = world.deployed(release, "dev")
        started = heard(lines, "deployment.start")
        event = heard(lines, "deployment.succeeded")
    assert started["context"]["type"] == "dev.cdeventsx.portico-deployment.start.0.1.0"
    assert started["customData"]["id"] == deployment["id"]
    assert event["context"]["type"] == "dev.cdevents.service.deployed.0.2.0"
    assert event["context"]["version"] == "0.4.1"
    assert event["subject"]["id"] == world.service["name"]
    assert event["subject"]["content"] == {
        "environment": {"id": "dev"}, "artifactId": f"pkg:generic/{world.service['name']}@1.4.0"
    }  # fmt: skip


def test_events_are_for_who_has_signed_in(world: World) -> None:
    assert world.nobody.get("/api/v1/events").status_code == 401


def test_a_webhook_is_told_the_same(world: World) -> None:
    with receiving() as received:
        body = {"url": received.url, "topics": ["release.*"]}
        made(world.viewer.client.post("/api/v1/webhooks", json=body))
        release = world.published("1.5.0")
        asyncio.run(delivered(world.url, received, 3))
        told = [json.loads(body) for _, body in received.bodies]
    assert [each["type"] for each in told] == ["release.created", "release.candidate", "release.published"]
    event = told[-1]["data"]
    assert event["context"]["type"] == "dev.cdeventsx.portico-release.published.0.1.0"
    assert (event["customData"]["id"], event["customData"]["service"]) == (release["id"], world.service["name"])


async def delivered(url: str, received: Received, count: int) -> None:
    """What a worker does: from the outbox to the addresses, until so much has arrived."""
    database = Database(url, pool_size=4)
    await database.open()
    listeners = registry.load("releases").listeners
    assert listeners is not None
    sender = WebhookSender({"releases": listeners}, database, settings_of(url, webhook_allow_private=True))
    sending = asyncio.create_task(sender.run())
    async with asyncio.timeout(START_LIMIT):
        while len(received.bodies) < count:  # noqa: ASYNC110 - a thread fills it
            await asyncio.sleep(0.02)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await database.close()


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("deployment.succeeded", "dev.cdevents.service.deployed.0.2.0"),
        ("incident.opened", "dev.cdevents.incident.detected.0.2.0"),
        ("incident.resolved", "dev.cdevents.incident.resolved.0.2.0"),
        ("deployment.awaiting_approval", "dev.cdeventsx.portico-deployment.awaitingapproval.0.1.0"),
    ],
)
def test_what_cdevents_has_a_word_for_is_called_by_it(topic: str, kind: str) -> None:
    event = cdevent(topic, key="x:1", payload={"service": "shop", "environment": "dev", "version": "1.0.0"}, now=NOW)
    assert event["context"]["type"] == kind
    assert event["context"]["timestamp"] == "2026-03-01T12:00:00Z"
    assert event["customData"] == {"service": "shop", "environment": "dev", "version": "1.0.0"}


def test_a_rollback_is_no_new_deployment() -> None:
    payload = {"service": "shop", "environment": "dev", "version": "1.0.0", "is_rollback": True}
    event = cdevent("deployment.succeeded", key="deployment:1", payload=payload, now=NOW)
    assert event["context"]["type"] == "dev.cdevents.service.rolledback.0.2.0"
