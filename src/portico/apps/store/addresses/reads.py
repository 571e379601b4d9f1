"""Addresses as they are shown."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

ADDRESS = """
    SELECT id, street, number, city, zipcode, json_build_object('lat', lat, 'long', long) AS geolocation
    FROM store.addresses WHERE user_id = %(user_id)s"""


async def addresses(connection: Connection, user_id: int) -> list[Row]:
    return await fetch_all(connection, f"{ADDRESS} ORDER BY id", {"user_id": user_id})


async def address(connection: Connection, user_id: int, address_id: int) -> Row | None:
    return await fetch_one(connection, f"{ADDRESS} AND id = %(id)s", {"user_id": user_id, "id": address_id})
