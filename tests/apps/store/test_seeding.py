import asyncio
import json
import re
import shutil
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import bcrypt
import psycopg
import pytest

from portico.apps.store.seeding.dataset import BUILT_IN
from portico.apps.store.seeding.service import seed
from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.errors import Conflict, InvalidInput
from portico.kernel.file_stores import file_store
from portico.kernel.files import Files
from portico.kernel.seeding import SeedSummary
from portico.kernel.transaction import Transaction
from tests.servers import settings_of

FULL = {"products": 20, "categories": 4, "users": 10, "carts": 7}
NOTHING = {"products": 0, "categories": 0, "users": 0, "carts": 0}
COUNTED = ("cart_items", "addresses", "product_categories", "ratings", *FULL)


def seeded(url: str, **options: Any) -> SeedSummary:
    """Seed in a transaction of its own, as the command does."""

    async def run() -> SeedSummary:
        database = Database(url, pool_size=1, limits=JOB_LIMITS)
        await database.open()
        transaction = Transaction(database)
        try:
            defaults = {"flush": False, "directory": None, "demonstration": True, "progress": lambda done, of: None}
            files = Files(file_store(settings_of(url)), database, "store")
            summary = await seed(transaction, files=files, **{**defaults, **options})
            await transaction.commit()
            return summary
        finally:
            await transaction.close()
            await database.close()

    return asyncio.run(run())


def rows(url: str, query: str, *params: Any) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, params)
        return cursor.fetchall() if cursor.description else []


def counts(url: str) -> dict[str, int]:
    return {table: rows(url, f"SELECT count(*) FROM store.{table}")[0][0] for table in COUNTED}


def next_id(url: str, table: str) -> int:
    found: int = rows(url, f"SELECT nextval('store.{table}_id_seq')")[0][0]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the built-in data set, to be spoilt."""
    return shutil.copytree(BUILT_IN, tmp_path / "data")


def change(folder: Path, name: str, edit: Callable[[list[Any]], None]) -> None:
    records = json.loads((folder / name).read_text())
    edit(records)
    (folder / name).write_text(json.dumps(records))


def test_the_built_in_data_set(database_url: str) -> None:
    steps: list[tuple[int, int]] = []
    summary = seeded(database_url, progress=lambda done, of: steps.append((done, of)))
    assert summary == SeedSummary(FULL, [])
    assert steps[-1][0] == steps[-1][1]
    assert steps == sorted(steps)
    assert rows(database_url, "SELECT id, is_staff AND is_superuser FROM store.users WHERE is_staff") == [(1, True)]
    assert [name for (name,) in rows(database_url, "SELECT name FROM store.categories ORDER BY id")] == [
        "electronics", "jewelery", "men's clothing", "women's clothing",
    ]  # fmt: skip
    assert rows(database_url, "SELECT app FROM portico.seeded") == [("store",)]


@pytest.mark.parametrize(("table", "following"), [("products", 21), ("users", 11), ("carts", 8), ("categories", 5)])
def test_the_next_id_follows_the_last_one(database_url: str, table: str, following: int) -> None:
    seeded(database_url)
    assert next_id(database_url, table) == following


def test_seeding_twice_doubles_nothing(database_url: str) -> None:
    seeded(database_url)
    before = counts(database_url)
    tally = rows(database_url, "SELECT category_id, sum(products) FROM store.product_tally GROUP BY 1 ORDER BY 1")
    assert seeded(database_url) == SeedSummary(FULL, [])
    assert counts(database_url) == before
    assert tally == rows(
        database_url, "SELECT category_id, sum(products) FROM store.product_tally GROUP BY 1 ORDER BY 1"
    )
    assert next_id(database_url, "products") == 21


def test_the_data_set_wins_and_other_rows_stay(database_url: str) -> None:
    seeded(database_url)
    rows(database_url, "UPDATE store.products SET title = 'changed', price = 1 WHERE id = 3")
    rows(database_url, "UPDATE store.carts SET user_id = 9 WHERE id = 1")
    rows(database_url, "INSERT INTO store.cart_items (cart_id, product_id, quantity) VALUES (1, 20, 5)")
    rows(database_url, "INSERT INTO store.products (title, price) VALUES ('mine', 2)")
    assert seeded(database_url).counts["products"] == 21
    assert rows(database_url, "SELECT title FROM store.products WHERE id IN (3, 21) ORDER BY id") == [
        ("Loom Crew-Neck Jumper",), ("mine",),
    ]  # fmt: skip
    assert rows(database_url, "SELECT user_id FROM store.carts WHERE id = 1") == [(1,)]
    assert rows(database_url, "SELECT product_id FROM store.cart_items WHERE cart_id = 1 ORDER BY line") == [
        (2,), (9,), (4,),
    ]  # fmt: skip


def test_ratings_of_users_keep_counting(database_url: str) -> None:
    seeded(database_url)
    rows(database_url, "INSERT INTO store.ratings VALUES (1, 2, 0), (1, 3, 4.5)")
    seeded(database_url)
    # The data set brings 4.3 from 212.
    assert rows(database_url, "SELECT rating_sum, rating_count FROM store.products WHERE id = 1") == [
        (Decimal("4.3") * 212 + Decimal("4.5"), 214)
    ]


def test_a_rating_under_way_is_not_missed(database_url: str) -> None:
    seeded(database_url)
    seeding = threading.Thread(target=seeded, args=(database_url,))
    with psycopg.connect(database_url) as rating:
        rating.execute("SELECT FROM store.products WHERE id = 1 FOR NO KEY UPDATE")
        rating.execute("INSERT INTO store.ratings VALUES (1, 2, 5)")
        rating.execute(
            "UPDATE store.products SET rating_sum = rating_sum + 5, rating_count = rating_count + 1 WHERE id = 1"
        )
        seeding.start()
        wait_for_a_lock(database_url)
    seeding.join()
    assert rows(database_url, "SELECT rating_sum, rating_count FROM store.products WHERE id = 1") == [
        (Decimal("4.3") * 212 + 5, 213)
    ]


WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def wait_for_a_lock(url: str) -> None:
    deadline = time.monotonic() + 30
    while not rows(url, WAITING):
        assert time.monotonic() < deadline, "the seed waits for nothing"
        time.sleep(0.02)


def test_two_seeds_at_once(database_url: str) -> None:
    threads = [threading.Thread(target=seeded, args=(database_url,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: counts(database_url)[name] for name in FULL} == FULL


def test_flush_deletes_everything_first(database_url: str) -> None:
    seeded(database_url)
    rows(database_url, "INSERT INTO store.products (title, price) VALUES ('mine', 2)")
    rows(database_url, "INSERT INTO store.ratings VALUES (1, 2, 5)")
    rows(database_url, "INSERT INTO store.categories (name) VALUES ('mine')")
    assert seeded(database_url, flush=True) == SeedSummary(FULL, [])
    assert counts(database_url)["ratings"] == 0
    assert rows(database_url, "SELECT array_agg(id ORDER BY id) FROM store.categories") == [([1, 2, 3, 4],)]
    assert rows(database_url, "SELECT max(id) FROM store.addresses") == [(10,)]
    assert [next_id(database_url, table) for table in ("products", "categories", "addresses")] == [21, 5, 11]
    assert rows(database_url, "SELECT sum(products) FROM store.product_tally WHERE category_id = 0") == [(20,)]


def test_sessions_of_overwritten_users_end(database_url: str) -> None:
    seeded(database_url)
    rows(
        database_url,
        "INSERT INTO store.sessions (id, user_id, created_at, rotated_at, expires_at, address, user_agent)"
        " VALUES (gen_random_uuid(), 2, now(), now(), now() + interval '1 day', '', '')",
    )
    seeded(database_url)
    assert rows(database_url, "SELECT ended_at IS NOT NULL FROM store.sessions") == [(True,)]


@pytest.mark.usefixtures("full_cost")
def test_passwords_are_hashed_at_cost_12(database_url: str) -> None:
    seeded(database_url)
    stored = dict(rows(database_url, "SELECT username, pwd_hash FROM store.users"))
    assert len(stored) == FULL["users"]
    assert all(re.fullmatch(r"\$2b\$12\$[./A-Za-z0-9]{53}", pwd_hash) for pwd_hash in stored.values())
    assert bcrypt.checkpw(b"83r5^_", stored["mor_2314"].encode())


def test_elsewhere_there_is_no_demonstration_and_one_administrator(database_url: str) -> None:
    summary = seeded(database_url, demonstration=False)
    assert summary.counts == {**NOTHING, "users": 1}
    (note,) = summary.notes
    ((pwd_hash,),) = rows(database_url, "SELECT pwd_hash FROM store.users WHERE username = 'admin' AND is_staff")
    password = note.partition("password ")[2].split()[0]
    assert len(password) >= 20
    assert bcrypt.checkpw(password.encode(), pwd_hash.encode())
    again = seeded(database_url, demonstration=False)
    assert again.notes == ["There is an administrator already: admin."]
    assert again.counts == summary.counts


def test_elsewhere_nobody_of_a_data_set_is_staff(database_url: str, folder: Path) -> None:
    assert seeded(database_url, demonstration=False, directory=folder).counts == {**FULL, "users": 11}
    assert rows(database_url, "SELECT id, username FROM store.users WHERE is_staff") == [(11, "admin")]


def test_elsewhere_a_data_set_does_not_take_over_the_administrator(database_url: str, folder: Path) -> None:
    seeded(database_url, demonstration=False)
    with pytest.raises(InvalidInput, match=r"users\.json: user 1 is admin in the store, who is staff"):
        seeded(database_url, demonstration=False, directory=folder)
    assert seeded(database_url, demonstration=False, directory=folder, flush=True).counts["products"] == 20


def test_elsewhere_a_customer_called_admin_stays_a_customer(database_url: str) -> None:
    rows(database_url, "INSERT INTO store.users (username, email) VALUES ('Admin', 'a@example.com')")
    with pytest.raises(Conflict, match="a user admin who is no administrator"):
        seeded(database_url, demonstration=False)


def test_users_may_swap_names(database_url: str, folder: Path) -> None:
    seeded(database_url)

    def swap(users: list[Any]) -> None:
        users[0]["username"], users[1]["username"] = users[1]["username"], users[0]["username"]

    change(folder, "users.json", swap)
    seeded(database_url, directory=folder)
    assert rows(database_url, "SELECT username FROM store.users WHERE id = 1") == [("mor_2314",)]


def test_a_product_that_stands_twice_in_a_cart_is_one_line(database_url: str, folder: Path) -> None:
    change(folder, "carts.json", lambda carts: carts[0]["products"].append({"productId": 2, "quantity": 3}))
    seeded(database_url, directory=folder)
    assert rows(database_url, "SELECT quantity FROM store.cart_items WHERE cart_id = 1 AND product_id = 2") == [(4,)]


def test_categories_come_in_the_order_of_products_without_a_file_of_their_own(database_url: str, folder: Path) -> None:
    (folder / "categories.json").unlink()
    seeded(database_url, directory=folder)
    assert rows(database_url, "SELECT name FROM store.categories WHERE id = 1") == [("men's clothing",)]


def put(index: int, field: str, value: Any) -> Callable[[list[Any]], None]:
    def edit(records: list[Any]) -> None:
        records[index][field] = value

    return edit


LINE_OF_NO_PRODUCT = [{"productId": 99, "quantity": 1}]
FAULTS = {
    r"products\.json, product no\. 3 \(id 3\): price: Input should be greater than 0": (
        "products.json", put(2, "price", 0),
    ),
    r"products\.json, product no\. 1 \(id x\): id: ": ("products.json", put(0, "id", "x")),
    r"products\.json: there are two products with id 2": ("products.json", put(0, "id", 2)),
    r"products\.json, product no\. 1 \(id 1\): rating\.rate: ": (
        "products.json", put(0, "rating", {"rate": 6, "count": 1}),
    ),
    r"products\.json, product no\. 1 \(without id\)": ("products.json", lambda records: records.insert(0, 7)),
    r"products\.json holds NUL characters": ("products.json", put(0, "title", "a\x00b")),
    r"users\.json, user no\. 2 \(id 2\): email: ": ("users.json", put(1, "email", "nobody")),
    r"users\.json: there are two users with the username johnd": ("users.json", put(1, "username", "JohnD")),
    r"carts\.json, cart 7: there is no product 99": ("carts.json", put(6, "products", LINE_OF_NO_PRODUCT)),
    r"carts\.json, cart 1: there is no user 99": ("carts.json", put(0, "userId", 99)),
    r"carts\.json, cart no\. 1 \(id 1\): products\.0\.quantity: ": (
        "carts.json", put(0, "products", [{"productId": 1, "quantity": 0}]),
    ),
    r"carts\.json, cart no\. 2 \(id 2\): date: ": ("carts.json", put(1, "date", "yesterday")),
    r"categories\.json, category no\. 2: ": ("categories.json", lambda names: names.insert(1, "")),
}  # fmt: skip


@pytest.mark.parametrize("sentence", FAULTS)
def test_bad_data_is_named_and_nothing_is_written(database_url: str, folder: Path, sentence: str) -> None:
    change(folder, *FAULTS[sentence])
    with pytest.raises(InvalidInput, match=f"^{sentence}"):
        seeded(database_url, directory=folder, flush=True)
    assert not any(counts(database_url).values())


@pytest.mark.parametrize(
    ("text", "sentence"), [("{}", r"carts\.json must hold one array"), ("[1,", r"carts\.json is not JSON")]
)
def test_a_file_that_is_none(database_url: str, folder: Path, text: str, sentence: str) -> None:
    (folder / "carts.json").write_text(text)
    with pytest.raises(InvalidInput, match=sentence):
        seeded(database_url, directory=folder)


def test_a_missing_file(database_url: str, folder: Path) -> None:
    (folder / "users.json").unlink()
    with pytest.raises(InvalidInput, match=r"users\.json is missing"):
        seeded(database_url, directory=folder)


def test_a_name_that_another_user_has_is_refused(database_url: str, folder: Path) -> None:
    rows(database_url, "INSERT INTO store.users (id, username, email) VALUES (500, 'MOR_2314', 'm@example.com')")
    with pytest.raises(InvalidInput, match=r"users\.json: the username MOR_2314 belongs to a user with another id"):
        seeded(database_url, directory=folder)
    assert counts(database_url)["products"] == 0
    assert rows(database_url, "SELECT count(*) FROM portico.seeded") == [(0,)]
