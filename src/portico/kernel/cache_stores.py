"""Where cached values are: in Redis, for all processes, or in this one.

Both answer a look with the value, where a good one is there, and with the moment before it would have to be loaded.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from portico.kernel.cache_marks import ADD, ALL, Marks
from portico.kernel.redis_stage import Stage

if TYPE_CHECKING:
    from portico.kernel.redis import Redis  # an extra: there is none where REDIS_URL is not set

MOST_BYTES = 16 * 1024 * 1024
ENTRY_BYTES = 300
"""What an entry takes beside its key and its value, about."""


Moment = tuple[int, ...]
"""When something was looked for, in the store's own counting."""


@dataclass(frozen=True)
class Look:
    """What a store knows of a key. `value` is None where the answer is known to be nothing."""

    moment: Moment
    is_hit: bool = False
    value: bytes | None = None


class Store(Protocol):
    async def look(self, namespace: str, key: str) -> Look | None:
        """None where the store is out of reach."""

    async def put(self, namespace: str, key: str, value: bytes | None, *, moment: Moment, seconds: float) -> None: ...

    async def forget(self, namespace: str, patterns: Collection[str]) -> None: ...


class LocalStore:
    """Of this process alone, and of bounded size: what was used least recently goes first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._moment = 0
        self._marks: dict[str, Marks] = {}
        self._entries: OrderedDict[tuple[str, str], tuple[Moment, float, bytes | None]] = OrderedDict()

    async def look(self, namespace: str, key: str) -> Look:
        marks = self._marks.get(namespace)
        newest = (marks.newest if marks else 0,)
        entry = self._entries.get((namespace, key))
        if entry is None:
            return Look(newest)
        moment, until, value = entry
        if time.monotonic() >= until or (marks is not None and not marks.spare(key, moment[0])):
            self._drop((namespace, key))
            return Look(newest)
        self._entries.move_to_end((namespace, key))
        return Look(newest, True, value)

    async def put(self, namespace: str, key: str, value: bytes | None, *, moment: Moment, seconds: float) -> None:
        place = (namespace, key)
        self._drop(place)
        self._entries[place] = (moment, time.monotonic() + seconds, value)
        self._bytes += _size(place, value)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))

    async def forget(self, namespace: str, patterns: Collection[str]) -> None:
        self._moment += 1
        marks = self._marks.get(namespace) or Marks([(0, ALL)])
        self._marks[namespace] = marks.added(patterns, self._moment)

    def _drop(self, place: tuple[str, str]) -> None:
        entry = self._entries.pop(place, None)
        if entry is not None:
            self._bytes -= _size(place, entry[2])


class SharedStore:
    """In Redis. Marks may get lost in an outage, or with a process that dies between a commit and its mark.

    So a process marks everything before it uses Redis for the first time, and again after each outage.
    """

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._is_behind = False
        self._telling: set[asyncio.Task[None]] = set()
        redis.before_use.append(self._forget_everything)

    async def look(self, namespace: str, key: str) -> Look | None:
        found = await self._redis.get_many(self._key(), self._key(namespace), self._key(namespace, key))
        if found is None:
            return None
        every, own = await self._marks(found[0]), await self._marks(found[1], namespace)
        if every is None or own is None:
            return None
        if found[2] is not None:
            moments, _, value = found[2].partition(b"\n")
            first, second = moments.split()
            if every.spare(key, int(first)) and own.spare(key, int(second)):
                return Look((every.newest, own.newest), True, value[1:] if value[:1] == b"+" else None)
        return Look((every.newest, own.newest))

    async def put(self, namespace: str, key: str, value: bytes | None, *, moment: Moment, seconds: float) -> None:
        moments = b" ".join(b"%d" % part for part in moment)
        stored = b"%s\n%s" % (moments, b"-" if value is None else b"+" + value)
        await self._redis.put(self._key(namespace, key), stored, seconds=seconds)

    async def forget(self, namespace: str, patterns: Collection[str]) -> None:
        # A client that leaves now takes its request with it, and not the mark of what is committed.
        telling = asyncio.create_task(self._tell(namespace, patterns))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)
        await asyncio.shield(telling)

    async def _tell(self, namespace: str, patterns: Collection[str]) -> None:
        if await self._mark(namespace, patterns=patterns, since=Stage.BACK) is None:
            # What other processes see is old. This one marks everything as soon as Redis answers.
            self._is_behind = True
            self._redis.distrust()

    async def _forget_everything(self) -> bool:
        self._is_behind = True
        while self._is_behind:  # a change may be committed meanwhile, whose mark was not even tried
            self._is_behind = False
            if await self._mark(patterns=[ALL], since=Stage.OUT) is None:
                return False
        return True

    async def _marks(self, text: bytes | None, *namespace: str) -> Marks | None:
        """The marks that were read, or new ones where there were none; None where Redis is out of reach."""
        text = text or await self._mark(*namespace)
        return None if text is None else Marks.parsed(text)

    async def _mark(self, *namespace: str, patterns: Collection[str] = (), since: Stage = Stage.IN_USE) -> bytes | None:
        text: bytes | None = await self._redis.run(ADD, [self._key(*namespace)], *patterns, since=since)
        return text

    def _key(self, *parts: str) -> str:
        """Where the marks of everything are, or with a namespace its marks, or with a key too its value."""
        return ":".join((self._redis.prefix, "cache", *parts))


def _size(place: tuple[str, str], value: bytes | None) -> int:
    return ENTRY_BYTES + len(place[1]) + len(value or b"")
