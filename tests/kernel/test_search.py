"""What is typed into a search, and what a table has for it."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from portico.kernel.search import BEGIN, END, LESS, MORE, NOT_NOT, marked, understood, vector


@pytest.mark.parametrize(
    ("typed", "head", "begun"),
    [
        ("lamp", "", "'lamp':*"),
        ("red lam", "red ", "'lam':*"),
        ("red lamp ", "red lamp ", ""),
        ('"red lamp" des', '"red lamp" ', "'des':*"),
        ('"red lam', '"red lam', ""),
        ("lamp -re", "lamp -re", ""),
        ("oak or lam", "oak or lam", ""),
        ("oak ORB", "oak ", "'ORB':*"),
        ("o'neil", "", "'o''neil':*"),
        ("a\\", "", "'a\\\\':*"),
        ("🎭", "🎭", ""),
        ("", "", ""),
    ],
)
def test_the_last_word_may_be_begun(typed: str, head: str, begun: str) -> None:
    found = understood(typed)
    assert (found["head"], found["begun"]) == (head, begun)


@given(st.text(max_size=60))
def test_nothing_of_what_is_typed_is_lost(typed: str) -> None:
    found = understood(typed)
    assert found["head"] + found["last"] == NOT_NOT.sub("-", typed)
    assert bool(found["last"]) == bool(found["begun"])


def test_a_headline_becomes_html() -> None:
    headline = f"a & {LESS}b{MORE} \"{BEGIN}c'{END}"
    assert marked(headline) == "a &amp; &lt;b&gt; &quot;<mark>c&#x27;</mark>"
    assert marked("<script>") == "&lt;script&gt;"
    assert marked(None) is None


@pytest.mark.parametrize(
    ("table", "weights"),
    [
        ("items.items", {"name": "A", "description": "B"}),
        ("releases.runbooks", {"title": "A", "text": "B", "steps_text": "C"}),
        ("releases.services", {"name": "A", "description": "B"}),
        ("releases.releases", {"semver": "A", "notes": "B", "changes_text": "C"}),
        ("releases.defects", {"title": "A", "description": "B", "resolution": "C"}),
        ("releases.incidents", {"title": "A", "description": "B", "resolution": "C"}),
    ],
)
def test_a_column_is_made_as_the_model_says(database_url: str, table: str, weights: dict[str, str]) -> None:
    """`alembic check` does not compare expressions."""
    expression = text(vector(**weights)).compile().string
    query = """
        SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
        JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE d.adrelid = %s::regclass AND a.attname = 'search'"""
    columns = ", ".join(f"{name} text" for name in weights)
    scratch = f"CREATE TABLE scratch ({columns}, search tsvector GENERATED ALWAYS AS ({expression}) STORED)"
    with psycopg.connect(database_url) as connection:
        connection.execute(scratch.encode())
        migrated, modelled = (connection.execute(query, [name]).fetchone() for name in (table, "scratch"))
    assert modelled is not None
    assert migrated == modelled
