"""Reports our mistakes, where SENTRY_DSN is set.

A mistake is what is logged as an error together with its exception. What a client did wrong, and a database that is
down for a moment, are logged as warnings or not at all, and so are not reported.
"""

import sys
from typing import Any, Protocol

LEVELS = ("error", "critical")
TAGS = ("app", "route", "request_id", "trace_id", "job")
"""What goes along from the log event. Nothing that a client has sent is among it, but for the id of its request."""


class Sender(Protocol):
    def send(self, error: BaseException, tags: dict[str, str]) -> None:
        """Returns at once; raises nothing."""

    def flush(self) -> None: ...


class Reports:
    """Where this process reports to."""

    def __init__(self) -> None:
        self.sender: Sender | None = None


reports = Reports()


def report_mistake(logger: Any, method: str, event: Any) -> Any:
    """A processor of log events: hands the exception of an error on."""
    if reports.sender is not None and event.get("level") in LEVELS:
        error = _exception(event.get("exc_info"))
        if error is not None:
            tags = {name: str(event[name]) for name in TAGS if event.get(name) is not None}
            reports.sender.send(error, tags)
    return event


def _exception(exc_info: Any) -> BaseException | None:
    """From any of the forms that the two ways of logging use."""
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    elif exc_info is True:
        exc_info = sys.exception()
    return exc_info if isinstance(exc_info, BaseException) else None
