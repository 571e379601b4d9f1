"""Forms with files and fields, taken in as a stream: whatever comes first, the files are never whole in memory.

    EvidenceForm = Annotated[FormUpload, Depends(FormUploading(file="file", fields=("engagement", "title")))]

A form may name its fields after its files, so they are known when the last file has been read. Until then a file is
stored for nobody, and what is refused afterwards is removed again.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any, TypeVar

from fastapi import Request
from multipart import (  # type: ignore[import-untyped]  # it has annotations, and no marker that says so
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)
from pydantic import BaseModel

from portico.kernel.errors import InvalidInput, MissingFields, UnsupportedMediaType
from portico.kernel.files import LARGEST
from portico.kernel.forms import typed
from portico.kernel.uploads import BYTES, SCOPE_KEY, Upload, Uploading

LONGEST_FIELD = 64 * 1024  # bytes
MOST_FIELDS = 100
M = TypeVar("M", bound=BaseModel)


class FormFile:
    """One file of a form, in chunks, as it arrives. It is read before the next one."""

    def __init__(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        self.name = name
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


class FormUpload(Upload):
    """The form in the body of a request. `fields` are complete when `files` has come to its end."""

    def __init__(self, request: Request, limit: int, *, file: str, fields: Collection[str], most: int) -> None:
        super().__init__(request, limit)
        if self._form is None:
            raise UnsupportedMediaType("Send the body as multipart/form-data.")
        self.fields: dict[str, list[str]] = {}
        self._file = file
        self._known = fields
        self._most = most

    async def files(self) -> AsyncIterator[FormFile]:
        """The files, one after another. Raises as `Upload` does, and `InvalidInput` for what the form may not have."""
        found = 0
        events = self._events(self._form or "")
        async for part in events:
            if not isinstance(part, MultipartSegment):
                continue
            if part.filename is None:
                await self._take_field(part, events)
            elif part.filename:  # a field for files that was left empty has an empty name
                found += 1
                self._meet_file(part, found)
                file = FormFile(part.filename, self._content(events))
                yield file
                async for _ in file:  # what was not read stands before the next part
                    pass
        if not found:
            raise MissingFields(details={self._file: "Field required"})

    def read_as(self, model: type[M]) -> M:
        """The fields as a model; one that may stand several times is a list. Raises `InvalidInput`."""
        values: dict[str, Any] = {name: found if len(found) > 1 else found[0] for name, found in self.fields.items()}
        return typed(model, values)

    def _meet_file(self, part: Any, number: int) -> None:
        if part.name != self._file:
            raise InvalidInput(details={part.name or "body": "Unknown field"})
        if number > self._most:
            raise InvalidInput(details={self._file: f"{self._most} at a time, at the most"})

    async def _take_field(self, part: Any, events: AsyncIterator[Any]) -> None:
        if part.name not in self._known:
            raise InvalidInput(details={part.name or "body": "Unknown field"})
        value = bytearray()
        async for chunk in self._content(events):
            value += chunk
            if len(value) > LONGEST_FIELD:
                raise InvalidInput(details={part.name: "is too long"})
        try:
            text = value.decode()
        except UnicodeDecodeError:
            raise InvalidInput(details={part.name: "is not UTF-8"}) from None
        if "\x00" in text:
            raise InvalidInput(details={part.name: "NUL characters are not accepted"})
        self.fields.setdefault(part.name, []).append(text)

    async def _content(self, events: AsyncIterator[Any]) -> AsyncIterator[bytes]:
        """What a part holds; None is its end."""
        async for event in events:
            if event is None:
                return
            yield bytes(event)

    async def _events(self, boundary: str) -> AsyncIterator[Any]:
        try:
            parser = PushMultipartParser(boundary, max_segment_count=MOST_FIELDS + self._most)
            async for chunk in self._body():
                for event in parser.parse(chunk):
                    self._hash.update(_mark(event))
                    yield event
            parser.close()
        except MultipartError as error:
            raise InvalidInput("Malformed form", details={"body": str(error.args[0])}) from None


class FormUploading(Uploading):
    """The dependency that makes a route take a form of up to `limit` bytes, with up to `most` files."""

    def __init__(
        self, *, file: str, fields: Collection[str] = (), most: int = 1, limit: int = LARGEST
    ) -> None:  # fmt: skip
        super().__init__(limit)
        self._file = file
        self._fields = fields
        self._most = most

    async def __call__(self, request: Request) -> FormUpload:
        upload: FormUpload = request.scope[SCOPE_KEY]
        return upload

    def begin(self, request: Request, deadline: asyncio.Timeout) -> None:
        upload = FormUpload(request, self.limit, file=self._file, fields=self._fields, most=self._most)
        request.scope[SCOPE_KEY] = upload
        upload.wait_with(deadline)


def form_of(model: type[BaseModel], *, file: str, several: bool = False) -> dict[str, Any]:
    """The `openapi_extra` of a route with such a form, whose fields are the model's."""
    schema = model.model_json_schema()
    files = {"type": "array", "items": BYTES} if several else BYTES
    schema["properties"] = {file: files, **schema.get("properties", {})}
    schema["required"] = [file, *schema.get("required", [])]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _mark(event: Any) -> bytes:
    """What tells one form from another, whatever the boundary between its parts is."""
    if isinstance(event, MultipartSegment):
        return repr((event.name, event.filename)).encode()
    return b"\x00" if event is None else bytes(event)
