"""Carts as they are shown: each with its lines and total, one statement an answer."""

from portico.apps.store.pictures.reads import ADDRESS
from portico.kernel.database import Connection, Row, fetch_all, fetch_one

CART = f"""
    SELECT c.id, c.user_id AS "userId", c.date, c.version,
        coalesce(lines.items, '[]'::json) AS items, coalesce(lines.total, 0)::float8 AS total
    FROM store.carts c LEFT JOIN LATERAL (
        SELECT sum(i.quantity * p.price) AS total,
            json_agg(json_build_object(
                'productId', i.product_id, 'quantity', i.quantity,
                'product', json_build_object('id', p.id, 'title', p.title, 'price', p.price,
                    'image', {ADDRESS.format(column="p.image")})
            ) ORDER BY i.line) AS items
        FROM store.cart_items i JOIN store.products p ON p.id = i.product_id WHERE i.cart_id = c.id
    ) lines ON true"""

ONE = f"{CART} WHERE c.id = %(id)s AND (%(people)s::bigint IS NULL OR c.user_id = %(people)s)"
ALL = f"{CART} WHERE c.id > %(after)s ORDER BY c.id LIMIT %(limit)s"
OF_USER = f"{CART} WHERE c.id > %(after)s AND c.user_id = %(user_id)s ORDER BY c.id LIMIT %(limit)s"


async def cart(connection: Connection, cart_id: int, *, base: str, people: int | None) -> Row | None:
    """One cart, with its `version`. `people` names the one user whose carts may be seen; None is everyone.

    `base` goes before the paths of pictures.
    """
    return await fetch_one(connection, ONE, {"id": cart_id, "base": base, "people": people})


async def carts(connection: Connection, *, base: str, user_id: int | None, limit: int, after: int) -> list[Row]:
    """Carts in id order, of one user or of all."""
    params = {"base": base, "user_id": user_id, "limit": limit, "after": after}
    return await fetch_all(connection, ALL if user_id is None else OF_USER, params)
