"""The write side of seeding: whole tables at a time, one statement each, every row by its own id.

It knows the tables and not the models, since those belong to products, users and carts, which write one aggregate for
one caller.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import sql
from psycopg.errors import DeadlockDetected
from psycopg.types.json import Json

from portico.kernel import seeding
from portico.kernel.database import Connection, Row, fetch_one
from portico.kernel.transaction import Transaction

Rows = Sequence[dict[str, Any]]

# In the order in which most writers take their tables. The others, and this one, may meet in a deadlock.
KEEP_WRITERS_OUT = """
    LOCK TABLE store.ratings, store.products, store.categories, store.product_categories, store.carts, store.cart_items,
        store.users, store.addresses, store.sessions IN SHARE ROW EXCLUSIVE MODE"""
ATTEMPTS = 5

# Who refers comes before who is referred to. The answers kept for repeated requests tell of rows that are gone.
DELETE_ALL: tuple[LiteralString, ...] = (
    "DELETE FROM store.cart_items",
    "DELETE FROM store.carts",
    "DELETE FROM store.ratings",
    "DELETE FROM store.addresses",
    "DELETE FROM store.sessions",
    "DELETE FROM store.product_categories",
    "DELETE FROM store.products",
    "DELETE FROM store.categories",
    "DELETE FROM store.users",
    "DELETE FROM portico.idempotency_keys WHERE app = 'store'",
)

ADD_CATEGORIES = """
    INSERT INTO store.categories (id, name)
    SELECT CASE WHEN %(from_one)s THEN position ELSE nextval(pg_get_serial_sequence('store.categories', 'id')) END, name
    FROM unnest(%(names)s::text[]) WITH ORDINALITY AS given (name, position)
    WHERE NOT EXISTS (SELECT FROM store.categories c WHERE c.name = given.name) ORDER BY position"""

PUT_PRODUCTS = """
    INSERT INTO store.products AS p (id, title, price, description, image, rating_sum, rating_count)
    SELECT id, title, price, description, image, rating_sum, rating_count
    FROM json_to_recordset(%(rows)s) AS given (
        id bigint, title text, price numeric, description text, image text, rating_sum numeric, rating_count integer
    ) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        title = excluded.title, price = excluded.price, description = excluded.description, image = excluded.image,
        rating_sum = excluded.rating_sum, rating_count = excluded.rating_count, version = p.version + 1"""
# The products are locked by now, as a rating's product is before it is counted: this statement misses none.
COUNT_OWN_RATINGS = """
    UPDATE store.products p SET rating_sum = p.rating_sum + own.total, rating_count = p.rating_count + own.number
    FROM (
        SELECT product_id, sum(value) AS total, count(*) AS number FROM store.ratings
        WHERE product_id = ANY (%(ids)s) GROUP BY product_id
    ) AS own WHERE p.id = own.product_id"""
LEAVE_CATEGORIES = "DELETE FROM store.product_categories WHERE product_id = ANY (%(ids)s)"
JOIN_CATEGORIES = """
    INSERT INTO store.product_categories (product_id, category_id, position)
    SELECT given.id, c.id, 0 FROM json_to_recordset(%(rows)s) AS given (id bigint, category text)
    JOIN store.categories c ON c.name = given.category"""

TAKEN = """
    SELECT 'username' AS field, username AS value FROM store.users
    WHERE lower(username) IN (SELECT lower(name) FROM unnest(%(usernames)s::text[]) AS name) AND id <> ALL (%(ids)s)
    UNION ALL
    SELECT 'email', email FROM store.users
    WHERE lower(email) IN (SELECT lower(name) FROM unnest(%(emails)s::text[]) AS name) AND id <> ALL (%(ids)s)
    LIMIT 1"""
STAFF = "SELECT id, username FROM store.users WHERE is_staff AND id = ANY (%(ids)s) ORDER BY id LIMIT 1"
END_SESSIONS = "UPDATE store.sessions SET ended_at = now() WHERE user_id = ANY (%(ids)s) AND ended_at IS NULL"
# Two users may have to swap names. A blank stands in no name, so nothing is in the way meanwhile.
MAKE_WAY = "UPDATE store.users SET username = ' ' || id, email = ' ' || id WHERE id = ANY (%(ids)s)"
PUT_USERS = """
    INSERT INTO store.users AS u (id, username, email, pwd_hash, first_name, last_name, phone, is_staff, is_superuser)
    SELECT id, username, email, pwd_hash, first_name, last_name, phone, is_staff, is_staff
    FROM json_to_recordset(%(rows)s) AS given (
        id bigint, username text, email text, pwd_hash text, first_name text, last_name text, phone text,
        is_staff boolean
    ) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        username = excluded.username, email = excluded.email, pwd_hash = excluded.pwd_hash,
        first_name = excluded.first_name, last_name = excluded.last_name, phone = excluded.phone,
        is_staff = u.is_staff OR excluded.is_staff, is_superuser = u.is_superuser OR excluded.is_superuser,
        version = u.version + 1"""
DELETE_ADDRESSES = "DELETE FROM store.addresses WHERE user_id = ANY (%(ids)s)"
ADD_ADDRESSES = """
    INSERT INTO store.addresses (id, user_id, street, number, city, zipcode, lat, long)
    SELECT CASE WHEN %(from_one)s THEN position ELSE nextval(pg_get_serial_sequence('store.addresses', 'id')) END,
        user_id, street, number, city, zipcode, lat, long
    FROM ROWS FROM (json_to_recordset(%(rows)s) AS (
        user_id bigint, street text, number integer, city text, zipcode text, lat text, long text
    )) WITH ORDINALITY AS given (user_id, street, number, city, zipcode, lat, long, position) ORDER BY position"""

PUT_CARTS = """
    INSERT INTO store.carts AS c (id, user_id, date)
    SELECT id, user_id, date
    FROM json_to_recordset(%(rows)s) AS given (id bigint, user_id bigint, date date) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, date = excluded.date, version = c.version + 1"""
EMPTY_CARTS = "DELETE FROM store.cart_items WHERE cart_id = ANY (%(ids)s)"
ADD_LINES = """
    INSERT INTO store.cart_items (cart_id, product_id, quantity)
    SELECT cart_id, product_id, quantity
    FROM json_to_recordset(%(rows)s) AS given (cart_id bigint, product_id bigint, quantity integer)"""

NUMBERED = ("products", "categories", "users", "carts", "addresses")
NUMBER_ON = """
    SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), coalesce(biggest, 1), biggest IS NOT NULL)
    FROM {sequence}, (SELECT max(id) AS biggest FROM {table}) AS ids
    WHERE %(restart)s OR last_value < biggest OR NOT is_called"""

COUNTS = """
    SELECT (SELECT count(*) FROM store.products) AS products, (SELECT count(*) FROM store.categories) AS categories,
        (SELECT count(*) FROM store.users) AS users, (SELECT count(*) FROM store.carts) AS carts"""


class SeedingRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    async def of(cls, transaction: Transaction) -> "SeedingRepository":
        return cls(await transaction.connection())

    async def wait_for_others(self) -> None:
        await seeding.wait_for_others(self._connection, "store")

    async def delete_all(self) -> None:
        """Delete every row of the store. TRUNCATE would lock all readers out.

        Writers wait until the seed is committed: a row that came meanwhile would stay, under an id that the
        restarted sequence gives again one day.
        """
        await self._keep_writers_out()
        for statement in DELETE_ALL:
            await self._connection.execute(statement)

    async def put_products(self, rows: Rows, *, categories: Sequence[str], from_one: bool) -> None:
        """Insert or overwrite products, each in one category. Categories that are missing are made, in their order.

        `rating_sum` and `rating_count` of a row are what the data set brings; users' own ratings are added to them.
        `from_one` numbers the categories from 1: it is for tables that have just been emptied.
        """
        await self._connection.execute(ADD_CATEGORIES, {"names": list(categories), "from_one": from_one})
        await self._write(rows, PUT_PRODUCTS, COUNT_OWN_RATINGS, LEAVE_CATEGORIES, JOIN_CATEGORIES)

    async def taken(self, rows: Rows) -> tuple[str, str] | None:
        """A username or e-mail address of the rows that a user outside them has: the field and the value."""
        params = {"usernames": [row["username"] for row in rows], "emails": [row["email"] for row in rows]}
        found = await fetch_one(self._connection, TAKEN, {**params, "ids": _ids(rows)})
        return (found["field"], found["value"]) if found else None

    async def staff_among(self, rows: Rows) -> Row | None:
        """`id` and `username` of the first member of staff that the rows would overwrite."""
        return await fetch_one(self._connection, STAFF, {"ids": _ids(rows)})

    async def put_users(self, rows: Rows, addresses: Rows, *, from_one: bool) -> None:
        """Insert or overwrite users, and make these all their addresses.

        Whoever is overwritten has a new password, so the sessions end.
        """
        await self._write(rows, END_SESSIONS, MAKE_WAY, PUT_USERS, DELETE_ADDRESSES)
        await self._connection.execute(ADD_ADDRESSES, {"rows": Json(addresses), "from_one": from_one})

    async def put_carts(self, rows: Rows, lines: Rows) -> None:
        """Insert or overwrite carts, and make these lines all that they hold."""
        await self._write(rows, PUT_CARTS, EMPTY_CARTS)
        await self._connection.execute(ADD_LINES, {"rows": Json(lines)})

    async def number_on(self, *, restart: bool) -> None:
        """Let the next id of every table follow its last one. `restart` also goes back where rows are gone.

        Sequences do not roll back: nothing that may fail comes after a restart.
        """
        for name in NUMBERED:
            table, sequence = sql.Identifier("store", name), sql.Identifier("store", f"{name}_id_seq")
            statement = sql.SQL(NUMBER_ON).format(table=table, sequence=sequence)
            await self._connection.execute(statement, {"table": f"store.{name}", "restart": restart})

    async def mark(self) -> None:
        await seeding.mark(self._connection, "store")

    async def counts(self) -> dict[str, int]:
        return await fetch_one(self._connection, COUNTS) or {}

    async def _keep_writers_out(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._connection.transaction():  # a savepoint: who loses a deadlock lets the other pass
                    await self._connection.execute(KEEP_WRITERS_OUT)
                return
            except DeadlockDetected:
                if attempt == ATTEMPTS:
                    raise

    async def _write(self, rows: Rows, *statements: LiteralString) -> None:
        for statement in statements:
            await self._connection.execute(statement, {"rows": Json(rows), "ids": _ids(rows)})


def _ids(rows: Rows) -> list[int]:
    return [row["id"] for row in rows]
