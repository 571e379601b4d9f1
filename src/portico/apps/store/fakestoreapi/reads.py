"""Products, carts and users in the shapes of fakestoreapi.com, one statement an answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

from portico.apps.store.pictures.reads import ADDRESS
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

Sort = Literal["asc", "desc"]


@dataclass(frozen=True)
class Window:
    """A part of a list: at most `limit` rows beyond the id `after`, in the direction of `sort`."""

    sort: Sort
    limit: int
    after: int

    def params(self, **more: Any) -> dict[str, Any]:
        return {"limit": self.limit, "after": self.after, **more}


def _windowed(select: LiteralString, condition: LiteralString = "true") -> dict[Sort, LiteralString]:
    """The statement of a list in each direction. The table goes by the name `t`."""
    return {
        "asc": f"{select} WHERE t.id > %(after)s AND {condition} ORDER BY t.id LIMIT %(limit)s",
        "desc": f"{select} WHERE t.id < %(after)s AND {condition} ORDER BY t.id DESC LIMIT %(limit)s",
    }


PRODUCT: LiteralString = f"""
    SELECT t.id, t.title, t.price::float8 AS price, t.description,
        coalesce((
            SELECT c.name FROM store.product_categories pc JOIN store.categories c ON c.id = pc.category_id
            WHERE pc.product_id = t.id ORDER BY pc.position LIMIT 1
        ), '') AS category,
        {ADDRESS.format(column="t.image")} AS image,
        json_build_object('rate', t.mean_rating, 'count', t.rating_count) AS rating
    FROM store.products t"""
IN_CATEGORY: LiteralString = """EXISTS (
        SELECT FROM store.product_categories m JOIN store.categories c ON c.id = m.category_id
        WHERE m.product_id = t.id AND c.name = %(category)s
    )"""
ONE_PRODUCT = f"{PRODUCT} WHERE t.id = %(id)s"
PRODUCTS = _windowed(PRODUCT)
PRODUCTS_IN_CATEGORY = _windowed(PRODUCT, IN_CATEGORY)
CATEGORIES_IN_USE = """
    SELECT c.name FROM store.categories c
    WHERE EXISTS (SELECT FROM store.product_categories pc WHERE pc.category_id = c.id)
    ORDER BY c.name LIMIT %(limit)s"""

CART: LiteralString = """
    SELECT t.id, t.user_id AS "userId", to_char(t.date, 'YYYY-MM-DD"T00:00:00.000Z"') AS date,
        coalesce((
            SELECT json_agg(json_build_object('productId', i.product_id, 'quantity', i.quantity) ORDER BY i.line)
            FROM store.cart_items i WHERE i.cart_id = t.id
        ), '[]'::json) AS products,
        0 AS __v
    FROM store.carts t"""
SEEN_CART: LiteralString = "(%(people)s::bigint IS NULL OR t.user_id = %(people)s)"
IN_TIME: LiteralString = (
    "(%(start)s::timestamp IS NULL OR t.date >= %(start)s::timestamp)"
    " AND (%(end)s::timestamp IS NULL OR t.date < %(end)s::timestamp)"
)
ONE_CART = f"{CART} WHERE t.id = %(id)s AND {SEEN_CART}"
CARTS = _windowed(CART, f"{IN_TIME} AND {SEEN_CART}")

USER: LiteralString = """
    SELECT t.id, t.email, t.username, t.phone,
        json_build_object('firstname', t.first_name, 'lastname', t.last_name) AS name,
        coalesce((
            SELECT json_build_object(
                'geolocation', json_build_object('lat', a.lat, 'long', a.long),
                'city', a.city, 'street', a.street, 'number', a.number, 'zipcode', a.zipcode
            )
            FROM store.addresses a WHERE a.user_id = t.id ORDER BY a.id LIMIT 1
        ), '{"geolocation": {"lat": "", "long": ""}, "city": "", "street": "", "number": 0, "zipcode": ""}'::json
        ) AS address,
        0 AS __v
    FROM store.users t"""
SEEN_USER: LiteralString = "(%(people)s::bigint IS NULL OR t.id = %(people)s)"
ONE_USER = f"{USER} WHERE t.id = %(id)s AND {SEEN_USER}"
USERS = _windowed(USER, SEEN_USER)

# The id that the next row will get. Only looking, it leaves the sequence as it is.
NEXT_ID: dict[str, LiteralString] = {
    "products": "SELECT last_value + is_called::int AS id FROM store.products_id_seq",
    "carts": "SELECT last_value + is_called::int AS id FROM store.carts_id_seq",
    "users": "SELECT last_value + is_called::int AS id FROM store.users_id_seq",
}


async def product(connection: Connection, product_id: int, *, base: str) -> Row | None:
    return await fetch_one(connection, ONE_PRODUCT, {"id": product_id, "base": base})


async def products(connection: Connection, window: Window, *, base: str, category: str | None = None) -> list[Row]:
    """Products, of one category or of all. `base` goes before the path of a picture of ours."""
    statements = PRODUCTS if category is None else PRODUCTS_IN_CATEGORY
    return await fetch_all(connection, statements[window.sort], window.params(base=base, category=category))


async def categories(connection: Connection, *, limit: int) -> list[str]:
    """The names of the categories that have products, in alphabetical order."""
    return [row["name"] for row in await fetch_all(connection, CATEGORIES_IN_USE, {"limit": limit})]


async def cart(connection: Connection, cart_id: int, *, people: int | None) -> Row | None:
    """One cart. `people` names the one user whose carts may be seen; None is everyone."""
    return await fetch_one(connection, ONE_CART, {"id": cart_id, "people": people})


async def carts(
    connection: Connection, window: Window, *, people: int | None, start: datetime | None, end: datetime | None
) -> list[Row]:
    """Carts from `start` on and before `end`, both in UTC without a zone, of one user or of everyone."""
    params = window.params(people=people, start=start, end=end)
    return await fetch_all(connection, CARTS[window.sort], params)


async def user(connection: Connection, user_id: int, *, people: int | None) -> Row | None:
    """One user, with the first address and without the password."""
    return await fetch_one(connection, ONE_USER, {"id": user_id, "people": people})


async def users(connection: Connection, window: Window, *, people: int | None) -> list[Row]:
    return await fetch_all(connection, USERS[window.sort], window.params(people=people))


async def next_id(connection: Connection, of: Literal["products", "carts", "users"]) -> int:
    row = await fetch_one(connection, NEXT_ID[of])
    return row["id"] if row else 1
