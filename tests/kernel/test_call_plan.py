"""A planned call answers what FastAPI itself would answer, and refuses to be made where it could not."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import BackgroundTasks, Cookie, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from starlette.types import Receive, Scope, Send

from portico.kernel.call_plan import CallPlan

calls: list[str] = []


class Planned(APIRoute):
    """A route that does nothing but run its plan."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        plan = CallPlan(self)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await (await plan.run(Request(scope, receive)))(scope, receive, send)

        self.app = app


class BodyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    sizes: list[int] = []


class Out(BaseModel):
    seen: dict[str, Any]
    extra: str = "default"


class Window:
    """A class as a dependency, with parameters of its own."""

    def __init__(self, limit: Annotated[int, Query(ge=1, le=10)] = 5, after: int | None = None) -> None:
        self.limit = limit
        self.after = after


async def token(authorization: Annotated[str | None, Header()] = None) -> str:
    calls.append("token")
    return authorization or "nobody"


async def caller(request: Request, who: Annotated[str, Depends(token)]) -> str:
    calls.append("caller")
    return f"{who} at {request.url.path}"


async def audited(who: Annotated[str, Depends(caller)], trace: Annotated[int, Header(alias="X-Trace")] = 0) -> None:
    calls.append(f"audited {who} {trace}")


def app_of(route_class: type[APIRoute]) -> FastAPI:
    app = FastAPI()
    app.router.route_class = route_class

    @app.get("/things/{thing_id}", response_model=Out, dependencies=[Depends(audited)])
    async def read(
        thing_id: Annotated[int, Path(ge=0)],
        response: Response,
        window: Annotated[Window, Depends()],
        who: Annotated[str, Depends(token)],
        tags: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
        flag: bool = False,
        size: float | None = None,
    ) -> Any:
        response.headers["X-Who"] = who
        return {"seen": {"id": thing_id, "after": window.after, "tags": tags, "flag": flag, "size": size}}

    @app.post("/things", status_code=201, response_model=Out, response_model_exclude_unset=True)
    async def write(body: BodyIn, who: Annotated[str, Depends(caller)], response: Response) -> Any:
        response.status_code = 202 if body.sizes else 201
        return {"seen": {"title": body.title, "sizes": body.sizes, "who": who}}

    @app.delete("/things/{thing_id}", status_code=204, response_model=None)
    async def remove(thing_id: int) -> None:
        calls.append(f"remove {thing_id}")

    return app


async def outcome(app: FastAPI, *args: Any, **options: Any) -> tuple[Any, ...]:
    calls.clear()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        found = await client.request(*args, **options)
    return found.status_code, found.content and found.json(), dict(found.headers), [*calls]


NATIVE, PLANNED = app_of(APIRoute), app_of(Planned)

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
values = words | st.integers(-20, 20).map(str) | st.sampled_from(["true", "0", "1.5", "", " 7", "1e3"])
segments = values.filter(lambda text: "/" not in text and text not in ("", ".", ".."))
queries = st.lists(st.tuples(st.sampled_from(["limit", "after", "tags", "flag", "size", "other"]), values), max_size=6)
headers = st.dictionaries(
    st.sampled_from(["Authorization", "X-Trace", "X-Other"]), st.sampled_from(["7", "x", "", "-1"]), max_size=3
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
bodies = json_values | st.fixed_dictionaries({"title": words}, optional={"sizes": st.lists(st.integers()), "x": words})
quietly = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@quietly
@given(thing=segments, query=queries, sent=headers)
async def test_reads_are_answered_alike(thing: str, query: list[tuple[str, str]], sent: dict[str, str]) -> None:
    path = f"/things/{quote(thing, safe='')}"
    options = {"params": httpx.QueryParams(query), "headers": sent}
    assert await outcome(PLANNED, "GET", path, **options) == await outcome(NATIVE, "GET", path, **options)


@quietly
@given(body=bodies, sent=headers)
async def test_writes_are_answered_alike(body: Any, sent: dict[str, str]) -> None:
    options = {"json": body, "headers": sent}
    assert await outcome(PLANNED, "POST", "/things", **options) == await outcome(NATIVE, "POST", "/things", **options)


@pytest.mark.parametrize("content", [b"", b"{", b'{"title": "a"} x', b"nul"])
async def test_bodies_that_are_no_json(content: bytes) -> None:
    options = {"content": content, "headers": {"Content-Type": "application/json"}}
    assert await outcome(PLANNED, "POST", "/things", **options) == await outcome(NATIVE, "POST", "/things", **options)


async def test_an_empty_answer_has_no_type() -> None:
    assert await outcome(PLANNED, "DELETE", "/things/7") == (204, b"", {}, ["remove 7"])


def blocking() -> int:
    return 1


async def yielding() -> Any:
    yield 1


async def takes_blocking(value: Annotated[int, Depends(blocking)]) -> None: ...
async def takes_yielding(value: Annotated[int, Depends(yielding)]) -> None: ...
async def takes_cookie(value: Annotated[str, Cookie()]) -> None: ...
async def takes_tasks(tasks: BackgroundTasks) -> None: ...
async def takes_anew(value: Annotated[str, Depends(token, use_cache=False)]) -> None: ...


@pytest.mark.parametrize("endpoint", [blocking, takes_blocking, takes_yielding, takes_cookie, takes_tasks, takes_anew])
def test_what_a_plan_does_not_know_is_refused_when_it_is_declared(endpoint: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"must be|does not know"):
        Planned("/", endpoint, response_model=None)
