"""A product's rating as it is shown."""

from portico.kernel.database import Connection, Row, fetch_one

RATING = """
    SELECT p.id AS "productId",
        json_build_object('rate', p.mean_rating, 'count', p.rating_count) AS rating,
        (
            SELECT value::float8 FROM store.ratings r WHERE r.product_id = p.id AND r.user_id = %(user_id)s
        ) AS "userRating"
    FROM store.products p WHERE p.id = %(product_id)s"""


async def rating(connection: Connection, product_id: int, user_id: int | None) -> Row | None:
    return await fetch_one(connection, RATING, {"product_id": product_id, "user_id": user_id})
