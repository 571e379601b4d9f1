"""Bodies that a route takes in as a stream, such as files: never whole in memory, and however slowly, while they flow.

A route asks for an upload by its dependency, and `Route` then leaves the body alone:

    FileUpload = Annotated[Upload, Depends(Uploading())]

The file is the field `file` of a form, as browsers send it, or the whole body; its name then stands in the query.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request
from multipart import (  # type: ignore[import-untyped]  # it has annotations, and no marker that says so
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from portico.kernel.errors import InvalidInput, MissingFields, PayloadTooLarge, RequestTimeout
from portico.kernel.files import LARGEST, Files

SCOPE_KEY = "portico.upload"
FIELD = "file"
FORM_OVERHEAD = 16 * 1024  # bytes around the file in a form
LONGEST = 3600.0  # seconds: a body that drips is not waited for all day

BYTES = {"type": "string", "format": "binary"}


def body_of(media_type: str) -> dict[str, Any]:
    """The `openapi_extra` of a route with an upload, which FastAPI does not see: a form, or a body of this type."""
    form = {"type": "object", "required": [FIELD], "properties": {FIELD: BYTES}}
    content = {"multipart/form-data": {"schema": form}, media_type: {"schema": BYTES}}
    return {"requestBody": {"required": True, "content": content}}


BODY = body_of("application/octet-stream")
"""That of a route that takes files of any kind."""


class Upload:
    """The file in the body of a request, in chunks, as it arrives; `name` is known when the last one is there.

    Raises `PayloadTooLarge`, `InvalidInput`, `MissingFields`, and `RequestTimeout` where nothing comes for
    REQUEST_TIMEOUT.
    """

    def __init__(self, request: Request, limit: int) -> None:
        self.name = request.query_params.get("name", "")
        self._request = request
        self._limit = limit + FORM_OVERHEAD
        self._silence: float = request.app.state.request_timeout
        self._deadline: asyncio.Timeout | None = None
        self._hash = hashlib.sha256()
        self._form = _boundary(request)
        if int(request.headers.get("content-length", "0")) > self._limit:
            raise PayloadTooLarge

    def wait_with(self, deadline: asyncio.Timeout) -> None:
        """Let the time of the whole request stand still while bytes flow."""
        self._deadline = deadline

    @property
    def fingerprint(self) -> bytes:
        """What tells this file from another one, once it is there. Not the body's: each form has its own boundary."""
        return self._hash.digest()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self._body() if self._form is None else self._file_of(self._form)
        async for chunk in chunks:
            self._hash.update(chunk)
            yield chunk
        self._hash.update(self.name.encode())

    async def _body(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end, size = loop.time() + LONGEST, 0
        stream = self._request.stream()
        while True:
            self._reschedule(None)
            try:
                async with asyncio.timeout_at(min(end, loop.time() + self._silence)):
                    chunk = await anext(stream, b"")
            except TimeoutError:
                raise RequestTimeout from None
            self._reschedule(loop.time() + self._silence)
            size += len(chunk)
            if size > self._limit:
                raise PayloadTooLarge
            if not chunk:
                return
            yield chunk

    def _reschedule(self, when: float | None) -> None:
        if self._deadline is not None:
            self._deadline.reschedule(when)

    async def _file_of(self, boundary: str) -> AsyncIterator[bytes]:
        parts = 0
        try:
            parser = PushMultipartParser(boundary)
            async for chunk in self._body():
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        parts += 1
                        self._meet(event, parts)
                    elif event:
                        yield bytes(event)
            parser.close()
        except MultipartError as error:
            raise InvalidInput("Malformed form", details={"body": str(error.args[0])}) from None
        if not parts:
            raise MissingFields(details={FIELD: "Field required"})

    def _meet(self, part: Any, number: int) -> None:
        if part.name != FIELD or part.filename is None:
            raise InvalidInput(details={part.name or "body": "Unknown field"})
        if number > 1:
            raise InvalidInput(details={FIELD: "one file at a time"})
        self.name = part.filename


class Uploading:
    """The dependency that makes a route take an upload of up to `limit` bytes."""

    def __init__(self, limit: int = LARGEST) -> None:
        self.limit = limit

    async def __call__(self, request: Request) -> Upload:
        upload: Upload = request.scope[SCOPE_KEY]
        return upload

    def begin(self, request: Request, deadline: asyncio.Timeout) -> None:
        """`Route` calls it before anything else reads the body. Raises `PayloadTooLarge`, `InvalidInput`."""
        upload = request.scope[SCOPE_KEY] = Upload(request, self.limit)
        upload.wait_with(deadline)


def upload_of(request: Request) -> Upload | None:
    """The upload of a request whose route takes one."""
    return request.scope.get(SCOPE_KEY)


async def _files(request: Request) -> Files:
    files: Files = request.app.state.files
    return files


FilesOf = Annotated[Files, Depends(_files)]


def _boundary(request: Request) -> str | None:
    """The boundary of a form, or None where the body is the file itself."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        return None
    if not options.get("boundary"):
        raise InvalidInput("Malformed form", details={"body": "the form names no boundary"})
    return str(options["boundary"])
