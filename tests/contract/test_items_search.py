"""The search for items over real HTTP: words, ranks, highlights, filters, pages, and whatever people type."""

import html
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.stall import Stall, item, open_stall, problem
from tests.databases import Databases

SEARCH = "/api/v1/items/search"
GOODS = (
    ("Red lamp", "A lamp for the desk", 20, 3),
    ("Blue lamps, set of two", "For reading and for running cables", 35, 0),
    ("Desk", "Of oak, with a lamp", 200, 1),
    ("Running shoes", None, 80, 5),
    ("Trüffel & <b>Öl</b>", "1 < 2 > 0, \"quoted\" 'twice' <script>alert(1)</script> zucchini", 9, 9),
    ("The Theatre", "Über-Größe 🎭 C++ foo_bar a-b-c", 15, 2),
)


@pytest.fixture(scope="module")
def goods(databases: Databases, worker_id: str) -> Iterator[Stall]:
    """Items with these goods and nothing else."""
    with open_stall(databases, worker_id, "sandbox") as stall:
        with psycopg.connect(stall.url) as connection:
            connection.execute("DELETE FROM items.items")
        for name, description, price, quantity in GOODS:
            item(stall.nobody, name=name, description=description, price=price, quantity=quantity)
        yield stall


def search(stall: Stall, q: str, **params: Any) -> dict[str, Any]:
    found = stall.nobody.get(SEARCH, params={"q": q, **params})
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    assert body["total"] >= len(body["items"])
    return body


def names(stall: Stall, q: str, **params: Any) -> list[str]:
    return [each["name"] for each in search(stall, q, **params)["items"]]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("shoe", ["Running shoes"]),  # by its stem
        ("LAMPS", ["Blue lamps, set of two", "Red lamp", "Desk"]),
        ("lamp desk", ["Red lamp", "Desk"]),
        ("lamp -desk", ["Blue lamps, set of two"]),
        ("oak or shoes", ["Running shoes", "Desk"]),
        ('"red lamp"', ["Red lamp"]),
        ('"lamp red"', []),
        ("runn", ["Running shoes", "Blue lamps, set of two"]),  # only begun, and longer than the stem
        ("lamp read", ["Blue lamps, set of two"]),
        ("shoes runni", ["Running shoes"]),
        ("runn lamp", []),  # only the last word may be only begun
        ("runn ", []),  # a blank says that the word is complete
        ("trüff", ["Trüffel & <b>Öl</b>"]),
        ("the theatre", ["The Theatre"]),
        ("größe", ["The Theatre"]),
        ("zucchini", ["Trüffel & <b>Öl</b>"]),
        ("nothing at all", []),
    ],
)
def test_words_find(goods: Stall, q: str, expected: list[str]) -> None:
    assert sorted(names(goods, q)) == sorted(expected)


def test_the_better_comes_first(goods: Stall) -> None:
    """The name counts for more than the description."""
    found = search(goods, "lamp")["items"]
    assert [each["name"] for each in found][-1] == "Desk"
    assert [each["rank"] for each in found] == sorted((each["rank"] for each in found), reverse=True)
    assert found[0]["rank"] > found[-1]["rank"] > 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"min_price": 30}, {"Blue lamps, set of two", "Desk"}),
        ({"max_price": "20.00"}, {"Red lamp"}),
        ({"in_stock": True}, {"Red lamp", "Desk"}),
        ({"in_stock": False}, {"Blue lamps, set of two"}),
        ({"name": "RED", "min_price": 1}, {"Red lamp"}),
        ({"min_price": 1000}, set()),
    ],
)
def test_filters_apply_beside_the_words(goods: Stall, filters: dict[str, Any], expected: set[str]) -> None:
    body = search(goods, "lamp", **filters)
    assert {each["name"] for each in body["items"]} == expected
    assert body["total"] == len(expected)


def test_what_was_found_is_marked(goods: Stall) -> None:
    (found,) = search(goods, "cables")["items"]
    assert found["highlights"] == {
        "name": "Blue lamps, set of two",
        "description": "For reading and for running <mark>cables</mark>",
    }
    assert search(goods, "lamp")["items"][0]["highlights"]["name"].count("<mark>") == 1
    shoes = next(each for each in search(goods, "runn")["items"] if each["name"] == "Running shoes")
    assert shoes["highlights"] == {"name": "<mark>Running</mark> shoes", "description": None}


def test_highlights_are_html_that_says_what_the_text_says(goods: Stall) -> None:
    (found,) = search(goods, "zucchini")["items"]
    for name in ("name", "description"):
        shown = found["highlights"][name]
        assert re.findall(r"<(?!/?mark>)", shown) == [], shown
        assert html.unescape(re.sub(r"</?mark>", "", shown)) == found[name]
    assert "<mark>zucchini</mark>" in found["highlights"]["description"]


def test_a_word_beside_a_tag_is_marked(goods: Stall) -> None:
    (found,) = search(goods, "Öl")["items"]
    assert found["highlights"]["name"] == "Trüffel &amp; &lt;b&gt;<mark>Öl</mark>&lt;/b&gt;"


def test_nobody_can_write_a_mark(goods: Stall) -> None:
    made = item(goods.nobody, name="xylophone \ue000\ue001\x02\x03 <mark>&lt;mark&gt;")
    (found,) = search(goods, "xylophone")["items"]
    assert found["highlights"]["name"] == "<mark>xylophone</mark>  &lt;mark&gt;&amp;lt;mark&amp;gt;"
    goods.nobody.delete(f"/items/{made['id']}")


def test_pages_show_each_once(stall: Stall) -> None:
    made = [item(stall.nobody, name=f"Marble {number % 3 * 'marble '}")["id"] for number in range(25)]
    seen: list[dict[str, Any]] = []
    body = search(stall, "marbl", limit=7)
    while True:
        assert body["total"] == 25
        seen += body["items"]
        if body["next_cursor"] is None:
            break
        body = search(stall, "marbl", limit=7, cursor=body["next_cursor"])
    assert sorted(each["id"] for each in seen) == sorted(made)
    order = [(-each["rank"], each["id"]) for each in seen]
    assert order == sorted(order)
    assert len({rank for rank, _ in order}) > 1
    behind = search(stall, "marbl", limit=100, cursor=stall.nobody.get(
        SEARCH, params={"q": "marbl", "limit": 25}).json()["next_cursor"])  # fmt: skip
    assert (behind["items"], behind["total"], behind["next_cursor"]) == ([], 25, None)


@pytest.mark.parametrize(
    "params",
    [{}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "limit": 0}, {"q": "x", "limit": 101}, {"q": "x", "cursor": "!"},
     {"q": "x", "cursor": "WzEsMV0"}, {"q": "x", "min_price": -1}],
)  # fmt: skip
def test_what_is_no_search_is_422(goods: Stall, params: dict[str, Any]) -> None:
    problem(goods.nobody.get(SEARCH, params=params), 422, "VALIDATION_ERROR")


ODD = (
    " ", "the", "the of and", "or", "or or", "-", "--", "- lamp", '"', '""', '"lamp', "'", "''", "lamp'", "lamp\\",
    "a:*", "lamp:*", "lamp & desk", "!lamp", "(lamp", "lamp)", "<->", "lamp <-> desk", "🎭", "🎭 lamp", "lamp 🎭", "%s",
    "%(q)s", "_", "a.b.c@d.e", "http://x.y/z?a=b", "C++", "foo_bar", "a-b-c", "1.5", "-1", "\t", "\n", "\u200b",
    "\ue000", "\ufeff", "ß", "İ", "z" * 200, "a " * 100, "é" * 200, "😀" * 200, "'; DROP TABLE items.items; --", "&lt;",
    "-" * 100, "- " * 100, "-(" * 100, "-&-|" * 50,
)  # fmt: skip


@pytest.mark.parametrize("q", ODD)
def test_whatever_people_type_is_answered(goods: Stall, q: str) -> None:
    search(goods, q, limit=100)


PIECES = st.sampled_from(
    ["lamp", "Desk", "runn", "the", "or", "OR", "-", '"', "'", "\\", ":", "*", "&", "|", "!", "(", ")", "<->", " ",
     "🎭", "ü", "\u0301", "<b>", "%", "_", ".", "@", "/", "1", "\ue001"]
)  # fmt: skip
TYPED = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=200),
    st.lists(PIECES, min_size=1, max_size=30).map("".join).filter(lambda text: len(text) <= 200),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TYPED)
def test_anything_at_all_is_answered(goods: Stall, q: str) -> None:
    for found in search(goods, q, limit=100)["items"]:
        for name in ("name", "description"):
            shown = found["highlights"][name]
            if shown is not None:
                assert re.findall(r"<(?!/?mark>)", shown) == []
                assert html.unescape(re.sub(r"</?mark>", "", shown)) == found[name]
