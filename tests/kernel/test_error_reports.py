from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import sentry_sdk
from fastapi import Body

from portico.kernel import telemetry
from portico.kernel.error_reports import reports
from portico.kernel.errors import Conflict, Unavailable
from portico.kernel.routes import router
from portico.kernel.settings import SettingsError
from tests.kernel.tiny import serving_tiny
from tests.receivers import Received, receiving
from tests.servers import settings_of

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
calls = router(prefix="/calls")


@calls.post("/{kind}", response_model=str, summary="Goes wrong")
async def go_wrong(kind: str, password: Annotated[str, Body(embed=True)]) -> Any:
    if kind == "conflict":
        raise Conflict(log=password)
    if kind == "busy":
        raise Unavailable
    try:
        return {}[password]
    except KeyError as error:
        raise ValueError(f"nothing called {password}") from error


@pytest.fixture
def received() -> Iterator[Received]:
    with receiving() as received:
        telemetry.start(settings_of(NOWHERE, sentry_dsn=received.dsn))
        try:
            yield received
        finally:
            reports.sender = None
            sentry_sdk.get_client().close()


def test_mistakes_are_reported_without_a_word_of_the_client(received: Received) -> None:
    with serving_tiny(NOWHERE, calls, log_level="ERROR") as client:
        headers = {"X-Request-ID": "mine", "Authorization": "Bearer canary", "Cookie": "session=canary"}
        for kind in ("conflict", "busy", "bug"):
            client.post(f"/calls/{kind}?q=canary", json={"password": "canary"}, headers=headers)
        client.post("/calls/bug", content=b"canary")
        client.get("/canary")
        assert reports.sender is not None
        reports.sender.flush()
    (error,) = received.errors()
    assert [one["type"] for one in error["exception"]["values"]] == ["KeyError", "ValueError"]
    assert error["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "go_wrong"
    assert error["tags"] == {"app": "tiny", "route": "/calls/{kind}", "request_id": "mine"}
    assert error["environment"] == "testing"
    for secret in (b"canary", b"127.0.0.1"):
        assert secret not in received.everything()


def test_a_dsn_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(SettingsError, match="SENTRY_DSN"):
        telemetry.start(settings_of(NOWHERE, sentry_dsn="canary"))
    assert reports.sender is None
