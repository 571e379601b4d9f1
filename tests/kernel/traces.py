"""Tracing in the process of the tests, to a collector of theirs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from portico.kernel import telemetry
from portico.kernel.spans import Spans
from portico.kernel.tracing import tracing
from tests.receivers import Received
from tests.servers import settings_of

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


@contextmanager
def traced(received: Received) -> Iterator[Callable[[], list[Span]]]:
    """Tracing in this process; yields what the collector has got by now."""
    telemetry.start(settings_of(NOWHERE, otel_exporter_otlp_endpoint=received.url))
    spans = tracing.spans
    assert isinstance(spans, Spans)

    def exported() -> list[Span]:
        spans.flush()
        return received.spans()

    try:
        yield exported
    finally:
        spans.close()
        tracing.spans = None
