"""The time, as an argument.

Whatever needs the time takes a `Clock`, so that a test can move it without patching anything.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, with its zone: UTC."""
    return datetime.now(UTC)
