"""Conditional requests (RFC 9110, section 13).

A detail's tag is the object's version, a number that edits of the object itself raise. Other answers to GET get a weak
tag made from their bytes. `If-Match` is compared while the row is locked: of two writers with one tag, one loses.
"""

from hashlib import blake2b
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from portico.kernel.database import Row
from portico.kernel.errors import NotFound, PreconditionFailed, existing

KEPT_HEADERS = (b"etag", b"link", b"cache-control", b"vary")
"""What a 304 says again. There may be several of one name."""


def version_tag(version: int) -> str:
    return f'"{version}"'


def tagged(response: Response, row: Row | None, otherwise: NotFound) -> Row:
    """A detail, and its version as the answer's ETag. Raises the error that is given where there is no such row."""
    row = existing(row, otherwise)
    response.headers["ETag"] = version_tag(row["version"])
    return row


class IfMatch:
    """The tags a writer sent in `If-Match`; none sent means that any version will do."""

    def __init__(self, if_match: str | None) -> None:
        self._tags = None if if_match is None else _tags(if_match)

    def check(self, version: int) -> None:
        """Raise `PreconditionFailed` unless the version is one the writer has seen. Call with the row locked."""
        if self._tags is not None and "*" not in self._tags and version_tag(version) not in self._tags:
            raise PreconditionFailed(details={"current": version_tag(version)})


async def _matching(
    if_match: Annotated[str | None, Header(alias="If-Match", description="The ETag of what was edited.")] = None,
) -> IfMatch:
    return IfMatch(if_match)


Matching = Annotated[IfMatch, Depends(_matching)]


def conditional(request: Request, answer: Response) -> Response:
    """The answer with a tag, or 304 where the client already has it. Errors and streams without a tag pass."""
    if request.method not in ("GET", "HEAD") or answer.status_code not in (200, 206):
        return answer
    tag = answer.headers.get("etag")
    if tag is None:
        if not hasattr(answer, "body"):
            return answer
        tag = f'W/"{blake2b(answer.body, digest_size=9).hexdigest()}"'
        answer.headers["etag"] = tag
    seen = request.headers.get("if-none-match")
    if seen is None or not _matches_weakly(tag, _tags(seen)):
        return answer
    unchanged = Response(status_code=304)
    unchanged.raw_headers.extend(header for header in answer.raw_headers if header[0] in KEPT_HEADERS)
    return unchanged


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def _matches_weakly(tag: str, seen: list[str]) -> bool:
    return "*" in seen or tag.removeprefix("W/") in (one.removeprefix("W/") for one in seen)
