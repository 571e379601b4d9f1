"""The rules of carts."""

from collections.abc import Sequence
from datetime import date as Date  # noqa: N812 - `date` is the name of an argument here

from portico.apps.store.carts.models import Cart
from portico.apps.store.carts.repository import CartRepository
from portico.apps.store.permissions import Access, Action, CallerGone
from portico.apps.store.products.service import ProductService
from portico.apps.store.users.service import UserService
from portico.kernel.errors import Forbidden, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

Lines = Sequence[tuple[int, int]]
"""Pairs of product id and quantity."""

LARGEST_QUANTITY = 1_000_000


class CartNotFound(NotFound):
    message = "Cart not found"

    def __init__(self, cart_id: int) -> None:
        super().__init__(details={"id": str(cart_id)})


class UnknownProducts(InvalidInput):
    message = "Some product IDs do not exist"

    def __init__(self, missing: list[int]) -> None:
        super().__init__(details={"missing": missing})


class UnknownUser(InvalidInput):
    message = "User does not exist"

    def __init__(self, user_id: int) -> None:
        super().__init__(details={"userId": user_id})


class InvalidQuantity(InvalidInput):
    message = "Invalid quantity"

    def __init__(self, product_id: int, quantity: int) -> None:
        super().__init__(details={"productId": product_id, "quantity": quantity})


class CartService:
    def __init__(self, transaction: Transaction, access: Access) -> None:
        self._carts = CartRepository(transaction)
        self._products = ProductService(transaction, access)
        self._users = UserService(transaction, access)
        self._access = access

    async def create(self, *, date: Date, lines: Lines) -> int:
        """Open a cart for the caller and answer its id. Raises `UnknownProducts`, `InvalidQuantity`."""
        cart = Cart(user_id=self._access.user_id, date=date)
        await self._fill(cart, lines)
        cart_id = await self._carts.add(cart)
        if cart_id is None:
            raise CallerGone
        return cart_id

    async def replace(self, cart_id: int, match: IfMatch, *, date: Date | None, lines: Lines) -> None:
        """Replace date and lines; without a date the old one stays. Raises what `change` raises."""
        cart = await self._editable(cart_id, match)
        cart.lines.clear()
        await self._fill(cart, lines)
        cart.date = date or cart.date
        await self._carts.save(cart)

    async def change(
        self, cart_id: int, match: IfMatch, *, add: Lines, update: Lines, remove: Sequence[int],
        date: Date | None, user_id: int | None,
    ) -> None:  # fmt: skip
        """Add, then update, then remove lines, then set date and owner.

        Raises `CartNotFound`, `PreconditionFailed`, `UnknownProducts`, `InvalidQuantity`, `UnknownUser`, `Forbidden`.
        """
        cart = await self._editable(cart_id, match)
        await self._require_products([*add, *update])
        for product_id, quantity in add:
            cart.add(product_id, _valid(product_id, quantity))
        for product_id, quantity in update:
            cart.put(product_id, _valid(product_id, quantity))
        for product_id in remove:
            cart.remove(product_id)
        _check_lines(cart)
        cart.date = date or cart.date
        if user_id is not None:
            await self._give_to(cart, user_id)
        await self._carts.save(cart)

    async def delete(self, cart_id: int, match: IfMatch) -> None:
        """Raises `CartNotFound`, `PreconditionFailed`."""
        await self._carts.delete(await self._editable(cart_id, match))

    async def _editable(self, cart_id: int, match: IfMatch) -> Cart:
        """A cart that the caller may write, locked. Somebody else's is as good as none."""
        cart = await self._carts.lock(cart_id)
        if cart is None or not (self._access.owns(cart.user_id) or self._access.may(Action.WRITE_CARTS)):
            raise CartNotFound(cart_id)
        match.check(cart.version)
        return cart

    async def _fill(self, cart: Cart, lines: Lines) -> None:
        await self._require_products(lines)
        for product_id, quantity in lines:
            cart.add(product_id, _valid(product_id, quantity))
        _check_lines(cart)

    async def _require_products(self, lines: Lines) -> None:
        missing = await self._products.missing(product_id for product_id, _ in lines)
        if missing:
            raise UnknownProducts(missing)

    async def _give_to(self, cart: Cart, user_id: int) -> None:
        if user_id == cart.user_id:
            return
        if not self._access.may(Action.REASSIGN_CARTS):
            raise Forbidden
        if not await self._users.keep(user_id):
            raise UnknownUser(user_id)
        cart.user_id = user_id


def _valid(product_id: int, quantity: int) -> int:
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise InvalidQuantity(product_id, quantity)
    return quantity


def _check_lines(cart: Cart) -> None:
    for product_id, quantity in cart.lines.items():
        _valid(product_id, quantity)
