import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portico.kernel.dispatch import Dispatcher
from tests.servers import serving


def tells(name: str, events: list[str] | None = None, *, fails: str = "") -> ASGIApp:
    """An application that answers any path with who it is and what it was told."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await Request(scope, receive).body()).decode()
        found = {"app": name, "path": scope["path"], "root_path": scope["root_path"], "body": body}
        await JSONResponse(found)(scope, receive, send)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        note = events.append if events is not None else lambda what: None
        if fails == "start":
            raise ValueError(f"{name} has no disk")
        note(f"{name} starts")
        yield
        note(f"{name} stops")
        if fails == "stop":
            raise ValueError(f"{name} has a full disk")

    living = Starlette(lifespan=lifespan)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (living if scope["type"] == "lifespan" else answer)(scope, receive, send)

    return app


APPS = {"/shop": tells("shop"), "/shop/admin": tells("admin"), "/store": tells("store")}
REWRITES = {"/pictures": "/store/pictures", "/pictures/old": "/shop/old", "/store": "/shop/never-twice"}

# What is asked for: which app gets it, under which root, with which path.
PATHS = {
    "/shop/a": ("shop", "/shop", "/shop/a"),
    "/shop": ("shop", "/shop", "/shop"),
    "/shop/": ("shop", "/shop", "/shop/"),
    "/shop/admin/a": ("admin", "/shop/admin", "/shop/admin/a"),
    "/shop/administrator": ("shop", "/shop", "/shop/administrator"),
    "/shopping": ("root", "", "/shopping"),
    "/SHOP/a": ("root", "", "/SHOP/a"),
    "/": ("root", "", "/"),
    "/a/shop": ("root", "", "/a/shop"),
    "/pictures": ("store", "/store", "/store/pictures"),
    "/pictures/1": ("store", "/store", "/store/pictures/1"),
    "/pictures/old/1": ("shop", "/shop", "/shop/old/1"),
    "/picturesque": ("root", "", "/picturesque"),
}


def test_the_longest_prefix_wins_and_nothing_is_redirected() -> None:
    with serving(Dispatcher(APPS, tells("root"), REWRITES)) as address, httpx.Client(base_url=address) as client:
        for path, (app, root, inner) in PATHS.items():
            answer = client.post(path, content="kept")
            assert answer.status_code == 200, path
            assert answer.json() == {"app": app, "path": inner, "root_path": root, "body": "kept"}, path


def test_below_a_root_path_of_the_server() -> None:
    """As `uvicorn --root-path /outer` hands it on: the path begins with the root path."""
    dispatcher = Dispatcher(APPS, tells("root"), REWRITES)
    for path, (app, root, inner) in PATHS.items():
        scope = {"type": "http", "method": "GET", "path": f"/outer{path}", "root_path": "/outer", "headers": []}
        answer = asyncio.run(asked(dispatcher, scope))
        assert answer == {"app": app, "path": f"/outer{inner}", "root_path": f"/outer{root}", "body": ""}, path


def test_web_sockets_go_the_same_way() -> None:
    came: list[Mapping[str, Any]] = []

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        came.append(scope)

    dispatcher = Dispatcher({"/shop": socket}, tells("root"), {"/live": "/shop/live"})
    asyncio.run(call(dispatcher, {"type": "websocket", "path": "/live/1", "headers": []}, []))
    assert [(scope["path"], scope["root_path"]) for scope in came] == [("/shop/live/1", "/shop")]


def test_lifespans_run_one_after_another_and_stop_in_reverse() -> None:
    events: list[str] = []
    apps = {f"/{name}": tells(name, events) for name in ("a", "b", "c")}
    with serving(Dispatcher(apps, tells("root"))):
        assert events == ["a starts", "b starts", "c starts"]
    assert events[3:] == ["c stops", "b stops", "a stops"]


def test_a_failed_start_stops_those_before_in_reverse_and_is_told() -> None:
    events: list[str] = []
    apps = {"/a": tells("a", events), "/b": tells("b", events), "/c": tells("c", events, fails="start"),
            "/d": tells("d", events)}  # fmt: skip
    said = asyncio.run(lifespan(Dispatcher(apps, tells("root")), "has no disk"))
    assert events == ["a starts", "b starts", "b stops", "a stops"]
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert "c has no disk" in said[0]["message"]


def test_a_failed_stop_stops_the_others_all_the_same_and_is_told() -> None:
    events: list[str] = []
    apps = {"/a": tells("a", events), "/b": tells("b", events, fails="stop"), "/c": tells("c", events)}
    said = asyncio.run(lifespan(Dispatcher(apps, tells("root")), "has a full disk"))
    assert events[3:] == ["c stops", "b stops", "a stops"]
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
    assert "b has a full disk" in said[1]["message"]


async def lifespan(app: ASGIApp, reason: str) -> list[Message]:
    """Start and stop it as a server does; answers what it said, which ends with an error for that reason."""
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    said: list[Message] = []
    with pytest.raises(RuntimeError, match=reason):
        await asyncio.wait_for(call(app, scope, said, "lifespan.startup", "lifespan.shutdown"), 10)
    return said


async def asked(app: ASGIApp, scope: dict[str, Any]) -> Any:
    said: list[Message] = []
    await call(app, {**scope, "query_string": b""}, said, "http.request")
    return json.loads(said[1]["body"])


async def call(app: ASGIApp, scope: dict[str, Any], said: list[Message], *told: str) -> None:
    messages = iter(told)

    async def receive() -> Message:
        return {"type": next(messages)}

    async def send(message: Message) -> None:
        said.append(message)

    await app(scope, receive, send)
