"""A clock that a test moves."""

from datetime import UTC, datetime, timedelta

A_YEAR = {"access_token_expire_minutes": 366 * 24 * 60, "refresh_token_expire_days": 366}
"""Nobody has to sign in again because a test has moved the clock."""


class MovableClock:
    """The time that an app under test goes by. It stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._now

    def move(self, **units: float) -> None:
        """Go forward by `timedelta(**units)`."""
        self._now += timedelta(**units)
