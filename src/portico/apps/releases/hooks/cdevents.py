"""CDEvents that come in: https://cdevents.dev, 0.4 and what is like it."""

from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from portico.apps.releases.hooks.messages import Deployed, Incident, Message, Noted, Translation, Word, checked


class Reference(BaseModel):
    id: Word


class Context(BaseModel):
    id: Word
    source: Word


class Content(BaseModel):
    environment: Reference | None = None
    service: Reference | None = None
    artifactId: Word = ""  # noqa: N815 - as CDEvents write it
    description: str = ""


class Subject(BaseModel):
    id: Word
    content: Content = Content()


class CDEvent(BaseModel):
    context: Context
    subject: Subject


def _deployed(payload: dict[str, Any]) -> Message:
    return _of_service(checked(CDEvent, payload), is_rollback=False)


def _rolled_back(payload: dict[str, Any]) -> Message:
    return _of_service(checked(CDEvent, payload), is_rollback=True)


def _of_service(event: CDEvent, *, is_rollback: bool) -> Message:
    content = event.subject.content
    if content.environment is None:
        return Noted(reason="it names no environment")
    return Deployed(
        external="",
        environment=content.environment.id,
        service=event.subject.id,
        state="succeeded",
        version=_version_of(content.artifactId),
        is_rollback=is_rollback,
    )


def _detected(payload: dict[str, Any]) -> Message:
    return _incident(checked(CDEvent, payload), is_resolved=False)


def _resolved(payload: dict[str, Any]) -> Message:
    return _incident(checked(CDEvent, payload), is_resolved=True)


def _incident(event: CDEvent, *, is_resolved: bool) -> Message:
    content = event.subject.content
    if content.environment is None or content.service is None:
        return Noted(reason="it names no environment, or no service")
    return Incident(
        external=f"{event.context.source} {event.subject.id}",
        environment=content.environment.id,
        service=content.service.id,
        text=content.description,
        is_resolved=is_resolved,
    )


def _merged(payload: dict[str, Any]) -> Message:
    checked(CDEvent, payload)
    return Noted(reason="commits come with a release, or by import")


def _version_of(artifact: str) -> str:
    """What stands behind the @ of a package URL: a version, or a digest."""
    return unquote(artifact.partition("?")[0].partition("#")[0].rpartition("@")[2]) if "@" in artifact else ""


CDEVENTS: dict[str, Translation] = {
    "service.deployed": _deployed,
    "service.upgraded": _deployed,
    "service.rolledback": _rolled_back,
    "incident.detected": _detected,
    "incident.resolved": _resolved,
    "change.merged": _merged,
}
