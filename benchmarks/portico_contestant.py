"""Portico as a contestant: its migrations, the benchmark's rows in its tables, and its own command.

All that depends on Portico's tables and settings stands here. The rows go in by COPY, past the application.
"""

import os
import secrets
import subprocess
from collections.abc import Iterable
from pathlib import Path

import psycopg

from benchmarks.dataset import CART_DATE, CATEGORIES, accounts, cart_lines, products
from benchmarks.peers.seed import analyze, copy_rows, plain_hash
from benchmarks.servers import BIN, HOST, ROOT, CannotStart, Contestant

PROGRAM = BIN / "portico"
SECRET_KEY = secrets.token_urlsafe(48)

# Tables and columns of the app store, in the order of `rows_of`. Those of users and carts are a guess until
# their models stand; the tally of products is kept by triggers, which COPY fires too.
CATEGORY = "store.categories (id, name)"
PRODUCT = "store.products (id, title, price, description, image, rating_sum, rating_count)"
PRODUCT_CATEGORY = "store.product_categories (product_id, category_id, position)"
USER = "store.users (id, username, email, pwd_hash, first_name, last_name)"
CART = "store.carts (id, user_id, date)"
CART_LINE = "store.cart_items (cart_id, product_id, quantity)"
# Ids came from outside, so the sequences must be told.
IDENTITIES = ("store.categories", "store.products", "store.users", "store.carts")


def prepare(url: str, folder: Path) -> None:
    """Migrates and fills the database. Raises `CannotStart` where Portico is not complete enough for it."""
    if not PROGRAM.exists() or not (ROOT / "alembic.ini").exists():
        raise CannotStart("there is no portico program or no migration yet")
    migrate(url, folder)
    try:
        with psycopg.connect(url) as connection:
            for target, rows in rows_of(plain_hash()):
                copy_rows(connection, target, rows)
            for table in IDENTITIES:
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                )
    except psycopg.Error as error:
        raise CannotStart(f"the seed does not fit its tables: {str(error).splitlines()[0]}") from error
    analyze(url)


def migrate(url: str, folder: Path) -> None:
    result = subprocess.run(
        [BIN / "alembic", "upgrade", "head"],
        cwd=ROOT, env={**os.environ, **environment(url, folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise CannotStart(f"alembic upgrade head failed: {lines[-1] if lines else 'without a word'}")


def rows_of(password: str) -> list[tuple[str, Iterable[tuple[object, ...]]]]:
    """Each table with its rows, parents first."""
    return [
        (CATEGORY, enumerate(CATEGORIES, start=1)),
        (
            PRODUCT,
            ((p.id, p.title, p.price, p.description, p.image, p.rate * p.count, p.count) for p in products()),
        ),
        (
            PRODUCT_CATEGORY,
            (
                (product.id, category, position)
                for product in products()
                for position, category in enumerate(product.category_ids)
            ),
        ),
        (USER, ((a.id, a.username, a.email, password, "Client", str(a.id)) for a in accounts())),
        (CART, ((a.id, a.id, CART_DATE) for a in accounts())),
        (CART_LINE, ((a.id, *line) for a in accounts() for line in cart_lines(a.id))),
    ]


def environment(url: str, folder: Path) -> dict[str, str]:
    """Production settings. What keeps rate limits from answering the load belongs here too."""
    return {
        "ENVIRONMENT": "production",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": url,
        "PORTICO_DATA_DIR": str(folder / "portico"),
        "PORTICO_APPS": "store",
        "ALLOWED_HOSTS": "*",
    }


def command(port: int) -> list[str]:
    return [
        str(PROGRAM), "serve", "store", "--host", HOST, "--port", str(port), "--workers", "2", "--no-worker",
    ]  # fmt: skip


PORTICO = Contestant("portico", "Portico", prepare, command, environment)
