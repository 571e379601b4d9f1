"""Sending stored files: whole, or the range that a client still lacks (RFC 9110, section 14). No connection is held.

The tag is the SHA-256 of the bytes. What a browser could run is sent as an attachment, in a sandbox.
"""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from portico.kernel.errors import Problem
from portico.kernel.files import Files, StoredFile
from portico.kernel.media_types import SHOWN

RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.ASCII | re.IGNORECASE)
SAFE = "!#$&+-.^_`|~"  # what RFC 8187 leaves as it is, besides letters and digits

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {}}},
    206: {"description": "The part of it that was asked for.", "content": {"application/octet-stream": {}}},
    416: {"description": "The file has no such part."},
}
"""A route's `responses`, with `response_class=Response`."""


class RangeNotSatisfiable(Problem):
    status = 416
    code = "RANGE_NOT_SATISFIABLE"
    message = "The file has no such part."


def download(request: Request, files: Files, file: StoredFile) -> Response:
    """The answer that sends a file. Raises `RangeNotSatisfiable`."""
    tag = f'"{file.sha256}"'
    part = _part(request, file.size, tag)
    start, end = part or (0, file.size)
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Content-Type": "text/plain; charset=utf-8" if file.media_type == "text/plain" else file.media_type,
        "Content-Disposition": disposition(file),
        # A range counts bytes of the file itself, so nothing on the way may compress it; and a tag names one form.
        "Content-Encoding": "identity",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if part is None:
        return FileAnswer(request, files.open(file), 200, headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    return FileAnswer(request, files.open(file, start, end), 206, headers)


class FileAnswer(StreamingResponse):
    """An answer whose first bytes are there before it says that all is well: what cannot be read is an error."""

    def __init__(self, request: Request, chunks: AsyncIterator[bytes], status: int, headers: dict[str, str]) -> None:
        super().__init__(chunks, status, headers)
        self._request = request
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._chunks):  # type: ignore[type-var]  # stores make them by generators
            try:
                first = await anext(self._chunks, b"")
            except Exception as error:
                answer: Response = self._request.app.state.answer_error(self._request, error)
                await answer(scope, receive, send)
                return
            self.body_iterator = _nothing() if scope["method"] == "HEAD" else _after(first, self._chunks)
            await super().__call__(scope, receive, send)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield  # pragma: no cover


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def disposition(file: StoredFile) -> str:
    """RFC 6266: the name in ASCII for old clients, and as it is for all others."""
    kind = "inline" if file.media_type in SHOWN else "attachment"
    plain = "".join(one if " " <= one <= "~" and one not in '"\\%' else "_" for one in file.name)
    full = "" if plain == file.name else f"; filename*=UTF-8''{quote(file.name, safe=SAFE)}"
    return f'{kind}; filename="{plain}"{full}'


def _part(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """Where the part that is asked for begins and ends; None for the whole file.

    Several ranges at once, other units and what does not parse are ignored, as the RFC allows.
    """
    found = RANGE.fullmatch(request.headers.get("range", "").strip())
    if request.method != "GET" or found is None or found.group(1) == found.group(2) == "":
        return None
    if request.headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, end
