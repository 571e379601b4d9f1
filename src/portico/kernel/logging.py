"""Logs: one line an event on standard output, coloured in development, JSON elsewhere; never a secret.

Events of libraries that use Python's own logging come out in the same form.
"""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import orjson
import structlog

from portico.kernel.error_reports import report_mistake
from portico.kernel.log_file import RotatingFile
from portico.kernel.settings import Settings
from portico.kernel.tracing import add_trace_id, tracing

SECRET_NAMES = re.compile(r"passw|secret|token|authorization|cookie|api[_-]?key|dsn|database_url|pwd", re.IGNORECASE)
REDACTED = "[redacted]"


@dataclass
class _AccessLog:
    """Where access lines go past the processors: set by `configure`."""

    write: Callable[[bytes], object] | None = None
    is_on: bool = True


access_log = structlog.get_logger("portico.access")
_access = _AccessLog()
Event = MutableMapping[str, Any]


def configure(settings: Settings) -> None:
    """Set up logging for this process."""
    as_json = (settings.log_format or ("console" if settings.environment == "development" else "json")) == "json"
    level = logging.getLevelName(settings.log_level)
    out = cast(BinaryIO, RotatingFile(settings.log_file) if settings.log_file else sys.stdout.buffer)
    before: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        add_trace_id,
        redact,
        report_mistake,
    ]
    colours = sys.stdout.isatty() and settings.log_file is None
    after: list[Any] = [structlog.processors.format_exc_info, _json] if as_json else [_console(colours)]
    structlog.configure(
        processors=[*before, *after, _encoded],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    _access.write = _unbuffered(out) if as_json else None
    _access.is_on = level <= logging.INFO
    handler = logging.StreamHandler(_TextOn(out))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after, _text],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    # uvicorn's own line of a request is the second one, and shows the query.
    for quiet in ("psycopg", "psycopg.pool", "alembic", "httpx", "_granian", "granian", "uvicorn.access"):
        logging.getLogger(quiet).setLevel(max(level, logging.WARNING))


def access_line(**fields: Any) -> None:
    """The one line of a request. It holds no secret by construction and is written more often than all others,
    so where lines are JSON it goes past the processors.
    """
    if _access.write is None:
        access_log.info("request", **fields)
    elif _access.is_on:
        line = {"time": datetime.now(UTC).isoformat(), "level": "info", "event": "request", **fields}
        if tracing.spans is not None:
            add_trace_id(None, "", line)
        _access.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def redact(logger: Any, method: str, event: Event) -> Event:
    """Blank every value whose name says that it is secret, however deep."""
    for name, value in event.items():
        event[name] = REDACTED if SECRET_NAMES.search(str(name)) else _without_secrets(value)
    return event


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return redact(None, "", dict(value))
    return [_without_secrets(part) for part in value] if isinstance(value, list | tuple) else value


class _TextOn:
    """A text stream on a binary one, for handlers of Python's own logging."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        self._out.write(text.encode())

    def flush(self) -> None:
        self._out.flush()


def _unbuffered(out: BinaryIO) -> Callable[[bytes], object]:
    """One system call a line, so that the lines of several workers never mix."""
    write: Callable[[bytes], object] = getattr(out, "raw", out).write
    return write


def _console(colours: bool) -> structlog.dev.ConsoleRenderer:
    # Not its usual tracebacks, which show the local variables: passwords and tokens are among them.
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(
        colors=colours, sort_keys=False, timestamp_key="time", exception_formatter=plain
    )


def _json(logger: Any, method: str, event: Event) -> bytes:
    return orjson.dumps(event, default=str)


def _encoded(logger: Any, method: str, line: Any) -> bytes:
    return line if isinstance(line, bytes) else str(line).encode()


def _text(logger: Any, method: str, line: Any) -> str:
    return line.decode() if isinstance(line, bytes) else str(line)
