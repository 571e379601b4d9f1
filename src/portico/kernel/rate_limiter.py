"""How much of its quota a caller has used: counted in Redis for all workers, or in this one for its share.

The window slides in a hundred steps, so no stretch of time as long as the window ever has more than the quota, and what
is used comes back a hundredth of the window late at most.
"""

import math
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from portico.kernel.redis import Redis  # an extra: there is none where REDIS_URL is not set

T = TypeVar("T")

STEPS = 100
MOST_CALLERS = 10_000
"""How many callers a worker remembers."""

# A hash of step number -> requests taken in it. One clock counts, that of Redis.
TAKE = """
local quota, width, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local step = math.floor(now / width)
local taken = redis.call('HGETALL', KEYS[1])
local used, oldest = 0, step
for i = 1, #taken, 2 do
    local number = tonumber(taken[i])
    if number < step - STEPS then
        redis.call('HDEL', KEYS[1], taken[i])
    else
        used = used + taken[i + 1]
        oldest = math.min(oldest, number)
    end
end
used = used + owed
local is_taken = 0
if used < quota then is_taken, used = 1, used + 1 end
if owed + is_taken > 0 then
    redis.call('HINCRBY', KEYS[1], string.format('%.0f', step), owed + is_taken)
    redis.call('PEXPIRE', KEYS[1], math.ceil(width * (STEPS + 2) / 1000))
end
return {is_taken, math.max(0, quota - used), math.ceil(((oldest + STEPS + 1) * width - now) / 1000)}
""".replace("STEPS", str(STEPS))


@dataclass(frozen=True)
class Policy:
    """So many requests in so many seconds."""

    quota: int
    window: int

    @classmethod
    def parsed(cls, text: str) -> "Policy":
        """From the form of RATE_LIMIT, such as 100/60."""
        quota, _, window = text.partition("/")
        return cls(int(quota), int(window))

    def share(self, workers: int) -> "Policy":
        return Policy(max(1, self.quota // workers), self.window)


@dataclass(frozen=True)
class Verdict:
    """Whether a request may go on, what is left after it, and the seconds until some of the quota comes back."""

    is_taken: bool
    left: int
    seconds: float
    policy: Policy


class Limiter:
    """The quota of each caller of one app."""

    def __init__(self, policy: Policy, redis: "Redis | None", *, workers: int, name: str) -> None:
        self._policy = policy
        self._redis = redis
        self._name = name
        self._own = Shares(policy.share(workers))
        self._spent: OrderedDict[str, float] = OrderedDict()
        self._owed: OrderedDict[str, int] = OrderedDict()

    async def take(self, caller: str) -> Verdict:
        if self._redis is None:
            return self._own.take(caller)
        if not self._redis.is_trusted:
            verdict = self._own.take(caller)
            if verdict.is_taken:  # Redis is told when it is back
                self._owed[caller] = self._owed.get(caller, 0) + 1
                _bound(self._owed)
            return verdict
        until = self._spent.get(caller)
        if until is not None:  # nothing comes back before, so Redis need not be asked
            left = until - time.monotonic()
            if left > 0:
                return Verdict(False, 0, left, self._policy)
            del self._spent[caller]
        key = f"{self._redis.prefix}:rate:{self._name}:{caller}"
        width = self._policy.window * 1_000_000 // STEPS
        answer = await self._redis.run(TAKE, [key], self._policy.quota, width, self._owed.pop(caller, 0))
        if answer is None:
            return self._own.take(caller)
        is_taken, left, milliseconds = answer
        if is_taken:
            self._own.take(caller)  # so that an outage gives nobody a second quota
        else:
            self._spent[caller] = time.monotonic() + milliseconds / 1000
            _bound(self._spent)
        return Verdict(bool(is_taken), left, milliseconds / 1000, self._policy)


class Shares:
    """What this process has taken. Who was not seen for longest is forgotten where there are too many."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._width = policy.window / STEPS
        self._callers: OrderedDict[str, deque[list[int]]] = OrderedDict()

    def take(self, caller: str) -> Verdict:
        now = time.monotonic()
        step = int(now / self._width)
        taken = self._callers.setdefault(caller, deque())
        self._callers.move_to_end(caller)
        _bound(self._callers)
        while taken and taken[0][0] < step - STEPS:
            taken.popleft()
        used = sum(count for _, count in taken)
        is_taken = used < self._policy.quota
        if is_taken and taken and taken[-1][0] == step:
            taken[-1][1] += 1
        elif is_taken:
            taken.append([step, 1])
        seconds = (taken[0][0] + STEPS + 1) * self._width - now
        return Verdict(is_taken, self._policy.quota - used - is_taken, seconds, self._policy)


def whole_seconds(seconds: float) -> int:
    return max(1, math.ceil(seconds))


def _bound(callers: OrderedDict[str, T]) -> None:
    while len(callers) > MOST_CALLERS:
        callers.popitem(last=False)
