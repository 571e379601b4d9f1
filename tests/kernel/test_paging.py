from base64 import urlsafe_b64encode
from typing import Annotated, Any

import httpx
import orjson
import pytest
from fastapi import Query, Request, Response
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.kernel.errors import InvalidInput
from portico.kernel.paging import BIGGEST_ID, LONGEST_ARRAY, Slice, public_url, seal, unseal
from portico.kernel.routes import router
from tests.kernel.tiny import serving_tiny

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
COUNT = 25
lists = router()


@lists.get("/rows", response_model=list[dict[str, int]], summary="Rows with ids from 1")
async def rows(part: Slice, response: Response) -> Any:
    found = [{"id": number} for number in range(1, COUNT + 1) if number > part.after][: part.limit]
    part.link(found, response)
    return found


@lists.get("/by-name", response_model=list[str], summary="What is in a cursor that holds a text")
async def by_name(cursor: Annotated[str, Query()]) -> Any:
    return unseal(cursor, str)


@lists.get("/link/{name}", response_model=str, summary="The address of the next page")
async def link(request: Request, name: str) -> Any:
    return public_url(request, page=2, gone=None)


texts = st.text().filter(lambda text: "\x00" not in text)
ids = st.integers(min_value=-BIGGEST_ID - 1, max_value=BIGGEST_ID)
keys = st.lists(st.one_of(ids, texts, st.booleans(), st.floats(allow_nan=False, allow_infinity=False)), max_size=4)


@settings(deadline=None)
@given(keys)
def test_what_is_sealed_comes_out_again(key: list[Any]) -> None:
    cursor = seal(*key)
    assert unseal(cursor, *(type(part) for part in key)) == tuple(key)
    assert cursor.isascii()
    assert httpx.QueryParams({"cursor": cursor}).get("cursor") == cursor
    assert str(httpx.QueryParams({"cursor": cursor})) == f"cursor={cursor}", "a cursor needs no quoting"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_unsealed_or_refused(cursor: str) -> None:
    """Nothing but a number comes out, and nothing but `InvalidInput` is raised."""
    try:
        (number,) = unseal(cursor, int)
    except InvalidInput:
        return
    assert type(number) is int


values = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()


@settings(deadline=None)
@given(st.recursive(values, lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_another_key_under_the_same_wrapping_is_refused(key: Any) -> None:
    cursor = urlsafe_b64encode(orjson.dumps(key)).decode()
    if isinstance(key, list) and [type(part) for part in key] == [int]:
        assert unseal(cursor, int) == tuple(key)
    else:
        with pytest.raises(InvalidInput):
            unseal(cursor, int)


def walk(client: httpx.Client, path: str) -> list[list[int]]:
    pages = []
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        pages.append([row["id"] for row in answer.json()])
        following = answer.links.get("next", {}).get("url")
    return pages


def test_a_walk_shows_each_row_once() -> None:
    with serving_tiny(NOWHERE, lists) as client:
        assert walk(client, "/rows?limit=10") == [[*range(1, 11)], [*range(11, 21)], [*range(21, 26)]]
        assert walk(client, "/rows?limit=5")[-1] == [], "a full last page cannot know that it is the last"
        assert walk(client, "/rows") == [[*range(1, COUNT + 1)]]


TAMPERED = {
    "cut off": seal(12345)[:-3],
    "a letter more": "A" + seal(10),
    "another kind": seal("10"),
    "too many": seal(10, 10),
    "none": seal(),
    "a fraction": seal(1.5),
    "a truth": seal(True),
    "beyond all numbers": urlsafe_b64encode(b"[1e999]").decode(),
    "an object": urlsafe_b64encode(b'{"id": 1}').decode(),
    "no JSON": urlsafe_b64encode(b"10").decode() + "AAAA",
    "deep": urlsafe_b64encode(b"[" * 5000).decode(),
    "not a number": urlsafe_b64encode(b"[NaN]").decode(),
    "SQL": "1 OR 1=1",
    "letters of another script": "ⅷⅸ",
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_cursor_is_refused(case: str) -> None:
    with serving_tiny(NOWHERE, lists) as client:
        answer = client.get("/rows", params={"cursor": TAMPERED[case], "limit": 5})
        assert answer.status_code == 422
        assert answer.json()["code"] == "VALIDATION_ERROR"
        assert answer.json()["errors"] == [{"field": "cursor", "message": "is not one that this list has given"}]


def test_a_text_that_no_row_can_hold_is_refused() -> None:
    with serving_tiny(NOWHERE, lists) as client:
        assert client.get("/by-name", params={"cursor": seal("a\u0000b")}).status_code == 422
        assert client.get("/by-name", params={"cursor": seal("ab")}).json() == ["ab"]


@pytest.mark.parametrize(("limit", "status"), [(0, 422), (1, 200), (LONGEST_ARRAY, 200), (LONGEST_ARRAY + 1, 422)])
def test_the_limits_of_the_limit(limit: int, status: int) -> None:
    with serving_tiny(NOWHERE, lists) as client:
        assert client.get("/rows", params={"limit": limit}).status_code == status


def test_links_keep_the_query_and_the_path_as_it_was_asked() -> None:
    with serving_tiny(NOWHERE, lists, app={"aliases": {"/alias": "/link"}}) as client:
        base = str(client.base_url).rstrip("/")
        asked = "/alias/a%20b%3Fc%23d%25e%C3%A9/?size=1&size=2&page=1&gone=x&q=%26%3D"
        answer = client.get(asked)
        found = httpx.URL(answer.json())
        assert str(found).startswith(f"{base}/alias/a%20b%3Fc%23d%25e%C3%A9/?")
        assert sorted(found.params.multi_items()) == [("page", "2"), ("q", "&="), ("size", "1"), ("size", "2")]
        assert (
            client.get(f"{base}/link/x", headers={"Host": "shop.example:81"}).json()
            == "http://shop.example:81/link/x?page=2"
        )


def test_links_lead_to_the_public_address() -> None:
    with serving_tiny(NOWHERE, lists, public_url="https://shop.example.com") as client:
        answer = client.get("/rows?limit=10")
        assert answer.links["next"]["url"] == f"https://shop.example.com/rows?cursor={seal(10)}&limit=10"
