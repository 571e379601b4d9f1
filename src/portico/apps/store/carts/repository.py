"""The write side of carts: a lock, a look and one statement that writes what has changed."""

from portico.apps.store.carts.models import Cart
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

LOCK = "SELECT user_id, date, version FROM store.carts WHERE id = %(id)s FOR NO KEY UPDATE"

LINES = """
    SELECT array_agg(product_id ORDER BY line) AS products, array_agg(quantity ORDER BY line) AS quantities
    FROM store.cart_items WHERE cart_id = %(id)s"""

CREATE = """
    INSERT INTO store.carts (user_id, date)
    SELECT id, %(date)s FROM store.users WHERE id = %(user_id)s FOR KEY SHARE RETURNING id"""

# Lines that stay as they are stay untouched: one of them may be going with its product at this moment.
SAVE = """
    WITH gone AS (
        DELETE FROM store.cart_items WHERE cart_id = %(id)s AND product_id = ANY (%(gone)s::bigint[])
    ), written AS (
        INSERT INTO store.cart_items (cart_id, product_id, quantity)
        SELECT %(id)s, product_id, quantity
        FROM unnest(%(products)s::bigint[], %(quantities)s::int[]) WITH ORDINALITY
            AS changed (product_id, quantity, position)
        ORDER BY position
        ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity
    )
    UPDATE store.carts SET user_id = %(user_id)s, date = %(date)s, version = %(version)s WHERE id = %(id)s"""


class CartRepository:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, cart_id: int) -> Cart | None:
        """The cart with its lines, locked against other writers until the end of the transaction.

        The lock comes first and the lines are read by a second statement, so that they are those of the last writer.
        """
        connection = await self._transaction.connection()
        row = await fetch_one(connection, LOCK, {"id": cart_id})
        if row is None:
            return None
        lines = await fetch_one(connection, LINES, {"id": cart_id}) or {}
        quantities = dict(zip(lines["products"] or (), lines["quantities"] or (), strict=True))
        return Cart(id=cart_id, lines=quantities, stored=dict(quantities), **row)

    async def add(self, cart: Cart) -> int | None:
        """Write a new cart and answer its id; None where its user is gone."""
        connection = await self._transaction.connection()
        row = await fetch_one(connection, CREATE, {"user_id": cart.user_id, "date": cart.date})
        if row is None:
            return None
        cart.id = row["id"]
        if cart.lines:
            await self._write(cart)
        return cart.id

    async def save(self, cart: Cart) -> None:
        """Write a changed cart, as its next version."""
        cart.version += 1
        await self._write(cart)

    async def delete(self, cart: Cart) -> None:
        connection = await self._transaction.connection()
        await connection.execute("DELETE FROM store.carts WHERE id = %(id)s", {"id": cart.id})

    async def _write(self, cart: Cart) -> None:
        connection = await self._transaction.connection()
        changed = {
            product: quantity for product, quantity in cart.lines.items() if cart.stored.get(product) != quantity
        }
        params = {
            "id": cart.id, "user_id": cart.user_id, "date": cart.date, "version": cart.version,
            "products": list(changed), "quantities": list(changed.values()),
            "gone": list(cart.stored.keys() - cart.lines.keys()),
        }  # fmt: skip
        await connection.execute(SAVE, params, prepare=True)
