"""How the facade reads requests: as forgivingly as fakestoreapi.com does.

A body may come without a content type, since the site's own examples send none, and what cannot be made out of a
query is left out, save dates.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ValidationError

from portico.apps.store.access import ReadAccess
from portico.apps.store.fakestoreapi.reads import Window
from portico.apps.store.fakestoreapi.schemas import CartEcho, ProductEcho, SiteCredentialsIn, UserEcho
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput
from portico.kernel.paging import BIGGEST_ID, LONGEST_ARRAY, public_url, seal, unseal

M = TypeVar("M", bound=BaseModel)
BARE_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)", re.ASCII)  # JavaScript takes 2020-1-2, ISO 8601 does not


class Sent(Generic[M]):
    """The body as a model. Raises `InvalidInput` for malformed JSON and, with `refusal`, for what the model refuses."""

    def __init__(self, kind: type[M], *, refusal: str) -> None:
        self._kind = kind
        self._refusal = refusal

    async def __call__(self, request: Request) -> M:
        body = await _json_object(request)
        body.pop("id", None)  # ids are the server's
        try:
            return self._kind.model_validate(body)
        except ValidationError as error:
            details = {
                ".".join(map(str, one["loc"])): one["msg"].removeprefix("Value error, ")
                for one in error.errors(include_input=False)
            }
            raise InvalidInput(self._refusal, details=details) from None


class Listing:
    """What a list is asked for: `limit` and `sort`, and a cursor of ours where a list has more than 1,000 rows."""

    def __init__(
        self,
        request: Request,
        limit: Annotated[str, Query(description=f"How many; none, 0 or no number: {LONGEST_ARRAY}.")] = "",
        sort: Annotated[str, Query(description="`desc` for the latest first, anything else for `asc`.")] = "asc",
        cursor: Annotated[str | None, Query(description="From the `Link` header of the page before.")] = None,
    ) -> None:
        self._request = request
        is_descending = sort == "desc"
        after: int = unseal(cursor, int)[0] if cursor else BIGGEST_ID if is_descending else 0
        self.window = Window("desc" if is_descending else "asc", _limit(limit), after)

    def link(self, rows: list[Row], response: Response) -> list[Row]:
        """The rows; `Link` leads to the next page where this one is full."""
        if len(rows) == self.window.limit:
            following = public_url(self._request, cursor=seal(rows[-1]["id"]))
            response.headers["Link"] = f'<{following}>; rel="next"'
        return rows


class Span:
    """The time that carts are asked for: from `startdate` on, and before `enddate`. Raises `InvalidInput`."""

    def __init__(self, startdate: str = "", enddate: str = "") -> None:
        self.start = _moment(startdate, "startdate")
        self.end = _moment(enddate, "enddate")


def id_in(text: str) -> int | None:
    """An id as it stands in a path, or None for what no row can have."""
    is_id = text.isascii() and text.isdigit() and len(text) < len(str(BIGGEST_ID))
    return int(text) if is_id else None


async def _people(access: ReadAccess) -> int | None:
    return access.people


async def _of_cart(cart_id: str) -> int:
    return _required(cart_id, "cart id should be provided")


async def _of_user(user_id: str) -> int:
    return _required(user_id, "user id should be provided")


def _required(text: str, refusal: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(refusal, details={"id": text})
    return id_in(text) or 0


async def _json_object(request: Request) -> dict[str, Any]:
    if not (await request.body()).strip():
        return {}
    try:
        value = await request.json()
    except ValueError as error:
        if "json" in request.headers.get("content-type", ""):
            raise InvalidInput("Malformed JSON", details={"body": str(error)}) from None
        return {}
    return value if isinstance(value, dict) else {}


def _limit(text: str) -> int:
    wanted = id_in(text) or LONGEST_ARRAY
    return min(wanted, LONGEST_ARRAY)


def _moment(text: str, name: str) -> datetime | None:
    """The moment in UTC, without a zone, as dates in the database are midnights."""
    if not text:
        return None
    try:
        bare = BARE_DATE.fullmatch(text)
        moment = datetime.fromisoformat("{}-{:0>2}-{:0>2}".format(*bare.groups()) if bare else text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise InvalidInput(details={name: "must be a date such as 2020-10-03"}) from None


REFUSAL = "something went wrong! check your sent data"
NO_CREDENTIALS = "username and password are not provided in JSON format"

People = Annotated[int | None, Depends(_people)]
"""Whose users and carts the caller may see, as `Access.people` has it."""
CartId = Annotated[int, Depends(_of_cart)]
UserId = Annotated[int, Depends(_of_user)]
Listed = Annotated[Listing, Depends(Listing)]
Within = Annotated[Span, Depends(Span)]
SentProduct = Annotated[ProductEcho, Depends(Sent(ProductEcho, refusal=REFUSAL))]
SentCart = Annotated[CartEcho, Depends(Sent(CartEcho, refusal=REFUSAL))]
SentUser = Annotated[UserEcho, Depends(Sent(UserEcho, refusal=REFUSAL))]
SentCredentials = Annotated[SiteCredentialsIn, Depends(Sent(SiteCredentialsIn, refusal=NO_CREDENTIALS))]


def described(kind: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of a body that is read forgivingly."""
    schema = kind.model_json_schema()
    return {"requestBody": {"required": False, "content": {"application/json": {"schema": schema}}}}
