"""Spans made and exported by OpenTelemetry. Imported only where tracing is on: it needs the extra `telemetry`.

The tracer is ours and not the global one, so FastAPI's own telemetry, which uses that, makes no second span of a
request.
"""

import os
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any, Self

import psycopg
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from portico.kernel.tracing import SPAN_KEY, TRACE_ID_KEY, tracing

EXPORT_TIMEOUT = 5.0  # seconds
FLUSH_LIMIT = 2.0  # seconds that a server which stops waits for the collector
HEADERS = (b"traceparent", b"tracestate")
PROPAGATOR = TraceContextTextMapPropagator()


class Spans:
    """Every span of this process. They are exported in the background; what a collector cannot take is dropped."""

    def __init__(self, endpoint: str, about: Mapping[str, str]) -> None:
        """`endpoint` is the collector's base address; `about` describes this process."""
        name = os.environ.get("OTEL_SERVICE_NAME", "portico")
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT)
        self._provider = TracerProvider(
            resource=Resource.create({**about, "service.name": name}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("portico")
        self._flushing: threading.Thread | None = None
        self.cursor = TracedCursor

    def begin_request(self, scope: Scope, app: str, request_id: str) -> None:
        """The span of a request, the caller's trace going on where there is one. `end_request` ends it."""
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in HEADERS}
        attributes = {"http.request.method": scope["method"], "portico.app": app, "portico.request_id": request_id}
        span = self._tracer.start_span(
            scope["method"], PROPAGATOR.extract(given), kind=SpanKind.SERVER, attributes=attributes
        )
        scope[SPAN_KEY] = span, context.attach(trace.set_span_in_context(span))
        scope[TRACE_ID_KEY] = trace.format_trace_id(span.get_span_context().trace_id)

    def end_request(self, scope: Scope, route: str | None, status: int) -> None:
        span, token = scope.pop(SPAN_KEY)
        if route is not None:
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_attribute("error.type", str(status))
            span.set_status(Status(StatusCode.ERROR))
        span.end()
        context.detach(token)

    @contextmanager
    def span(
        self, name: str, *, parent: str | None = None, is_call: bool = False,
        attributes: Mapping[str, str | int] | None = None,
    ) -> Iterator[None]:  # fmt: skip
        """A span around a block. Of an error it names the kind alone: messages quote rows and values.

        A call outside of any span makes none: what polls the database would drown the rest.
        """
        if is_call and not trace.get_current_span().is_recording():
            yield
            return
        above = PROPAGATOR.extract({"traceparent": parent}) if parent else None
        kind = SpanKind.CLIENT if is_call else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name, above, kind, dict(attributes or {}), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                _fail(span, error)
                raise

    def note(self, attributes: Mapping[str, str | int]) -> None:
        trace.get_current_span().set_attributes(attributes)

    def statement(self, query: Any) -> AbstractContextManager[None]:
        """A span that shows a statement and never its parameters."""
        text = query if isinstance(query, str) else query.decode() if isinstance(query, bytes) else query.as_string()
        verb = text.split(None, 1)[0].upper() if text.strip() else "SQL"
        about = {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.text": text}
        return self.span(verb, is_call=True, attributes=about)

    def trace_id(self) -> str | None:
        found = trace.get_current_span().get_span_context()
        return trace.format_trace_id(found.trace_id) if found.is_valid else None

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        PROPAGATOR.inject(carrier)
        return carrier.get("traceparent")

    def flush(self) -> None:
        """Send what is left. A collector that does not answer is waited for once, not once for each app."""
        if self._flushing is not None and self._flushing.is_alive():
            return
        self._flushing = threading.Thread(target=self._provider.force_flush, daemon=True, name="spans-flush")
        self._flushing.start()
        self._flushing.join(FLUSH_LIMIT)

    def close(self) -> None:
        """End tracing in this process."""
        self._provider.shutdown()


class TracedCursor(psycopg.AsyncCursor[Any]):
    """The driver's cursor with a span around each statement, the ORM's among them."""

    async def execute(self, query: Any, *rest: Any, **options: Any) -> Self:
        with _statement(query):
            return await super().execute(query, *rest, **options)

    async def executemany(self, query: Any, *rest: Any, **options: Any) -> None:
        with _statement(query):
            await super().executemany(query, *rest, **options)

    @asynccontextmanager
    async def copy(self, statement: Any, *rest: Any, **options: Any) -> AsyncIterator[psycopg.AsyncCopy]:
        with _statement(statement):
            async with super().copy(statement, *rest, **options) as copy:
                yield copy


def _statement(query: Any) -> AbstractContextManager[None]:
    return nullcontext() if tracing.spans is None else tracing.spans.statement(query)


def _fail(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", getattr(error, "sqlstate", None) or type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))
