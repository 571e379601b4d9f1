"""Every error of the store has the envelope, whatever layer it comes from."""

import http.client
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from portico.apps.store.categories import reads as category_reads
from portico.apps.store.products import reads as product_reads
from tests.contract.shop import Shop, invalid, missing, open_shop, refusal, unique

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}

BODIES = {
    "POST /api/auth/register": {"username": "n", "email": "n@a.de", "password": "long enough"},
    "POST /api/auth/login": {"username": "nobody", "password": "wrong"},
    "POST /api/auth/refresh": {"refresh": "x"},
    "POST /api/auth/logout": {"refresh": "x"},
    "POST /api/products": {"title": "T", "price": 1},
    "PUT /api/products/1": {"title": "T", "price": 1},
    "PATCH /api/products/1": {"title": "T"},
    "POST /api/products/1/rating": {"value": 1},
    "POST /api/categories": {"name": "N"},
    "PUT /api/categories/1": {"name": "N"},
    "PATCH /api/categories/1": {"name": "N"},
    "POST /api/users": {"username": "n", "email": "n@a.de", "password": "long enough"},
    "PUT /api/users/1": {"username": "n", "email": "n@a.de"},
    "PATCH /api/users/1": {"phone": "1"},
    "POST /api/users/me/addresses": {"city": "C"},
    "PUT /api/users/me/addresses/1": {"city": "C"},
    "PATCH /api/users/me/addresses/1": {"city": "C"},
    "POST /api/carts": {"date": "2020-01-01"},
    "PUT /api/carts/1": {"date": "2020-01-01"},
    "PATCH /api/carts/1": {"date": "2020-01-01"},
}
"""Every route that takes a body, with one that it would take."""
LOGIN = "POST /api/auth/login"


@pytest.fixture(params=BODIES)
def route(request: pytest.FixtureRequest) -> tuple[str, str]:
    method, _, path = request.param.partition(" ")
    return method, path


def sent(shop: Shop, route: tuple[str, str], content: Any, headers: Any = JSON) -> httpx.Response:
    return shop.staff.request(*route, content=content, headers=headers)


# Bodies


@pytest.mark.parametrize(
    "content", [b"{", b'{"a": 1,}', b"{'a': 1}", b"\xff\xfe{}", b'{"a": 01}', b"[1, 2", b"nul", b'{"a": 1} {}']
)
def test_malformed_json(shop: Shop, route: tuple[str, str], content: bytes) -> None:
    error = invalid(sent(shop, route, content), "body")
    assert error["message"] == "Malformed JSON"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "-NaN", "1e999"])
def test_a_number_that_is_none(shop: Shop, number: str) -> None:
    for method, path, body in (
        ("POST", "/api/products", f'{{"title": "T", "price": {number}}}'),
        ("POST", "/api/products/1/rating", f'{{"value": {number}}}'),
        ("PATCH", "/api/carts/1", f'{{"add": [{{"productId": 1, "quantity": {number}}}]}}'),
        ("PATCH", "/api/carts/1", f'{{"remove": [{number}]}}'),
        ("POST", "/api/users/me/addresses", f'{{"number": {number}}}'),
        ("POST", "/api/users/me/addresses", f'{{"geolocation": {{"lat": {number}}}}}'),
    ):
        invalid(sent(shop, (method, path), body.encode()))


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udfff\\ud800", "a\\udc00"])
def test_texts_that_cannot_be_stored(shop: Shop, route: tuple[str, str], text: str) -> None:
    """NUL and lone surrogates, in a value, in a name and deep inside."""
    body = json.dumps(BODIES[" ".join(route)])[:-1].encode()
    for more in (f'"id": "{text}"', f'"{text}": 1', f'"id": [{{"a": ["{text}"]}}]'):
        error = invalid(sent(shop, route, body + b", " + more.encode() + b"}"), "body")
        assert error["message"] == "Malformed JSON"


@pytest.mark.parametrize("raw", [b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\xf8\x88\x80\x80\x80"])
def test_bytes_that_are_no_utf_8(shop: Shop, raw: bytes) -> None:
    invalid(sent(shop, ("POST", "/api/categories"), b'{"name": "' + raw + b'"}'), "body")


@pytest.mark.parametrize(
    ("depth", "inside"),
    [
        *((depth, "1") for depth in (200, 900, 1020, 1100, 100_000)),
        *((depth, '"\\u0000"') for depth in (200, 1100, 100_000)),
        *((depth, '"\\u0000"') for depth in (900, 1020)),
    ],
)
def test_a_body_of_any_depth(shop: Shop, depth: int, inside: str) -> None:
    for left, right in (("[", "]"), ('{"a":', "}")):
        body = f'{{"name": "x", "colour": {left * depth}{inside}{right * depth}}}'
        invalid(sent(shop, ("POST", "/api/categories"), body.encode()))


@pytest.mark.parametrize("content", [b"null", b"[]", b'"text"', b"1", b"true", b"[[]]"])
def test_a_body_that_is_no_object(shop: Shop, route: tuple[str, str], content: bytes) -> None:
    invalid(sent(shop, route, content))


def test_no_body_at_all(shop: Shop, route: tuple[str, str]) -> None:
    invalid(shop.staff.request(*route))
    invalid(sent(shop, route, b""))
    invalid(sent(shop, route, b"  "))


def test_an_unknown_field_is_named(shop: Shop, route: tuple[str, str]) -> None:
    body = {**BODIES[" ".join(route)], "colour": "red", "is_staff": True}
    error = invalid(shop.staff.request(*route, json=body), "colour", "is_staff")
    assert set(error["details"].values()) == {"Unknown field"}


def test_a_repeated_name_does_not_get_past_the_checks(shop: Shop) -> None:
    invalid(sent(shop, ("POST", "/api/products"), b'{"title": "T", "price": 1, "price": -1}'), "price")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json", "*/*"]
)
def test_a_body_of_another_type(shop: Shop, route: tuple[str, str], kind: str) -> None:
    error = refusal(sent(shop, route, b"{}", {"Content-Type": kind}), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert error["details"] == {}
    refusal(sent(shop, route, b"{}", {}), 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"])
def test_other_names_of_json(shop: Shop, kind: str) -> None:
    body = json.dumps({"name": unique("typed")}).encode()
    assert sent(shop, ("POST", "/api/categories"), body, {"Content-Type": kind}).status_code == 201


def test_a_body_over_one_mebibyte(shop: Shop, route: tuple[str, str]) -> None:
    too_long = b'{"id": "' + b"x" * MIB + b'"}'
    refusal(sent(shop, route, too_long), 413, "PAYLOAD_TOO_LARGE")

    def chunks() -> Iterator[bytes]:
        yield from (too_long[start : start + 65536] for start in range(0, len(too_long), 65536))

    refusal(sent(shop, route, chunks()), 413, "PAYLOAD_TOO_LARGE")


def test_a_body_at_the_limit_is_read(shop: Shop) -> None:
    name = unique("limit")
    frame = json.dumps({"name": name, "id": ""})
    whole = json.dumps({"name": name, "id": "x" * (MIB - len(frame))}).encode()
    assert len(whole) == MIB
    assert sent(shop, ("POST", "/api/categories"), whole).status_code == 201
    refusal(sent(shop, ("POST", "/api/categories"), whole + b" "), 413, "PAYLOAD_TOO_LARGE")


def test_a_body_that_does_not_come(shop: Shop) -> None:
    with open_shop(shop.url, "sandbox", request_timeout=0.2) as hasty:
        host = urlsplit(str(hasty.nobody.base_url))
        with closing(http.client.HTTPConnection(host.hostname or "", host.port, timeout=10)) as connection:
            connection.putrequest("POST", "/api/categories")
            for name, value in (*JSON.items(), ("Content-Length", "100")):
                connection.putheader(name, value)
            connection.endheaders(b"{")
            answer = connection.getresponse()
            assert (answer.status, json.loads(answer.read())["error"]["code"]) == (408, "REQUEST_TIMEOUT")


# Paths and methods


@pytest.mark.parametrize("path", ["/nowhere", "/api", "/api/nothing", "/api/products/1/2", "/api/é", "/api/%ff"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_an_unknown_path(shop: Shop, method: str, path: str) -> None:
    assert missing(shop.staff.request(method, path))["details"] == {}


METHODS = {
    "/api/products": "GET, POST",
    "/api/products/by-categories": "GET",
    "/api/products/1/rating": "DELETE, GET, POST",
    "/api/categories/1": "DELETE, GET, PATCH, PUT",
    "/api/users/me/addresses": "GET, POST",
    "/api/users/me/addresses/1": "DELETE, GET, PATCH, PUT",
    "/api/users/1": "DELETE, GET, PATCH, PUT",
    "/api/carts/1": "DELETE, GET, PATCH, PUT",
    "/api/carts/users/1": "GET",
    "/api/auth/login": "POST",
    "/api/auth/me": "GET",
    "/pictures/1.svg": "GET",
}


@pytest.mark.parametrize("path", METHODS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"])
def test_a_method_that_a_path_does_not_take(shop: Shop, path: str, method: str) -> None:
    if method in METHODS[path].split(", "):
        return
    found = shop.staff.request(method, f"{path}/", json={})
    error = refusal(found, 405, "METHOD_NOT_ALLOWED")
    assert error["details"] == {}
    assert found.headers["allow"] == METHODS[path]


@pytest.mark.parametrize("path", ["/api/products/%00", "/%00", "/api/products?category=%00", "/api/carts?a%00=1"])
def test_nul_in_an_address(shop: Shop, path: str) -> None:
    assert invalid(shop.nobody.get(path))["message"] == "NUL characters are not accepted."


@pytest.mark.parametrize("query", ["category=%ff", "category=%ED%A0%80", "%zz=%", "&&&=&", "a" * 20_000])
def test_a_query_of_rubbish(shop: Shop, query: str) -> None:
    found = shop.nobody.get(f"/api/products?{query}")
    assert found.status_code == 200
    if found.json()["next"]:
        assert shop.nobody.get(found.json()["next"]).status_code == 200


# Who is asking


CREDENTIALS = ("", "Bearer", "Bearer x", "Bearer a.b.c", "Basic am9objpzZWNyZXQ=", "Token abc", "Bearer é", "x" * 9000)


@pytest.mark.parametrize("credentials", CREDENTIALS)
def test_credentials_that_are_none(shop: Shop, credentials: str) -> None:
    for method, path in (("GET", "/api/auth/me"), ("DELETE", "/api/carts/1"), ("POST", "/api/auth/logout-all")):
        found = shop.nobody.request(method, path, headers={"Authorization": credentials.encode()})
        refusal(found, 401, "UNAUTHORIZED")
        assert found.headers["www-authenticate"] == "Bearer"


def test_a_bad_token_is_refused_where_none_is_needed(shop: Shop) -> None:
    """Who has signed in and asks with a dead token should learn that it is dead."""
    found = shop.nobody.get("/api/carts/1", headers={"Authorization": "Bearer dead"})
    refusal(found, 401, "UNAUTHORIZED")


# Mistakes of ours


def test_an_exception_in_a_handler(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("secret: postgresql://user:password@host")

    monkeypatch.setattr(product_reads, "product", broken)
    for method, body in (("GET", None), ("PATCH", {"title": "Not to be stored"})):
        found = shop.staff.request(method, "/api/products/7", json=body, headers={"X-Request-ID": "trace-me"})
        error = refusal(found, 500, "SERVER_ERROR")
        assert error["details"] == {}
        assert "secret" not in found.text
        assert found.headers["x-request-id"] == "trace-me"
    monkeypatch.undo()
    assert shop.nobody.get("/api/products/7").json()["title"] != "Not to be stored"


def test_an_answer_that_breaks_its_own_model(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: Any, **kwargs: Any) -> Any:
        return [{"id": "none", "name": None}]

    monkeypatch.setattr(category_reads, "categories", broken)
    refusal(shop.nobody.get("/api/categories"), 500, "SERVER_ERROR")


def test_an_exception_after_the_first_rows(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def rows() -> AsyncIterator[dict[str, Any]]:
        yield {"id": 1, "name": "x"}
        raise RuntimeError

    async def broken(*args: Any, **kwargs: Any) -> Any:
        return [row async for row in rows()]

    monkeypatch.setattr(category_reads, "categories", broken)
    refusal(shop.nobody.get("/api/categories"), 500, "SERVER_ERROR")
    monkeypatch.undo()
    assert shop.nobody.get("/api/categories").status_code == 200, "the connection is whole again"


def test_without_a_database_the_store_asks_for_patience() -> None:
    with open_shop("postgresql://nobody@127.0.0.1:1/nothing", "sandbox") as dark:
        for method, path, body in (("GET", "/api/products", None), ("POST", "/api/auth/login", BODIES[LOGIN])):
            found = dark.nobody.request(method, path, json=body)
            refusal(found, 503, "UNAVAILABLE")
            assert int(found.headers["retry-after"]) > 0
            assert "127.0.0.1" not in found.text
        assert dark.nobody.get("/health/live").json() == {"status": "alive"}
        ready = dark.nobody.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "degraded")
        assert ready.json()["checks"]["database"] == {"status": "fail", "error": "could not connect"}


def test_health_is_told(shop: Shop) -> None:
    live = shop.nobody.get("/health/live/")
    assert (live.status_code, live.json()) == (200, {"status": "alive"})
    ready = shop.nobody.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    checks = ready.json()["checks"]
    assert checks["database"]["status"] == "ok"
    assert checks["database"]["latency_ms"] > 0
    assert checks["redis"]["status"] in ("ok", "skipped")


# The other form


def test_who_asks_for_problem_json_gets_it(shop: Shop) -> None:
    accept = {"Accept": "application/problem+json", "X-Request-ID": "t-1"}
    for found, status, code in (
        (shop.nobody.get("/api/products/99999", headers=accept), 404, "NOT_FOUND"),
        (shop.nobody.get("/nowhere", headers=accept), 404, "NOT_FOUND"),
        (shop.nobody.delete("/api/products", headers=accept), 405, "METHOD_NOT_ALLOWED"),
        (shop.nobody.get("/api/auth/me", headers=accept), 401, "UNAUTHORIZED"),
        (shop.nobody.get("/%00", headers=accept), 400, "VALIDATION_ERROR"),
        (shop.nobody.get("/api/products?limit=x", headers=accept), 400, "VALIDATION_ERROR"),
    ):
        assert found.headers["content-type"] == "application/problem+json"
        body = found.json()
        assert (found.status_code, body["status"], body["code"], body["trace_id"]) == (status, status, code, "t-1")
        assert {"type", "title", "status", "detail", "code", "trace_id"} <= set(body)
    assert body["errors"][0]["field"] == "limit"
