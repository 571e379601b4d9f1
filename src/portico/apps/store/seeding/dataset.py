"""A data set in the shapes of fakestoreapi.com: read from a folder, and checked before anything is written."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from portico.apps.store.addresses.schemas import AddressIn
from portico.apps.store.carts.schemas import CartDate
from portico.apps.store.carts.service import LARGEST_QUANTITY
from portico.apps.store.categories.schemas import Name as CategoryName
from portico.apps.store.products.schemas import Description, Image, Price, Title
from portico.apps.store.users.schemas import NameIn, Phone
from portico.identity.public import Email, Username
from portico.kernel.errors import InvalidInput

BUILT_IN = Path(__file__).with_name("data")

R = TypeVar("R", bound="Record")
RecordId = Annotated[int, Field(ge=1, lt=2**53, strict=True)]  # above that, JSON's numbers are no longer exact


class BadDataSet(InvalidInput):
    """A data set that cannot be loaded. The sentence names the file and the record."""


class Record(BaseModel):
    """One object of a file. Fields that the store has no use for, such as `__v`, are passed over."""

    id: RecordId


class RatingRecord(BaseModel):
    """The mean and the number of ratings that a product starts with."""

    rate: Annotated[Decimal, Field(ge=0, le=5)]
    count: Annotated[int, Field(ge=0, le=10**9)]


class ProductRecord(Record):
    title: Title
    price: Price
    description: Description = ""
    category: CategoryName
    image: Image = ""
    rating: RatingRecord = RatingRecord(rate=Decimal(0), count=0)


class UserRecord(Record):
    """A user. The password may be shorter than those that people choose: it is the data set's."""

    username: Username
    email: Email
    password: Annotated[str, Field(min_length=1, max_length=128, repr=False)]
    name: NameIn = NameIn()
    phone: Phone = ""
    address: AddressIn | None = None


class LineRecord(BaseModel):
    productId: RecordId  # noqa: N815 - the data set's name
    quantity: Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]


class CartRecord(Record):
    userId: RecordId  # noqa: N815 - as above
    date: CartDate
    products: list[LineRecord]

    def lines(self) -> dict[int, int]:
        """Quantity by product, in order. A product that stands twice is one line with the sum of both."""
        lines: dict[int, int] = {}
        for line in self.products:
            lines[line.productId] = lines.get(line.productId, 0) + line.quantity
        return lines


class DataSet(BaseModel):
    """Everything a seed loads. It refers to nothing outside itself."""

    categories: list[str]
    products: list[ProductRecord]
    users: list[UserRecord]
    carts: list[CartRecord]


def read(folder: Path) -> DataSet:
    """The data set of a folder: products.json, users.json, carts.json and, for their order, categories.json.

    Raises `BadDataSet` with the first fault.
    """
    data = DataSet(
        products=_records(folder / "products.json", ProductRecord, "product"),
        users=_records(folder / "users.json", UserRecord, "user"),
        carts=_records(folder / "carts.json", CartRecord, "cart"),
        categories=_categories(folder / "categories.json"),
    )
    _check_users(data.users)
    _check_carts(data)
    used = (product.category for product in data.products)
    return data.model_copy(update={"categories": list(dict.fromkeys([*data.categories, *used]))})


def _records(path: Path, kind: type[R], noun: str) -> list[R]:
    found = [_record(path, kind, noun, place, raw) for place, raw in enumerate(_array(path), start=1)]
    twice = _first_repeated(record.id for record in found)
    if twice is not None:
        raise BadDataSet(f"{path.name}: there are two {noun}s with id {twice}.")
    return found


def _record(path: Path, kind: type[R], noun: str, place: int, raw: Any) -> R:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        which = f"id {raw['id']}" if isinstance(raw, dict) and "id" in raw else "without id"
        raise BadDataSet(f"{path.name}, {noun} no. {place} ({which}): {_sentence(error)}") from None


def _categories(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        return TypeAdapter(list[CategoryName]).validate_python(_array(path))
    except ValidationError as error:
        raise BadDataSet(f"{path.name}, category no. {_sentence(error, counted=True)}") from None


def _array(path: Path) -> list[Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadDataSet(f"{path} is missing.") from None
    except OSError as error:
        raise BadDataSet(f"{path} cannot be read: {error.strerror}.") from None
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadDataSet(f"{path.name} is not JSON: {error}.") from None
    if not isinstance(value, list):
        raise BadDataSet(f"{path.name} must hold one array.")
    if rb"\u0000" in raw:
        raise BadDataSet(f"{path.name} holds NUL characters, which the database cannot store.")
    return value


def _check_users(users: list[UserRecord]) -> None:
    for field in ("username", "email"):
        twice = _first_repeated(getattr(user, field).lower() for user in users)
        if twice is not None:
            raise BadDataSet(f"users.json: there are two users with the {field} {twice}.")


def _check_carts(data: DataSet) -> None:
    users = {user.id for user in data.users}
    products = {product.id for product in data.products}
    for cart in data.carts:
        if cart.userId not in users:
            raise BadDataSet(f"carts.json, cart {cart.id}: there is no user {cart.userId} in users.json.")
        for product_id, quantity in cart.lines().items():
            if product_id not in products:
                raise BadDataSet(f"carts.json, cart {cart.id}: there is no product {product_id} in products.json.")
            if quantity > LARGEST_QUANTITY:
                raise BadDataSet(f"carts.json, cart {cart.id}: product {product_id} stands there too often.")


def _first_repeated(values: Iterable[Any]) -> Any:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _sentence(error: ValidationError, *, counted: bool = False) -> str:
    """The first fault, without the value: it may be a password."""
    found = error.errors(include_input=False)[0]
    place = [part + 1 if counted and isinstance(part, int) else part for part in found["loc"]]
    what = found["msg"].removeprefix("Value error, ").removesuffix(".")
    return f"{'.'.join(map(str, place))}: {what}." if place else f"{what}."
