"""Spans, where OTEL_EXPORTER_OTLP_ENDPOINT is set; else nothing, at the cost of asking for one attribute.

What makes and exports the spans stands in `portico.kernel.spans`, which only `portico.kernel.telemetry` loads.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

if TYPE_CHECKING:
    from portico.kernel.spans import Spans

TRACE_ID_KEY = "portico.trace_id"
SPAN_KEY = "portico.span"


class Tracing:
    """Whether this process traces."""

    def __init__(self) -> None:
        self.spans: Spans | None = None


tracing = Tracing()
_nothing: AbstractContextManager[None] = nullcontext()


def span(
    name: str, *, parent: str | None = None, is_call: bool = False, **attributes: str | int
) -> AbstractContextManager[None]:
    """A span around a block. `parent` is a `traceparent` that came with a job or an event; else the running span.

    `is_call`: the block asks another machine and waits for it. Attributes never hold a value of a request: no name, no
    key, no address.
    """
    if tracing.spans is None:
        return _nothing
    return tracing.spans.span(name, parent=parent, is_call=is_call, attributes=attributes)


def note(**attributes: str | int) -> None:
    """Add attributes to the running span."""
    if tracing.spans is not None:
        tracing.spans.note(attributes)


def traceparent() -> str | None:
    """The running span as the header of the same name has it: to be stored with a job or an event, or sent along."""
    return None if tracing.spans is None else tracing.spans.traceparent()


def trace_id_of(scope: Scope) -> str | None:
    """The trace that a request belongs to."""
    found: str | None = scope.get(TRACE_ID_KEY)
    return found


def add_trace_id(logger: Any, method: str, event: Any) -> Any:
    """A processor of log events: names the trace in which the event happened."""
    if tracing.spans is not None:
        trace_id = tracing.spans.trace_id()
        if trace_id is not None:
            event.setdefault("trace_id", trace_id)
    return event
