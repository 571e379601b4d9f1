"""Starts what tells others about this process: spans to a collector, our mistakes to Sentry.

Each is an extra, loaded only where its setting names a place to send to.
"""

import asyncio
from importlib import import_module
from types import ModuleType

from portico.kernel.error_reports import reports
from portico.kernel.runtime import installed_version
from portico.kernel.settings import Settings, SettingsError
from portico.kernel.tracing import tracing


def start(settings: Settings) -> None:
    """Call once in each process that serves or works, before it begins. Raises `SettingsError` without the extra."""
    if settings.otel_exporter_otlp_endpoint and tracing.spans is None:
        spans = _load("spans", setting="OTEL_EXPORTER_OTLP_ENDPOINT", extra="telemetry")
        about = {"service.version": installed_version(), "deployment.environment.name": settings.environment}
        tracing.spans = spans.Spans(settings.otel_exporter_otlp_endpoint, about)
    if settings.sentry_dsn and reports.sender is None:
        sentry = _load("sentry", setting="SENTRY_DSN", extra="sentry")
        reports.sender = sentry.Sentry(settings.sentry_dsn, settings.environment, installed_version())


async def flush() -> None:
    """Send what is left, before the process ends."""
    for sender in (tracing.spans, reports.sender):
        if sender is not None:
            await asyncio.to_thread(sender.flush)


def _load(name: str, *, setting: str, extra: str) -> ModuleType:
    try:
        return import_module(f"portico.kernel.{name}")
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{setting} needs the package {error.name}: install portico[{extra}], or leave the setting out."
        ) from None
