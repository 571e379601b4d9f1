"""The tally of products: exact, and without deadlocks between transactions that share a slot."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

SLOTS = 16
Connection = psycopg.Connection[tuple[int, ...]]

REMOVE = "DELETE FROM store.product_categories WHERE product_id = %s"
ENTER = "INSERT INTO store.product_categories (product_id, category_id, position) VALUES (%s, %s, 0)"
ADD = "INSERT INTO store.products (title, price) VALUES ('New', 1) RETURNING id"
DELETE = "DELETE FROM store.products WHERE id = %s"


@pytest.fixture
def twins(store_url: str) -> Iterator[tuple[Connection, Connection]]:
    """Two connections that write to one slot: of one more than there are slots, two share."""
    with ExitStack() as opened:
        by_slot: dict[int, Connection] = {}
        while True:
            connection = opened.enter_context(psycopg.connect(store_url))
            slot = connection.info.backend_pid % SLOTS
            if slot in by_slot:
                yield connection, by_slot[slot]
                return
            by_slot[slot] = connection


def wait_until_it_waits(url: str, connection: Connection) -> None:
    """Return once another transaction keeps this one from going on."""
    deadline = time.monotonic() + 10
    with psycopg.connect(url, autocommit=True) as watcher:
        while not watcher.execute("SELECT pg_blocking_pids(%s) <> '{}'", [connection.info.backend_pid]).fetchone()[0]:  # type: ignore[index]
            assert time.monotonic() < deadline, "nothing waits"
            time.sleep(0.005)


def assert_exact(url: str) -> None:
    tally = "SELECT category_id, sum(products) FROM store.product_tally GROUP BY 1 HAVING sum(products) <> 0"
    rows = """
        SELECT 0, count(*) FROM store.products
        UNION ALL SELECT category_id, count(*) FROM store.product_categories GROUP BY 1"""
    with psycopg.connect(url) as connection:
        assert set(connection.execute(tally)) == set(connection.execute(rows))


def test_two_moves_in_opposite_directions(store_url: str, twins: tuple[Connection, Connection]) -> None:
    one, other = twins
    with psycopg.connect(store_url) as connection:
        for product, category in ((1, 1), (2, 2)):
            connection.execute(REMOVE, [product])
            connection.execute(ENTER, [product, category])

    def move_the_other() -> None:
        other.execute(REMOVE, [2])
        other.execute(ENTER, [2, 1])
        other.commit()

    one.execute(REMOVE, [1])
    with ThreadPoolExecutor(1) as pool:
        moving = pool.submit(move_the_other)
        wait_until_it_waits(store_url, other)
        one.execute(ENTER, [1, 2])
        one.commit()
        moving.result()
    assert_exact(store_url)


def test_a_product_that_comes_while_another_one_goes(store_url: str, twins: tuple[Connection, Connection]) -> None:
    """Each changes two rows of the tally: that of all products and that of a category."""
    one, other = twins
    (place,) = one.execute("SELECT category_id FROM store.product_categories WHERE product_id = 1").fetchone() or (0,)
    one.commit()

    def take_away() -> None:
        other.execute(DELETE, [1])
        other.commit()

    (new,) = one.execute(ADD).fetchone() or (0,)
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(take_away)
        wait_until_it_waits(store_url, other)
        one.execute(ENTER, [new, place])
        one.commit()
        going.result()
    assert_exact(store_url)


def test_a_transaction_that_is_rolled_back_is_not_counted(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute(ADD)
        connection.execute(DELETE, [2])
        connection.rollback()
    assert_exact(store_url)
