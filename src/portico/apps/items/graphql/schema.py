"""What can be asked and what can be changed: by the reads and the services of the other routes."""

import strawberry
from strawberry import ID, Info

from portico.apps.items import reads
from portico.apps.items.graphql.context import WritingContext, checked, matching, number, require_length
from portico.apps.items.graphql.measure import LONGEST_LIST
from portico.apps.items.graphql.types import (
    Asked,
    Item,
    ItemChange,
    ItemFilter,
    ItemInput,
    ItemPage,
    ItemSort,
    User,
    UserPage,
)
from portico.apps.items.schemas import ItemIn, ItemPatch
from portico.apps.items.service import ItemNotFound, ItemService
from portico.apps.items.users import reads as user_reads
from portico.kernel.errors import existing
from portico.kernel.paging import seal, unseal

Writing = Info[WritingContext, None]


@strawberry.type
class Query:
    @strawberry.field
    async def items(
        self, info: Asked, filter: ItemFilter | None = None, sort: ItemSort = ItemSort.ID, limit: int = 10,
        cursor: str | None = None,
    ) -> ItemPage:  # fmt: skip
        require_length(limit, LONGEST_LIST)
        async with info.context.connect() as connection:
            found = await reads.page(
                connection, vars(filter or ItemFilter()), sort=sort.value, limit=limit, cursor=cursor
            )
        return ItemPage(**{**found, "items": [Item.of(row) for row in found["items"]]})

    @strawberry.field
    async def item(self, info: Asked, id: ID) -> Item | None:
        async with info.context.connect() as connection:
            row = await reads.item(connection, number(id))
        return Item.of(existing(row, ItemNotFound(number(id))))

    @strawberry.field(description="You; null where you have not signed in.")  # type: ignore[untyped-decorator]
    async def me(self, info: Asked) -> User | None:
        user_id = info.context.access.user_id
        row = None if user_id is None else await info.context.owners.load(user_id)
        return User.of(row) if row else None

    @strawberry.field(description="Users whom you may see.")  # type: ignore[untyped-decorator]
    async def users(self, info: Asked, limit: int = 10, cursor: str | None = None) -> UserPage:
        require_length(limit, LONGEST_LIST)
        people, after = info.context.access.people, unseal(cursor, int)[0] if cursor else 0
        async with info.context.connect() as connection:
            rows, total = await user_reads.users(connection, people=people, skip=0, limit=limit, after=after)
        following = seal(rows[-1]["id"]) if len(rows) == limit else None
        return UserPage(users=[User.of(row) for row in rows], total=total, next_cursor=following)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_item(self, info: Writing, input: ItemInput) -> Item:
        values = checked(ItemIn, input).model_dump()
        item_id = await ItemService(info.context.writing(), info.context.access).create(**values)
        return await _shown(info, item_id)

    @strawberry.mutation
    async def update_item(self, info: Writing, id: ID, input: ItemChange, version: int | None = None) -> Item:
        values = checked(ItemPatch, input).model_dump(exclude_unset=True)
        service = ItemService(info.context.writing(), info.context.access)
        await service.change(number(id), matching(version), **values)
        return await _shown(info, number(id))

    @strawberry.mutation
    async def delete_item(self, info: Writing, id: ID, version: int | None = None) -> ID:
        await ItemService(info.context.writing(), info.context.access).delete(number(id), matching(version))
        return id


async def _shown(info: Writing, item_id: int) -> Item:
    async with info.context.connect() as connection:
        row = await reads.item(connection, item_id)
    return Item.of(existing(row, ItemNotFound(item_id)))
