"""Our mistakes, sent to Sentry. Imported only where SENTRY_DSN is set: it needs the extra `sentry`.

A report is the kind of the error, where in the code it happened, and the ids by which the log tells the rest. The
message stays in the log: it may quote what a user typed. For the same reason there are no local variables, no
request, no user, no breadcrumbs, and none of the SDK's own hooks.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.utils import BadDsn

from portico.kernel.settings import SettingsError

FLUSH_LIMIT = 2.0  # seconds


class Sentry:
    """Sends in a thread of the SDK's. Its queue is bounded: when Sentry is away, reports are dropped."""

    def __init__(self, dsn: str, environment: str, release: str) -> None:
        try:
            sentry_sdk.init(
                dsn=dsn,
                environment=environment,
                release=f"portico@{release}",
                default_integrations=False,
                auto_enabling_integrations=False,
                integrations=[DedupeIntegration()],  # the server logs once more what was cut off in the middle
                max_request_body_size="never",
                include_local_variables=False,
                max_breadcrumbs=0,
                auto_session_tracking=False,
                server_name="",
                before_send=_without_messages,
            )
        except BadDsn:
            raise SettingsError("SENTRY_DSN must look like https://key@host/project.") from None

    def send(self, error: BaseException, tags: dict[str, str]) -> None:
        with sentry_sdk.new_scope() as scope:
            scope.set_tags(tags)
            scope.capture_exception(error)

    def flush(self) -> None:
        sentry_sdk.flush(timeout=FLUSH_LIMIT)


def _without_messages(report: Any, hint: Any) -> Any:
    for one in report.get("exception", {}).get("values", ()):
        one["value"] = "The message is in the log."
    for unwanted in ("request", "user", "breadcrumbs", "extra", "server_name", "modules"):
        report.pop(unwanted, None)
    return report
