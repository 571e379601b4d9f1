"""The write side of carts."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portico.apps.store.carts.models import Cart
from portico.kernel.database import Session


class CartRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, cart_id: int) -> Cart | None:
        """The cart with its lines, locked against other writers until the end of the transaction.

        The lock comes first and the lines are read after it, so that they are those of the last writer.
        """
        query = select(Cart).where(Cart.id == cart_id).with_for_update(key_share=True)
        found: Cart | None = await self._session.scalar(query.options(selectinload(Cart.items)))
        return found

    async def add(self, cart: Cart) -> None:
        self._session.add(cart)
        await self._session.flush()

    async def delete(self, cart: Cart) -> None:
        await self._session.delete(cart)
