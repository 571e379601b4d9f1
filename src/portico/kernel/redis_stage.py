"""How far Redis is in use. It stands apart from `redis`, which is not there where no REDIS_URL is set."""

from enum import IntEnum


class Stage(IntEnum):
    """After an outage all processes say what they have changed before any of them believes Redis again.

    Else one that is back early would be told what another one, which is not yet, has changed meanwhile.
    """

    OUT = 0  # it is asked how it is
    BACK = 1  # it is told what has changed
    IN_USE = 2
