"""Pages by number and by cursor.

A cursor is the sort key of the last row shown, sealed in URL-safe text. Its page is found by an index, so its cost does
not grow with depth, and a walk shows exactly once what was there throughout.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import Depends, Query, Request, Response

from portico.kernel.errors import InvalidInput

LONGEST_ARRAY = 1000
BIGGEST_ID = 2**63 - 1

Limit = Annotated[int, Query(ge=1, le=100)]
"""How many rows a page has at the most."""


def public_url(request: Request, **params: Any) -> str:
    """The absolute address of this request with these query parameters changed; None takes one out."""
    origin = origin_of(request)
    path = quote(request.scope.get("portico.original_path") or request.url.path, safe="/:@!$&'()*+,;=~")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in params]
    query = urlencode([*kept, *((name, value) for name, value in params.items() if value is not None)])
    return f"{origin}{path}?{query}" if query else f"{origin}{path}"


def origin_of(request: Request) -> str:
    """Scheme, host and port by which callers know this server.

    PUBLIC_URL where it is set, since behind a proxy a request may not know; else as the `Host` header has it.
    """
    public: str | None = request.app.state.public_url
    return public or f"{request.scope['scheme']}://{request.headers.get('host') or request.url.netloc}"


def seal(*key: Any) -> str:
    """A cursor that continues after the row with this sort key."""
    return urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def unseal(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key in a cursor. Raises `InvalidInput` for anything that `seal` has not made for the same kinds."""
    try:
        key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        key = None
    # A NUL is no part of a text that PostgreSQL could have stored.
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or "\x00" in "".join(map(str, key)):
        raise InvalidInput(details={"cursor": "is not one that this list has given"})
    return tuple(key)


class ArrayPage:
    """A slice of a bare array: up to `limit` rows with an id above `after`; `Link` leads to the next slice."""

    def __init__(self, request: Request, *, limit: int, after: int) -> None:
        self._request = request
        self.limit = limit
        self.after = after

    def link(self, rows: list[dict[str, Any]], response: Response) -> None:
        """Point `Link` to the next slice where this one is full."""
        if len(rows) == self.limit:
            following = public_url(self._request, cursor=seal(rows[-1]["id"]), limit=self.limit)
            response.headers["Link"] = f'<{following}>; rel="next"'


async def _slice(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LONGEST_ARRAY)] = LONGEST_ARRAY,
    cursor: Annotated[str | None, Query(description="From the `Link` header of the page before.")] = None,
) -> ArrayPage:
    return ArrayPage(request, limit=limit, after=unseal(cursor, int)[0] if cursor else 0)


Slice = Annotated[ArrayPage, Depends(_slice)]


class SkipPage:
    """A part of a bare array by `skip` and `limit`, or after a cursor, which costs the same however deep it is.

    `X-Total-Count` says how many there are in all; `Link` leads on.
    """

    def __init__(self, request: Request, *, skip: int, limit: int, after: int) -> None:
        self._request = request
        self.skip = skip
        self.limit = limit
        self.after = after

    def describe(self, rows: list[dict[str, Any]], total: int, response: Response) -> None:
        response.headers["X-Total-Count"] = str(total)
        if len(rows) == self.limit and (self.after or self.skip + self.limit < total):
            following = public_url(self._request, cursor=seal(rows[-1]["id"]), limit=self.limit, skip=None)
            response.headers.append("Link", f'<{following}>; rel="next"')


async def _skip_page(
    request: Request,
    skip: Annotated[int, Query(ge=0, le=BIGGEST_ID)] = 0,
    limit: Limit = 10,
    cursor: Annotated[str | None, Query(description="Instead of `skip`: from the `Link` header.")] = None,
) -> SkipPage:
    after = unseal(cursor, int)[0] if cursor else 0
    return SkipPage(request, skip=0 if after else skip, limit=limit, after=after)


Skipping = Annotated[SkipPage, Depends(_skip_page)]
