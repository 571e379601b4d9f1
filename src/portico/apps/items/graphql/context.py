"""What the resolvers of one GraphQL request share: who asks, the connection, and what is loaded for many at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from strawberry import UNSET
from strawberry.dataloader import DataLoader

from portico.apps.items.permissions import Access, Action
from portico.apps.items.users import reads as user_reads
from portico.kernel.database import Connection, Row
from portico.kernel.errors import InvalidInput, NotFound, Problem
from portico.kernel.etags import IfMatch, version_tag
from portico.kernel.inputs import row_id
from portico.kernel.transaction import Transaction

Model = TypeVar("Model", bound=BaseModel)
Connect = Callable[[], AbstractAsyncContextManager[Connection]]
ProblemOf = Callable[[Exception], Problem]


class Context:
    """Made for each request. Root fields run side by side; all of them use what `connect` gives."""

    def __init__(self, access: Access, connect: Connect, problem_of: ProblemOf) -> None:
        self.access = access
        self.connect = connect
        self.problem_of = problem_of
        self.owners: DataLoader[int, Row | None] = DataLoader(self._load_owners)

    async def owner(self, user_id: int | None) -> Row | None:
        """A user, where the caller may see that one. One query for all that are asked for in the same moment."""
        if user_id is None or not (self.access.may(Action.READ_USERS) or self.access.owns(user_id)):
            return None
        return await self.owners.load(user_id)

    async def _load_owners(self, user_ids: list[int]) -> list[Row | None]:
        async with self.connect() as connection:
            found = {row["id"]: row for row in await user_reads.users_among(connection, user_ids)}
        return [found.get(user_id) for user_id in user_ids]


class WritingContext(Context):
    """That of a request over HTTP: one transaction, which the route commits before it answers."""

    def __init__(self, access: Access, write: Transaction, problem_of: ProblemOf) -> None:
        super().__init__(access, self._connection, problem_of)
        self._write = write
        self._opening = asyncio.Lock()
        self.has_written = False

    def writing(self) -> Transaction:
        self.has_written = True
        return self._write

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        async with self._opening:  # two fields that ask first would open two
            connection = await self._write.connection()
        yield connection


def checked(model: type[Model], given: Any) -> Model:
    """A GraphQL input as the model that the other routes take. Raises as an invalid body does."""
    try:
        return model(**{name: value for name, value in vars(given).items() if value is not UNSET})
    except ValidationError as error:
        places = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(places) from None


def number(text: str) -> int:
    """The id of a row. Raises `NotFound` for what no row can have."""
    found = row_id(text)
    if found is None:
        raise NotFound(details={"id": text[:40]})
    return found


def matching(version: int | None) -> IfMatch:
    """A version in an argument means what `If-Match` means in a header."""
    return IfMatch(None if version is None else version_tag(version))


def require_length(limit: int, longest: int) -> None:
    if not 1 <= limit <= longest:
        raise InvalidInput(details={"limit": f"must be from 1 to {longest}"})
