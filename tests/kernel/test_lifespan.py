import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from portico.kernel.lifespan import run_lifespan


def starlette(events: list[str], *, fails_to_start: bool = False, fails_to_stop: bool = False) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        events.append("start")
        if fails_to_start:
            raise ValueError("no disk")
        yield {"found": "in the state"}
        events.append("stop")
        if fails_to_stop:
            raise ValueError("disk full")

    return Starlette(lifespan=lifespan)


def run(work: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Run it in a loop of its own; answers what the loop complains about, such as errors that nobody looked at."""
    complaints: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        await asyncio.wait_for(work(), 10)
        gc.collect()
        assert len(asyncio.all_tasks()) == 1, "a task goes on"

    asyncio.run(main())
    gc.collect()
    return complaints


def test_an_application_runs_as_long_as_the_context() -> None:
    events: list[str] = []
    state: dict[str, Any] = {}

    async def work() -> None:
        async with run_lifespan(starlette(events), {"state": state}):
            assert events == ["start"]
            assert state == {"found": "in the state"}
        assert events == ["start", "stop"]

    assert run(work) == []


def test_a_failed_start_is_raised_with_its_reason() -> None:
    events: list[str] = []

    async def work() -> None:
        with pytest.raises(RuntimeError, match="no disk"):
            async with run_lifespan(starlette(events, fails_to_start=True)):
                events.append("inside")

    assert run(work) == []
    assert events == ["start"]


def test_a_failed_stop_is_raised_with_its_reason() -> None:
    events: list[str] = []

    async def work() -> None:
        with pytest.raises(RuntimeError, match="disk full"):
            async with run_lifespan(starlette(events, fails_to_stop=True)):
                pass

    assert run(work) == []


def test_an_error_inside_stops_the_application_and_goes_on() -> None:
    events: list[str] = []

    async def work() -> None:
        with pytest.raises(KeyError):
            async with run_lifespan(starlette(events)):
                raise KeyError("inside")

    assert run(work) == []
    assert events == ["start", "stop"]


async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("only HTTP")


async def ignores(scope: Scope, receive: Receive, send: Send) -> None:
    pass


def test_an_application_that_dies_of_a_lifespan_fails_to_start() -> None:
    async def work() -> None:
        with pytest.raises(RuntimeError, match="only HTTP"):
            async with run_lifespan(refuses):
                pass

    assert run(work) == []


def test_an_application_that_ignores_lifespans_is_served() -> None:
    async def work() -> None:
        async with run_lifespan(ignores):
            await asyncio.sleep(0)

    assert run(work) == []


def test_a_start_that_is_given_up_leaves_nothing_running() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    async def start(app: ASGIApp) -> None:
        async with run_lifespan(app):
            pass

    async def work() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(start(never), 0.05)

    assert run(work) == []
