"""What every route of the store owes to HTTP: paths, conditions, repeats, headers, compression, other origins."""

import gzip
import re
from typing import Any

import psycopg
import pytest

from tests.contract.shop import OWNER, OWNER_ID, Shop, invalid, made, open_shop, refusal, unique

TAGGED = ("/api/products/1", "/api/categories/1", "/api/users/2", "/api/carts/1")
LISTS = ("/api/products", "/api/products/by-categories?categoryIds=1", "/api/categories", "/api/users", "/api/carts")


@pytest.mark.parametrize("path", [*TAGGED, *LISTS, "/api/auth/me", "/api/products/1/rating"])
def test_every_path_answers_with_and_without_slash_and_version(shop: Shop, path: str) -> None:
    path, _, query = path.partition("?")
    bodies = []
    for alias in (path, f"{path}/", path.replace("/api", "/api/v1"), path.replace("/api", "/api/v1") + "/"):
        found = shop.staff.get(f"{alias}?{query}", follow_redirects=False)
        assert found.status_code == 200
        bodies.append(re.sub(r"/api/(v1/)?products/?\?", "", found.text))
    assert len(set(bodies)) == 1


@pytest.mark.parametrize("path", ["/api/categories", "/api/categories/", "/api/v1/categories", "/api/v1/categories/"])
def test_a_body_survives_the_slash(shop: Shop, path: str) -> None:
    name = unique("slash")
    assert made(shop.staff.post(path, json={"name": name}, follow_redirects=False))["name"] == name


@pytest.mark.parametrize(
    "path", ["/api/products//", "//api/products", "/api//products", "/api/v2/products", "/API/carts"]
)
def test_other_spellings_of_a_path_are_not_found(shop: Shop, path: str) -> None:
    refusal(shop.nobody.get(f"{shop.nobody.base_url}{path}"), 404, "NOT_FOUND")


# Conditions


@pytest.mark.parametrize("path", TAGGED)
def test_a_detail_has_a_strong_tag_and_is_not_sent_twice(shop: Shop, path: str) -> None:
    tag = shop.nobody.get(path).headers["etag"]
    assert re.fullmatch(r'"\d+"', tag)
    for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = shop.nobody.get(path, headers={"If-None-Match": seen})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for seen in ('"other"', "", "nonsense", tag.strip('"')):
        assert shop.nobody.get(path, headers={"If-None-Match": seen}).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_a_list_has_a_weak_tag_that_changes_with_it(shop: Shop, path: str) -> None:
    first = shop.nobody.get(path)
    assert first.headers["etag"].startswith('W/"')
    again = shop.nobody.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    shop.product(categories=[1])
    shop.category()
    shop.user()
    shop.cart(shop.owner)
    changed = shop.nobody.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def edits(shop: Shop) -> dict[str, tuple[str, dict[str, Any]]]:
    """A fresh object of each kind that has versions: its path, and a whole body for it."""
    user = shop.user()
    return {
        "product": (f"/api/products/{shop.product()['id']}", {"title": "New", "price": 2}),
        "category": (f"/api/categories/{shop.category()['id']}", {"name": unique("new")}),
        "user": (f"/api/users/{user['id']}", {"username": user["username"], "email": user["email"], "phone": "7"}),
        "cart": (f"/api/carts/{shop.cart(shop.staff)['id']}", {"date": "2021-01-01"}),
    }


@pytest.mark.parametrize("kind", ["product", "category", "user", "cart"])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_who_edits_an_old_version_is_refused(shop: Shop, kind: str, method: str) -> None:
    path, body = edits(shop)[kind]
    first = shop.nobody.get(path)
    tag = first.headers["etag"]
    done = shop.staff.request(method, path, json=body, headers={"If-Match": f'"other", {tag}'})
    assert done.status_code == 200
    newest = done.headers["etag"]
    assert newest != tag
    assert shop.nobody.get(path).headers["etag"] == newest
    for stale in (tag, f"W/{newest}", '"other"', "", "1"):
        error = refusal(shop.staff.request(method, path, json=body, headers={"If-Match": stale}), 412, PRECONDITION)
        assert error["details"] == {"current": newest}
    assert shop.nobody.get(path).headers["etag"] == newest
    assert shop.staff.request(method, path, json=body, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("kind", ["product", "category", "user", "cart"])
def test_who_deletes_an_old_version_is_refused(shop: Shop, kind: str) -> None:
    path, body = edits(shop)[kind]
    tag = shop.nobody.get(path).headers["etag"]
    shop.staff.put(path, json=body)
    refusal(shop.staff.delete(path, headers={"If-Match": tag}), 412, PRECONDITION)
    newest = shop.nobody.get(path).headers["etag"]
    assert shop.staff.delete(path, headers={"If-Match": newest}).status_code == 204
    refusal(shop.staff.delete(path, headers={"If-Match": newest}), 404, "NOT_FOUND")


def test_a_rating_is_no_edit_of_the_product(shop: Shop) -> None:
    path = f"/api/products/{shop.product()['id']}"
    tag = shop.nobody.get(path).headers["etag"]
    made(shop.owner.post(f"{path}/rating", json={"value": 3}))
    assert shop.nobody.get(path).headers["etag"] == tag


PRECONDITION = "PRECONDITION_FAILED"


# The same request sent again


def repeatable(shop: Shop) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        "product": ("/api/products", {"title": "Once", "price": 1}),
        "category": ("/api/categories", {"name": unique("once")}),
        "user": ("/api/users", {"username": (name := unique("once")), "email": f"{name}@a.de", "password": "long now"}),
        "cart": ("/api/carts", {"products": [{"productId": 1}]}),
        "address": ("/api/users/me/addresses", {"city": "Oslo"}),
        "rating": ("/api/products/9/rating", {"value": 4}),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["product", "category", "user", "cart", "address", "rating"])
def test_the_same_request_with_one_key_has_one_effect_and_one_answer(shop: Shop, kind: str) -> None:
    path, body = repeatable(shop)[kind]
    headers = {"Idempotency-Key": unique("key")}
    first = shop.staff.post(path, json=body, headers=headers)
    again = shop.staff.post(f"{path}/", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers.get("etag") == first.headers.get("etag")
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = shop.staff.post(path, json={**body, "id": 1} if kind != "rating" else {"value": 2}, headers=headers)
    assert refusal(other, 422, "IDEMPOTENCY_KEY_REUSED")["details"] == {}


def test_one_key_is_another_for_another_path_and_another_caller(shop: Shop) -> None:
    headers = {"Idempotency-Key": unique("key")}
    body = {"value": 4}
    made(shop.owner.post("/api/products/3/rating", json=body, headers=headers))
    refusal(shop.owner.post("/api/products/4/rating", json=body, headers=headers), 422, "IDEMPOTENCY_KEY_REUSED")
    other = shop.stranger.post("/api/products/3/rating", json=body, headers=headers)
    assert "idempotency-replayed" not in other.headers
    assert made(other)["rating"]["count"] == 96 + 2


def test_a_key_belongs_to_the_account_and_not_to_the_session(shop: Shop) -> None:
    headers = {"Idempotency-Key": unique("key")}
    first = made(shop.owner.post("/api/carts", json={}, headers=headers))
    assert made(shop.signed_in(*OWNER).post("/api/carts", json={}, headers=headers)) == first


def test_a_refused_request_leaves_its_key_free(shop: Shop) -> None:
    headers = {"Idempotency-Key": unique("key")}
    invalid(shop.owner.post("/api/carts", json={"products": [{"productId": 1, "quantity": 0}]}, headers=headers))
    made(shop.owner.post("/api/carts", json={"products": [{"productId": 1, "quantity": 1}]}, headers=headers))


def test_without_a_key_each_request_counts(shop: Shop) -> None:
    assert shop.cart(shop.owner)["id"] != shop.cart(shop.owner)["id"]


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_of_the_wrong_length(shop: Shop, key: str) -> None:
    invalid(shop.owner.post("/api/carts", json={}, headers={"Idempotency-Key": key}), "Idempotency-Key")


@pytest.mark.parametrize("key", ["k" * 255, "\xe9t\xe9", "'; --", "a b"])
def test_any_other_key_will_do(shop: Shop, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    first = made(shop.owner.post("/api/carts", json={}, headers=headers))
    assert made(shop.owner.post("/api/carts", json={}, headers=headers)) == first


def test_a_key_lives_for_a_day(shop: Shop) -> None:
    headers = {"Idempotency-Key": unique("key")}
    first = made(shop.owner.post("/api/carts", json={}, headers=headers))
    age(shop.url, headers["Idempotency-Key"], "23 hours 59 minutes")
    assert made(shop.owner.post("/api/carts", json={}, headers=headers)) == first
    age(shop.url, headers["Idempotency-Key"], "1 minute")
    second = made(shop.owner.post("/api/carts", json={}, headers=headers))
    assert second["id"] != first["id"]
    assert made(shop.owner.post("/api/carts", json={}, headers=headers)) == second


def age(url: str, key: str, interval: str) -> None:
    """Make a stored answer older."""
    statement = (
        "UPDATE portico.idempotency_keys SET created_at = created_at - %s::interval WHERE key = %s AND caller = %s"
    )
    with psycopg.connect(url) as connection:
        assert connection.execute(statement, [interval, key, str(OWNER_ID)]).rowcount == 1


# Headers


def test_a_request_has_an_id_and_a_time(shop: Shop) -> None:
    first, second = shop.nobody.get("/api/products/1"), shop.nobody.get("/nowhere")
    for found in (first, second):
        assert re.fullmatch("[0-9a-f]{32}", found.headers["x-request-id"])
        assert float(found.headers["x-process-time"]) > 0
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize("given", ["abc-123", "A.b_c", "x" * 128])
def test_the_callers_request_id_comes_back(shop: Shop, given: str) -> None:
    assert shop.nobody.get("/api/products/1", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "<script>", "a\tb", "é".encode()])
def test_a_request_id_that_is_none_is_replaced(shop: Shop, given: Any) -> None:
    found = shop.nobody.get("/api/products/1", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", found.headers["x-request-id"])


def test_long_answers_are_compressed_and_short_ones_are_not(shop: Shop) -> None:
    with shop.nobody.stream("GET", "/api/products", headers={"Accept-Encoding": "gzip"}) as found:
        raw = b"".join(found.iter_raw())
    assert found.headers["content-encoding"] == "gzip"
    assert int(found.headers["content-length"]) == len(raw)
    plain = shop.nobody.get("/api/products", headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(raw) == plain.content
    assert len(plain.content) > 1024 > len(raw) / 10
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]
    assert "content-encoding" not in shop.nobody.get("/api/categories/1", headers={"Accept-Encoding": "gzip"}).headers


def test_head_is_get_without_a_body(shop: Shop) -> None:
    plain = {"Accept-Encoding": "identity"}
    for path in (*TAGGED, *LISTS, "/api/auth/me", "/pictures/1.svg"):
        got, head = shop.owner.get(path, headers=plain), shop.owner.head(path, headers=plain)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "content-length", "etag"):
            assert head.headers[name] == got.headers[name]
    assert shop.nobody.head("/api/products/99999").status_code == 404
    assert shop.nobody.head("/api/products/1", headers={"If-None-Match": "*"}).status_code == 304
    assert shop.nobody.head("/api/auth/login").status_code == 405


# Other origins


def test_a_page_of_a_known_origin_may_call(shop: Shop) -> None:
    asks = {
        "Origin": "http://localhost:5173",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type, if-match, idempotency-key",
    }
    may = shop.nobody.options("/api/carts/1", headers=asks)
    assert may.status_code == 200
    assert may.headers["access-control-allow-origin"] == asks["Origin"]
    assert "PATCH" in may.headers["access-control-allow-methods"]
    allowed = may.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "if-match", "idempotency-key"))
    found = shop.nobody.get("/api/products", headers={"Origin": asks["Origin"]})
    assert found.headers["access-control-allow-origin"] == asks["Origin"]
    exposed = found.headers["access-control-expose-headers"].lower()
    assert all(name in exposed for name in ("etag", "link", "retry-after", "x-request-id", "x-process-time"))
    assert "Origin" in found.headers["vary"]
    refused = shop.nobody.get("/nowhere", headers={"Origin": asks["Origin"]})
    assert refused.headers["access-control-allow-origin"] == asks["Origin"], "a page may read errors too"


def test_a_page_of_another_origin_may_not(shop: Shop) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    refused = shop.nobody.options("/api/carts/1", headers=asks)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    found = shop.nobody.get("/api/products", headers={"Origin": asks["Origin"]})
    assert "access-control-allow-origin" not in found.headers


def test_origins_and_hosts_can_be_set(shop: Shop) -> None:
    hosts = ("shop.example", "*.shop.example", "127.0.0.1")
    with open_shop(shop.url, "sandbox", cors_origins=("https://a.example",), allowed_hosts=hosts) as own:
        found = own.nobody.get("/api/products/1", headers={"Origin": "https://a.example"})
        assert found.headers["access-control-allow-origin"] == "https://a.example"
        assert (
            "access-control-allow-origin"
            not in own.nobody.get("/api/products/1", headers={"Origin": "http://localhost:5173"}).headers
        )
        for host in ("shop.example", "SHOP.example:8000", "eu.shop.example", "127.0.0.1:1"):
            assert own.nobody.get("/api/products/1", headers={"Host": host}).status_code == 200
        for host in ("evil.example", "evilshop.example", "shop.example.evil", "", "[::1]"):
            error = invalid(own.nobody.get("/api/products/1", headers={"Host": host}))
            assert error["message"] == "This host is not served here."
