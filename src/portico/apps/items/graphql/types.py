"""The types that go in and out of GraphQL."""

from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry
from strawberry import ID, UNSET, Info, Private

from portico.apps.items.graphql.context import Context
from portico.kernel.database import Row

Asked = Info[Context, None]


@strawberry.enum
class ItemSort(Enum):
    ID, ID_DESC = "id", "-id"
    NAME, NAME_DESC = "name", "-name"
    PRICE, PRICE_DESC = "price", "-price"
    QUANTITY, QUANTITY_DESC = "quantity", "-quantity"
    CREATED_AT, CREATED_AT_DESC = "created_at", "-created_at"


@strawberry.type
class User:
    id: ID
    email: str
    username: str
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(**_fields(cls, row))


@strawberry.type
class Item:
    id: ID
    name: str
    description: str | None
    price: float
    quantity: int
    created_at: datetime
    updated_at: datetime
    version: int = strawberry.field(description="For `version` of a change: it fails where somebody else came first.")
    owner_id: Private[int | None]

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(**_fields(cls, row))

    @strawberry.field(description="Who added it; null where that was nobody, or nobody whom you may see.")  # type: ignore[untyped-decorator]
    async def owner(self, info: Asked) -> User | None:
        row = await info.context.owner(self.owner_id)
        return User.of(row) if row else None


@strawberry.type
class ItemPage:
    items: list[Item]
    total: int
    next_cursor: str | None


@strawberry.type
class UserPage:
    users: list[User]
    total: int
    next_cursor: str | None


@strawberry.input
class ItemFilter:
    name: str | None = strawberry.field(default=None, description="A part of the name, in any case.")
    min_price: float | None = None
    max_price: float | None = None
    in_stock: bool | None = None


@strawberry.input
class ItemInput:
    name: str
    price: float
    description: str | None = None
    quantity: int = 0


@strawberry.input
class ItemChange:
    """What is absent stays as it is."""

    name: str | None = UNSET
    price: float | None = UNSET
    description: str | None = UNSET
    quantity: int | None = UNSET


def _fields(kind: Any, row: Row) -> dict[str, Any]:
    return {name: row[name] for name in kind.__annotations__}
