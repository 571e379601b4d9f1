"""What is told when something happens: one event in the form of CDEvents 0.4, for streams and webhooks alike.

The outbox's topic is our own word, such as `deployment.queued`; the payload is the CDEvent. What CDEvents has no word
for is an event of its kind for tools, `dev.cdeventsx.portico-release.published.0.1.0`. Everything that we know stands
in `customData`. See docs/pipelines.md.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from portico.identity.public import audience
from portico.kernel import outbox
from portico.kernel.clock import system_clock
from portico.kernel.database import Connection, fetch_one
from portico.kernel.transaction import Transaction

SPECIFICATION = "0.4.1"
SOURCE = "/portico/releases"

Payload = Mapping[str, Any]


async def tell(
    write: Transaction, topic: str, *, key: str, payload: Payload, now: datetime | None = None
) -> None:  # fmt: skip
    """Tell everybody who has signed in. Call it after the object was locked or added; `key` is such as `release:5`.

    Where `payload` has `service_id`, `environment_id` or `release_id`, the names of these are added to it. `now` is
    when it happened: left out, this moment.
    """
    named = {**await _names(await write.connection(), payload), **payload}
    await outbox.add(
        write, app="releases", topic=topic, key=key, audience=[audience.EVERYBODY],
        payload=cdevent(topic, key=key, payload=named, now=now or system_clock()),
    )  # fmt: skip


async def _names(connection: Connection, payload: Payload) -> Payload:
    """Those that are not in the payload, though the ids are."""
    wanted = {each: payload.get(f"{each}_id") for each in ("service", "environment", "release")}
    if payload.get("service") or not any(wanted.values()):
        return {}
    return await fetch_one(connection, NAMES, wanted) or {}


def cdevent(topic: str, *, key: str, payload: Payload, now: datetime) -> dict[str, Any]:
    """The event as CDEvents has it."""
    kind, _, what = topic.rpartition(".")
    known = KNOWN.get("deployment.rolled_back" if _is_rolled_back(topic, payload) else topic)
    if known is None:
        kind_of_tool = f"dev.cdeventsx.portico-{kind.replace('_', '')}.{what.replace('_', '')}.0.1.0"
        named, subject = kind_of_tool, {"id": key, "type": kind, "content": {}}
    else:
        named, subject = f"dev.cdevents.{known[0]}", known[1](key, payload)
    return {
        "context": {
            "version": SPECIFICATION, "id": str(uuid4()), "source": SOURCE, "type": named,
            "timestamp": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        },
        "subject": {**subject, "source": SOURCE},
        "customData": dict(payload),
        "customDataContentType": "application/json",
    }  # fmt: skip


def _is_rolled_back(topic: str, payload: Payload) -> bool:
    return topic == "deployment.succeeded" and bool(payload.get("is_rollback"))


def _service(_: str, payload: Payload) -> dict[str, Any]:
    content = {"environment": {"id": str(payload.get("environment", ""))}, "artifactId": _artifact(payload)}
    return {"id": str(payload.get("service", "")), "type": "service", "content": content}


def _incident(key: str, payload: Payload) -> dict[str, Any]:
    content = {
        "description": str(payload.get("title", "")),
        "environment": {"id": str(payload.get("environment", ""))},
        "service": {"id": str(payload.get("service", ""))},
    }
    if payload.get("version"):
        content["artifactId"] = _artifact(payload)
    return {"id": key, "type": "incident", "content": content}


def _artifact(payload: Payload) -> str:
    """A package URL: CDEvents wants one, and a version is what we always know."""
    return f"pkg:generic/{payload.get('service', '')}@{payload.get('version', '')}"


NAMES = """
    SELECT (SELECT name FROM releases.services WHERE id = %(service)s) AS service,
           (SELECT name FROM releases.environments WHERE id = %(environment)s) AS environment,
           (SELECT semver FROM releases.releases WHERE id = %(release)s) AS version"""
KNOWN: dict[str, tuple[str, Callable[[str, Payload], dict[str, Any]]]] = {
    "deployment.succeeded": ("service.deployed.0.2.0", _service),
    "deployment.rolled_back": ("service.rolledback.0.2.0", _service),
    "incident.opened": ("incident.detected.0.2.0", _incident),
    "incident.resolved": ("incident.resolved.0.2.0", _incident),
}
"""What CDEvents has a word for."""
