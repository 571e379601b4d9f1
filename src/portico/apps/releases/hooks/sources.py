"""Who may send hooks, and how each proves that it is the one: GitHub, GitLab, and whoever speaks CDEvents."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from portico.apps.releases.configuration import ReleasesSettings
from portico.kernel.errors import InvalidInput
from portico.kernel.settings import validated
from portico.kernel.webhook_intake import Source, github
from portico.kernel.webhook_signing import BadSignature, secret_of, verify_standard

Headers = Mapping[str, str]
STRUCTURED = "application/cloudevents+json"


def sources() -> dict[str, Source]:
    """By name. Without its secret a source has no signature that could be right."""
    settings = validated(ReleasesSettings)
    return {
        "github": github(*(each.encode() for each in (settings.github_secret or "").split())),
        "gitlab": gitlab(*(each.encode() for each in (settings.gitlab_secret or "").split())),
        "cdevents": cdevents(*(secret_of(each) for each in (settings.cdevents_secret or "").split())),
    }


def gitlab(*tokens: bytes) -> Source:
    """GitLab signs nothing: it sends the token. `event` is the body's `object_kind`, such as `deployment`."""

    def verify(headers: Headers, body: bytes, now: datetime) -> str:
        given = headers.get("x-gitlab-token", "").encode()
        if not any([hmac.compare_digest(given, token) for token in tokens]):
            raise BadSignature
        # The key is the same when GitLab sends again. It came with GitLab 17.4; what was before it does not tell apart
        # the events that one event causes.
        key, event = headers.get("idempotency-key", ""), headers.get("x-gitlab-event-uuid", "")
        delivery_id = key or (event and f"{event} {headers.get('x-gitlab-event', '')}")
        if not delivery_id:
            raise InvalidInput("The delivery has no id: neither Idempotency-Key nor X-Gitlab-Event-UUID.")
        return delivery_id

    return Source(name="gitlab", verify=verify, event=lambda _, payload: str(payload.get("object_kind", "")))


def cdevents(*secrets: bytes) -> Source:
    """CloudEvents over HTTP, signed as Standard Webhooks describe. `event` is such as `service.deployed`.

    The delivery's id is the event's source and id, which are unique together. They are taken from the signed body: a
    header that nobody signed could make one event many.
    """

    def verify(headers: Headers, body: bytes, now: datetime) -> str:
        verify_standard(secrets, headers, body, now)
        try:
            context = cdevent_of(headers, orjson.loads(body))["context"]
            source, event_id = str(context["source"]), str(context["id"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise InvalidInput("The body is no CDEvent, neither in binary nor in structured mode.") from None
        if headers.get("ce-id", event_id) != event_id:
            raise InvalidInput("The header ce-id and the id in the event's context are not the same.")
        return f"{source} {event_id}"

    return Source(name="cdevents", verify=verify, event=_word_of)


def cdevent_of(headers: Headers, payload: dict[str, Any]) -> dict[str, Any]:
    """The CDEvent: the whole body in binary mode, its `data` in structured mode. Raises `KeyError`."""
    is_structured = headers.get("content-type", "").partition(";")[0].strip().lower() == STRUCTURED
    found: dict[str, Any] = payload["data"] if is_structured else payload
    return found


def _word_of(headers: Headers, payload: dict[str, Any]) -> str:
    """Subject and predicate: `dev.cdevents.service.deployed.0.2.0` is `service.deployed`."""
    kind = str(cdevent_of(headers, payload)["context"].get("type", ""))
    words = kind.removeprefix("dev.cdevents.").split(".")
    return ".".join(words[:2]) if kind.startswith("dev.cdevents.") else kind
