"""Creates and fills a peer's database."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import bcrypt
import psycopg

from benchmarks.dataset import CART_DATE, CATEGORIES, PASSWORD, accounts, cart_lines, products

SCHEMA = Path(__file__).with_name("schema.sql")
BCRYPT_COST = 12


def seed_peer(url: str, *, password_hash: Callable[[], str]) -> None:
    """The schema and all rows in one transaction, then statistics for the planner."""
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA.read_text())
        fill(connection, password_hash())
    analyze(url)


def fill(connection: psycopg.Connection, password: str) -> None:
    copy_rows(connection, "shop_category (id, name)", enumerate(CATEGORIES, start=1))
    copy_rows(
        connection,
        "shop_product (id, title, price, description, image, rating_rate, rating_count)",
        ((p.id, p.title, p.price, p.description, p.image, p.rate, p.count) for p in products()),
    )
    copy_rows(
        connection,
        "shop_product_categories (product_id, category_id)",
        ((product.id, category) for product in products() for category in product.category_ids),
    )
    copy_rows(
        connection,
        "shop_user (id, username, email, password)",
        ((account.id, account.username, account.email, password) for account in accounts()),
    )
    copy_rows(connection, "shop_cart (id, user_id, date)", ((a.id, a.id, CART_DATE) for a in accounts()))
    copy_rows(
        connection,
        "shop_cartitem (cart_id, product_id, quantity)",
        ((account.id, *line) for account in accounts() for line in cart_lines(account.id)),
    )


def copy_rows(connection: psycopg.Connection, target: str, rows: Iterable[tuple[object, ...]]) -> None:
    """COPY into `target`, which is a table and its columns."""
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def analyze(url: str) -> None:
    """VACUUM too: it sets the visibility map, which index-only scans (every count) depend on."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def plain_hash() -> str:
    """`$2b$12$...`, as FastAPI programs and the limit keep it."""
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(BCRYPT_COST)).decode()


def django_hash() -> str:
    """The form of Django's BCryptSHA256PasswordHasher."""
    digest = sha256(PASSWORD.encode()).hexdigest().encode()
    return "bcrypt_sha256$" + bcrypt.hashpw(digest, bcrypt.gensalt(BCRYPT_COST)).decode()
