"""Listeners of the event stream: each event is what `GET /events` sends of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.apps.audit.world import API, Person

Event = dict[str, Any]
"""The `id`, the `event`'s name, and its `data`; `ready` at the beginning."""


@dataclass(frozen=True)
class Moment:
    """Where to go on. What other transactions of this PostgreSQL server held back till then came before `at`."""

    id: str
    at: datetime


def now(person: Person) -> Moment:
    at = datetime.now(UTC)
    with person.client.stream("GET", f"{API}/events") as answer:
        return Moment(next(_events(answer.iter_lines()))["id"], at)


@contextmanager
def listening(person: Person, since: Moment | None = None) -> Iterator[Iterator[Event]]:
    """The events of a stream that has begun, as they come: from now, or from a moment on."""
    begun = datetime.now(UTC) if since is None else since.at
    headers = {"Last-Event-ID": since.id} if since else {}
    with person.client.stream("GET", f"{API}/events", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        found = _events(answer.iter_lines())
        assert next(found)["event"] == "ready"
        yield (each for each in found if datetime.fromisoformat(each["data"]["created_at"]) >= begun)


def until(events: Iterator[Event], key: str) -> list[Event]:
    """The events before the first one of this thing."""
    found = []
    for event in events:
        if event["data"]["key"] == key:
            return found
        found.append(event)
    raise AssertionError("the stream ended")


def missed(person: Person, since: Moment, *, last: str) -> list[tuple[str, str]]:
    """What happened to which things, for who comes back: from this moment on until the first event of `last`."""
    with listening(person, since) as events:
        return told(until(events, last))


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event["event"], event["data"]["key"]) for event in events]


def _events(lines: Iterator[str]) -> Iterator[Event]:
    found: Event = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in ("id", "event", "data"):
            found[name] = json.loads(value) if name == "data" else value
        elif not line and "event" in found:
            yield found
            found = {}
