import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.kernel.middleware import request_id_of
from portico.kernel.routes import router
from tests.kernel.tiny import serving_tiny

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
MADE = re.compile(r"[0-9a-f]{32}")
echoes = router(prefix="/api")


@echoes.post("/echo", response_model=dict[str, str], summary="What came")
async def echo(request: Request) -> Any:
    body = (await request.body()).decode()
    return {"path": request.scope["path"], "asked": request.scope["portico.original_path"], "body": body}


@echoes.get("/echo/{name}", response_model=dict[str, str], summary="What came, with a parameter")
async def echo_name(request: Request, name: str) -> Any:
    return {"path": request.scope["path"], "name": name}


@echoes.get("/long", response_model=str, summary="As long as one likes")
async def long(length: int) -> Any:
    return "x" * (length - 2)


@echoes.get("/broken", response_model=str, summary="A mistake of ours")
async def broken() -> Any:
    raise ZeroDivisionError("only for the log")


ALIASES = {"/api/v1": "/api", "/v1": "/api/nowhere", "/v1/loud": "/api"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving_tiny(NOWHERE, echoes, app={"aliases": ALIASES}, log_level="ERROR") as client:
        yield client


def test_a_request_gets_an_id_of_its_own(client: httpx.Client) -> None:
    ids = {client.get("/api/echo/x").headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(map(MADE.fullmatch, ids))


@pytest.mark.parametrize("given_id", ["a", "4711", "Root=1-67891233.abc_DEF", "x" * 128])
def test_an_id_that_the_caller_gives_is_kept(client: httpx.Client, given_id: str) -> None:
    given_id = given_id.replace("=", "-")
    for path in ("/api/echo/x", "/nowhere", "/api/broken", "/api/echo/%00"):
        answer = client.get(path, headers={"X-Request-ID": given_id})
        assert answer.headers.get_list("x-request-id") == [given_id], path
        if answer.is_error:
            assert answer.json()["trace_id"] == given_id, path


@pytest.mark.parametrize("given_id", ["", "a b", "x" * 129, "a;b", "<script>", "a\tb", "ä", "'--", "a=b"])
def test_an_id_that_could_do_harm_is_replaced(client: httpx.Client, given_id: str) -> None:
    answer = client.get("/api/echo/x", headers={"X-Request-ID": given_id.encode("utf-8")})
    assert MADE.fullmatch(answer.headers["x-request-id"])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_id_breaks_a_header_or_a_log_line(given_id: bytes) -> None:
    found = request_id_of({"headers": [(b"x-request-id", given_id)]})
    assert re.fullmatch(r"[A-Za-z0-9_.\-]{1,128}", found)


def test_every_answer_says_how_long_it_took(client: httpx.Client) -> None:
    for path in ("/api/echo/x", "/nowhere", "/api/broken", "/health/live"):
        assert 0 <= float(client.get(path).headers["x-process-time"]) < 10_000, path


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/api/echo", "/api/echo"),
        ("/api/echo/", "/api/echo"),
        ("/api/v1/echo", "/api/echo"),
        ("/api/v1/echo/", "/api/echo"),
        ("/v1/loud/echo", "/api/echo"),
    ],
)
def test_slashes_and_aliases_keep_the_body(client: httpx.Client, asked: str, path: str) -> None:
    answer = client.post(asked, content="a body")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"path": path, "asked": asked, "body": "a body"}
    assert not answer.history


@pytest.mark.parametrize(
    "path", ["/api/echo//", "/api//echo", "//api/echo", "/api/v1x/echo", "/api/V1/echo", "/v1/echo"]
)
def test_other_paths_are_unknown(client: httpx.Client, path: str) -> None:
    answer = client.post(httpx.URL(client.base_url).copy_with(raw_path=path.encode()), content="a body")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_quoted_slash_at_the_end_is_the_end_all_the_same(client: httpx.Client) -> None:
    assert client.get("/api/echo/a%2F").json()["name"] == "a"
    assert client.get("/api/echo/a%2Fb").status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/echo/%00", "/api/echo/a%00b", "/nowhere/%00", "/api/echo/a?q=%00", "/api/echo/a?q=a%00b&c=d"]
)
def test_nul_is_refused_wherever_it_stands(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "NUL characters are not accepted."
    assert MADE.fullmatch(answer.headers["x-request-id"])


def test_what_only_looks_like_nul_is_not(client: httpx.Client) -> None:
    assert client.get("/api/echo/%2500?q=%2500").json()["name"] == "%00"


HOSTS = {
    "shop.example": 200, "SHOP.example": 200, "shop.example:8000": 200, "a.shop.test": 200, "a.b.shop.test:1": 200,
    "[::1]": 200, "[::1]:8000": 200,
    "shop.test": 422, "evilshop.test": 422, "shop.example.evil.test": 422, "evil.test": 422, "": 422,
    "shop.example@evil.test": 422, "127.0.0.1": 422, "[::2]": 422,
}  # fmt: skip


def test_only_known_hosts_are_served() -> None:
    with serving_tiny(NOWHERE, echoes, allowed_hosts="shop.example, *.shop.test, [::1]") as client:
        answers = {host: client.get("/api/echo/x", headers={"Host": host}) for host in HOSTS}
        assert {host: answer.status_code for host, answer in answers.items()} == HOSTS
        assert answers["evil.test"].json()["detail"] == "This host is not served here."
        assert "evil.test" not in answers["evil.test"].text


def test_any_host_is_served_by_default(client: httpx.Client) -> None:
    assert client.get("/api/echo/x", headers={"Host": "any.test"}).status_code == 200


def test_long_answers_are_compressed_for_those_who_ask(client: httpx.Client) -> None:
    asks = {"Accept-Encoding": "gzip"}
    assert client.get("/api/long?length=1024", headers=asks).headers.get("content-encoding") == "gzip"
    assert "content-encoding" not in client.get("/api/long?length=1023", headers=asks).headers
    assert (
        "content-encoding" not in client.get("/api/long?length=1024", headers={"Accept-Encoding": "identity"}).headers
    )
    del client.headers["accept-encoding"]
    assert "content-encoding" not in client.get("/api/long?length=1024").headers


def test_answers_vary_by_what_they_depend_on(client: httpx.Client) -> None:
    """Said to everyone, also to those who ask without the header: a cache between us serves them all."""
    for path in ("/api/long?length=2000", "/nowhere"):
        for headers in ({}, {"Accept-Encoding": "gzip"}, {"Origin": "http://localhost:3000"}):
            vary = ", ".join(client.get(path, headers=headers).headers.get_list("vary")).lower()
            assert {"origin", "accept-encoding"} <= set(vary.split(", ")), (path, headers)


def test_other_pages_may_call_where_it_is_allowed() -> None:
    with serving_tiny(NOWHERE, echoes, cors_origins="https://a.example", cors_allow_credentials=True) as client:
        ours, theirs = {"Origin": "https://a.example"}, {"Origin": "https://b.example"}
        for path in ("/api/echo/x", "/nowhere", "/api/echo/%00"):
            answer = client.get(path, headers=ours)
            assert answer.headers["access-control-allow-origin"] == "https://a.example"
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert {"etag", "x-request-id", "retry-after"} <= set(
                answer.headers["access-control-expose-headers"].lower().split(", ")
            )
            assert "access-control-allow-origin" not in client.get(path, headers=theirs).headers
        preflight = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "Idempotency-Key"}
        allowed = client.options("/api/echo", headers={**ours, **preflight})
        assert allowed.status_code == 200
        assert "PATCH" in allowed.headers["access-control-allow-methods"]
        assert "idempotency-key" in allowed.headers["access-control-allow-headers"].lower()
        assert client.options("/api/echo", headers={**theirs, **preflight}).status_code == 400


def test_a_mistake_of_ours_can_be_read_by_other_pages() -> None:
    """Without the header a browser shows its page nothing at all, not even the trace id."""
    with serving_tiny(NOWHERE, echoes, cors_origins="https://a.example", log_level="ERROR") as client:
        answer = client.get("/api/broken", headers={"Origin": "https://a.example"})
        assert answer.status_code == 500
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
