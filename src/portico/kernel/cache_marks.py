"""What has been forgotten in a namespace of the cache: patterns of keys, each with the moment it was forgotten at.

A value remembers the moment before it was loaded. It is good as long as no later mark matches its key. So forgetting
costs one step however many keys match, and a value that was being loaded meanwhile is stored in vain.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase

KEPT = 32
"""How many marks a namespace keeps. What is older than they counts as forgotten."""
ALL = "*"

# The same as `added`, in Redis; its clock counts. Marks that are not there may have been lost: then nothing is good.
ADD = """
local time = redis.call('TIME')
local moment = time[1] * 1000000 + time[2]
local patterns = ARGV
local old = redis.call('GET', KEYS[1])
if old then
    if #patterns == 0 then return old end
    local newest = tonumber(string.match(old, '^%d+'))
    if moment <= newest then moment = newest + 1 end
else
    old, patterns = '', {'*'}
end
local lines = {}
for _, pattern in ipairs(patterns) do
    local line = string.format('%.0f %s', moment, pattern)
    if pattern == '*' then
        lines, old = {line}, ''
        break
    end
    lines[#lines + 1] = line
end
for line in string.gmatch(old, '[^\\n]+') do lines[#lines + 1] = line end
if #lines > KEPT then
    lines[KEPT] = string.match(lines[KEPT], '^%d+') .. ' *'
    for rest = #lines, KEPT + 1, -1 do lines[rest] = nil end
end
local marks = table.concat(lines, '\\n')
redis.call('SET', KEYS[1], marks, 'EX', 86400)
return marks
""".replace("KEPT", str(KEPT))


class Marks:
    """The marks of one namespace, newest first. The last one is always of every key."""

    def __init__(self, marks: list[tuple[int, str]]) -> None:
        self._marks = marks

    @classmethod
    def parsed(cls, text: bytes) -> "Marks":
        lines = (line.split(" ", 1) for line in text.decode().split("\n"))
        return cls([(int(moment), pattern) for moment, pattern in lines])

    @property
    def newest(self) -> int:
        return self._marks[0][0]

    def spare(self, key: str, moment: int) -> bool:
        """Whether what is stored below the key since that moment is still good."""
        for marked, pattern in self._marks:
            if marked <= moment:
                return True
            if fnmatchcase(key, pattern):
                return False
        return False

    def added(self, patterns: Collection[str], moment: int) -> "Marks":
        if ALL in patterns:
            return Marks([(moment, ALL)])
        marks = [(moment, pattern) for pattern in patterns] + self._marks
        if len(marks) > KEPT:
            marks[KEPT - 1 :] = [(marks[KEPT - 1][0], ALL)]
        return Marks(marks)
