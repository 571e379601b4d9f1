"""Users as they are shown, each with the addresses: one statement an answer."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

USER = """
    SELECT u.id, u.email, u.username, u.phone, u.version,
        json_build_object('firstname', u.first_name, 'lastname', u.last_name) AS name,
        coalesce((
            SELECT json_agg(json_build_object(
                'id', a.id, 'street', a.street, 'number', a.number, 'city', a.city, 'zipcode', a.zipcode,
                'geolocation', json_build_object('lat', a.lat, 'long', a.long)
            ) ORDER BY a.id)
            FROM store.addresses a WHERE a.user_id = u.id
        ), '[]'::json) AS addresses
    FROM store.users u"""

ONE = f"{USER} WHERE u.id = %(id)s"
ALL = (
    f"{USER} WHERE u.id > %(after)s AND (%(people)s::bigint IS NULL OR u.id = %(people)s) ORDER BY u.id LIMIT %(limit)s"
)
ME = """
    SELECT id, username, email, first_name AS firstname, last_name AS lastname, is_staff, is_superuser
    FROM store.users WHERE id = %(id)s"""


async def user(connection: Connection, user_id: int) -> Row | None:
    """One user, with its `version`."""
    return await fetch_one(connection, ONE, {"id": user_id})


async def users(connection: Connection, *, people: int | None, limit: int, after: int) -> list[Row]:
    """Users in id order. `people` names the one user who may be seen; None is everyone."""
    return await fetch_all(connection, ALL, {"people": people, "limit": limit, "after": after})


async def account(connection: Connection, user_id: int) -> Row | None:
    """A user's own view of the account."""
    return await fetch_one(connection, ME, {"id": user_id})
