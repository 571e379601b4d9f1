"""The pages of items over real HTTP: who gets in, which forms are taken, and that every answer is a page."""

import re
from collections.abc import Iterator

import pytest

from tests.contract.browsing import CSRF, Visitor, assert_page, version_in
from tests.contract.shop import PASSWORD
from tests.contract.stall import SAMPLE, Stall, item, open_stall, unique
from tests.databases import Databases

NEW = {"name": "Lamp", "description": "", "price": "1.50", "quantity": "2"}


@pytest.fixture
def visitor(stall: Stall) -> Iterator[Visitor]:
    with Visitor(stall.nobody.base_url) as visitor:
        yield visitor


def test_one_signs_in_works_and_signs_out(visitor: Visitor, stall: Stall) -> None:
    account = stall.account()
    signed_in = visitor.sign_in(account.email, PASSWORD)
    assert signed_in.headers["location"] == "/pages/items"
    name = unique("Lamp")
    added = visitor.send("/pages/items/new", **{**NEW, "name": name})
    assert added.headers["location"] == "/pages/items?done=added"
    found = stall.nobody.get("/api/v2/items", params={"name": name}).json()["items"][0]
    assert (found["price"], found["quantity"], found["description"]) == (1.5, 2, None)
    path = f"/pages/items/{found['id']}"
    changed = visitor.send(path, version=version_in(visitor.open(path)), **{**NEW, "name": name, "price": "2"})
    assert changed.status_code == 303
    assert stall.nobody.get(f"/items/{found['id']}").json()["price"] == 2
    assert visitor.send(f"{path}/delete", version=version_in(visitor.open(path))).status_code == 303
    assert_page(visitor.open(path), 404)
    kept = dict(visitor.client.cookies)
    assert visitor.send("/pages/sign-out").headers["location"] == "/pages/sign-in"
    visitor.client.cookies.update(kept)
    assert "Sign out" not in visitor.open("/pages/items").text, "the session has ended, whoever has its cookie"


def test_a_wrong_password_is_a_sentence_and_no_session(visitor: Visitor) -> None:
    answer = visitor.send("/pages/sign-in", name=SAMPLE[0], password="wrong password")
    assert_page(answer, 401)
    assert "Incorrect email or password" in answer.text
    assert "items_session" not in answer.cookies


def test_the_cookie_is_one_of_the_app_and_out_of_reach(databases: Databases, worker_id: str) -> None:
    """Where TLS is, the cookie goes over nothing else. In development its name says that it may."""
    strict = {"environment": "production", "secret_key": "an0ther-key-that-n0b0dy-kn0ws-4711"}
    with open_stall(databases, worker_id, "private", **strict) as stall, Visitor(stall.nobody.base_url) as visitor:
        page = visitor.open("/pages/sign-in")
        visit = page.headers["set-cookie"]
        name, _, rest = visit.partition("=")
        assert name == "__Secure-items_visit"
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(rest.split("; "))
        token = CSRF.search(page.text)
        assert token
        # What a browser does not do, either: httpx keeps a secure cookie to itself where there is no TLS.
        cookie = {"Cookie": visit.partition(";")[0], "Host": "shop.example.com"}
        form = {"csrf": token[1], "name": stall.account().email, "password": PASSWORD}
        http, https = (
            visitor.client.post(
                "/pages/sign-in", data=form, headers={**cookie, "Origin": f"{scheme}://shop.example.com"}
            )
            for scheme in ("http", "https")
        )
        assert (http.status_code, https.status_code) == (403, 303)
        session = next(one for one in https.headers.get_list("set-cookie") if "session" in one)
        assert session.startswith("__Secure-items_session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(session.split("; "))


def test_a_form_from_elsewhere_changes_nothing(visitor: Visitor, stall: Stall) -> None:
    visitor.sign_in(stall.account().email, PASSWORD)
    before = stall.nobody.get("/items").headers["x-total-count"]
    with Visitor(stall.nobody.base_url) as other:
        others = other.token()
    own = visitor.token()
    for refused in (
        visitor.send("/pages/items/new", origin="https://evil.example", **NEW),
        visitor.send("/pages/items/new", origin="null", **NEW),
        visitor.send("/pages/items/new", origin=f"{visitor.origin}.evil.example", **NEW),
        visitor.send("/pages/items/new", csrf=others, **NEW),
        visitor.send("/pages/items/new", csrf="ä", **NEW),
        visitor.send("/pages/items/new", csrf=own.partition(".")[0] + "." + "0" * 64, **NEW),
        visitor.client.post("/pages/items/new", data={**NEW, "csrf": own}),  # no word of where it comes from
        visitor.client.post("/pages/items/new", data=NEW, headers={"Origin": visitor.origin}),
        visitor.client.post("/pages/items/new", data={**NEW, "csrf": own}, headers={"Sec-Fetch-Site": "cross-site"}),
    ):
        assert_page(refused, 403)
    assert stall.nobody.get("/items").headers["x-total-count"] == before
    same_site = {"Sec-Fetch-Site": "same-origin"}
    assert visitor.client.post("/pages/items/new", data={**NEW, "csrf": own}, headers=same_site).status_code == 303


def test_every_page_has_tokens_of_its_own_and_all_are_good(visitor: Visitor, stall: Stall) -> None:
    """What is compressed beside a text that others choose must not stay the same, or it could be guessed (BREACH)."""
    visitor.sign_in(stall.account().email, PASSWORD)
    tokens = [visitor.token() for _ in range(3)]
    assert len(set(tokens)) == 3
    for token in tokens:
        assert visitor.send("/pages/items/new", csrf=token, **NEW).status_code == 303


def test_a_bearer_token_is_no_cookie_and_a_cookie_is_no_bearer_token(visitor: Visitor, stall: Stall) -> None:
    account = stall.account()
    cookie = visitor.sign_in(account.email, PASSWORD).cookies["items_session"]
    assert stall.bearing(cookie).post("/auth/verify").status_code == 401
    for token in (account.tokens["access_token"], account.tokens["refresh_token"], f"{cookie}x", "ä"):
        page = stall.nobody.get("/pages/items", headers={"Cookie": f"items_session={token}".encode()})
        assert_page(page, 200)
        assert "Sign out" not in page.text


def test_who_has_to_sign_in_is_led_there_and_back(private_stall: Stall) -> None:
    with Visitor(private_stall.nobody.base_url) as visitor:
        led = visitor.open("/pages/items/new?a=1")
        assert led.headers["location"] == "/pages/sign-in?next=/pages/items/new%3Fa%3D1"
        assert "/pages/items/new?a=1" in visitor.open(led.headers["location"]).text
        account = private_stall.account()
        sent = {"name": account.email, "password": PASSWORD, "next": "/pages/items/new?a=1"}
        assert visitor.send("/pages/sign-in", **sent).headers["location"] == "/pages/items/new?a=1"
        assert visitor.open("/pages/sign-in").headers["location"] == "/pages/items", "signed in already"
        visitor.client.cookies.clear()
        lost = visitor.send("/pages/items/new", **NEW)
        assert (lost.status_code, lost.headers["location"]) == (303, "/pages/sign-in")


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/items", "/pages/\\evil", "/pages/\r\nA: b"]
)
def test_signing_in_leads_to_no_other_place(target: str, visitor: Visitor) -> None:
    answer = visitor.send("/pages/sign-in", name=SAMPLE[0], password=SAMPLE[1], next=target)
    assert answer.headers["location"] == "/pages/items"


def test_what_goes_wrong_is_told_by_a_page(visitor: Visitor, stall: Stall) -> None:
    token = visitor.token()
    headers = {"Origin": visitor.origin, "Content-Type": "application/x-www-form-urlencoded"}
    post = visitor.client.post
    for status, answer in (
        (404, visitor.open("/pages/nowhere")),
        (404, visitor.open("/pages/items/999999999")),
        (404, visitor.open("/pages/static/portico-0.css")),
        (422, visitor.open("/pages/items?cursor=none")),
        (422, visitor.open("/pages/items?q=%00")),
        (405, visitor.client.put("/pages/items/1")),
        (415, post("/pages/sign-in", json={"csrf": token}, headers={"Origin": visitor.origin})),
        (413, post("/pages/sign-in", content=b"a=" + b"x" * 64 * 1024, headers=headers)),
        (413, post("/pages/sign-in", content=b"a=" + b"x" * 2**21, headers=headers)),
        (422, post("/pages/sign-in", content=b"a=%ff", headers=headers)),
        (422, post("/pages/sign-in", content=b"&".join(b"a=1" for _ in range(600)), headers=headers)),
        (422, visitor.send("/pages/items/new", **{**NEW, "name": "a\x00b"})),
    ):
        assert_page(answer, status)
        assert answer.headers["x-request-id"] in answer.text
    problem = stall.nobody.get("/pages/nowhere", headers={"Accept": "application/problem+json"})
    assert problem.json()["code"] == "NOT_FOUND", "a program that asks for it gets its own form"


def test_what_is_refused_before_a_route_is_told_by_a_page(databases: Databases, worker_id: str) -> None:
    limits = {"rate_limit": "3/60", "allowed_hosts": ("127.0.0.1",)}
    with open_stall(databases, worker_id, "sandbox", **limits) as stall, Visitor(stall.nobody.base_url) as visitor:
        assert_page(visitor.client.get("/pages/items", headers={"Host": "evil.example"}), 422)
        answers = [visitor.open("/pages/items") for _ in range(4)]
        assert_page(answers[-1], 429)
        assert int(answers[-1].headers["retry-after"]) > 0
        assert stall.nobody.get("/items").headers["content-type"] == "application/problem+json", "programs get theirs"


def test_what_is_wrong_is_shown_beside_what_was_typed(visitor: Visitor) -> None:
    answer = visitor.send("/pages/items/new", **{**NEW, "name": "Kept", "price": "-1", "quantity": "many"})
    assert_page(answer, 422)
    assert 'value="Kept"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(visitor: Visitor, stall: Stall) -> None:
    made = item(stall.nobody)
    path = f"/pages/items/{made['id']}"
    seen = version_in(visitor.open(path))
    stall.nobody.put(f"/items/{made['id']}", json={"quantity": 5})
    late = visitor.send(path, version=seen, **NEW)
    assert_page(late, 412)
    assert "Somebody has changed this item since you opened it." in late.text
    assert_page(visitor.send(f"{path}/delete", version=seen), 412)
    assert_page(visitor.send(f"{path}/delete"), 412)
    for odd in ("9" * 5000, '"*', "x", "-1"):
        assert_page(visitor.send(f"{path}/delete", version=odd), 412)
    assert stall.nobody.get(f"/items/{made['id']}").json()["quantity"] == 5


def test_text_of_others_is_text(visitor: Visitor, stall: Stall) -> None:
    word = unique("script")
    made = item(stall.nobody, name=f"<script>{word}</script>", description='"><img src=x>')
    for path in (f"/pages/items?q={word}", f"/pages/items/{made['id']}", "/pages/items?q=%22%3E%3Cscript%3E"):
        page = visitor.open(path)
        assert_page(page, 200)
        assert "<img" not in page.text


def test_pages_of_the_list_show_each_item_once(visitor: Visitor, stall: Stall) -> None:
    word = unique("walk")
    names = {f"{word} {number:02}" for number in range(45)}
    for name in names:
        item(stall.nobody, name=name)
    seen: list[str] = []
    following: str | None = f"/pages/items?q={word}"
    while following:
        page = visitor.open(following)
        seen += re.findall(rf">({word} \d\d)<", page.text)
        link = re.search(r'rel="next" href="([^"]+)"', page.text)
        following = link[1].replace("&amp;", "&") if link else None
    assert seen == sorted(names)


def test_files_of_pages_are_kept_for_good_and_named_by_what_they_hold(visitor: Visitor) -> None:
    page = visitor.open("/pages/items").text
    for path, kind in zip(
        re.findall(r'href="(/pages/static/[^"]+)"', page), ("image/svg+xml", "text/css"), strict=True
    ):
        found = visitor.open(path)
        assert found.status_code == 200
        assert found.headers["content-type"].startswith(kind)
        assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
