"""Forms with files and fields, as streams: in any order, never whole in memory, and all of their files or none."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import psycopg
import pytest
from fastapi import Depends
from pydantic import BaseModel, Field

from portico.kernel.files import StoredFile
from portico.kernel.form_uploads import FormUpload, FormUploading, form_of
from portico.kernel.inputs import Body
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing
from portico.kernel.uploads import FilesOf
from tests.kernel.tiny import serving_tiny

MIB = 1024 * 1024
MULTIPART = "multipart/form-data; boundary=x"


class Fields(Body):
    title: Annotated[str, Field(min_length=1, max_length=20)]
    tags: Annotated[list[str], Field(default_factory=list)]


class Stored(BaseModel):
    title: str
    tags: list[str]
    files: list[tuple[str, int, str]]


Form = Annotated[FormUpload, Depends(FormUploading(file="papers", fields=("title", "tags"), most=3, limit=2 * MIB))]
forms = router()


@forms.post("/forms", response_model=Stored, openapi_extra=form_of(Fields, file="papers", several=True))
async def take(form: Form, write: Writing, files: FilesOf) -> Any:
    stored = await files.store_all(write, form.files(), owner="a form")
    return {**form.read_as(Fields).model_dump(), "files": [_shown(file) for file in stored]}


def _shown(file: StoredFile) -> tuple[str, int, str]:
    return file.name, file.size, file.sha256


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[httpx.Client]:
    with serving_tiny(database_url, forms, portico_data_dir=tmp_path) as client:
        yield client


def on_disk(folder: Path) -> int:
    return sum(path.is_file() for path in (folder / "files").rglob("*"))


def body_of(*parts: tuple[str, bytes]) -> bytes:
    """A form in this very order: each part by what stands behind `form-data; ` and its content."""
    said = (b"--x\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), what) for head, what in parts)
    return b"".join(said) + b"--x--\r\n"


def send(client: httpx.Client, body: bytes, kind: str = MULTIPART) -> httpx.Response:
    return client.post("/forms", content=body, headers={"content-type": kind})


def wrong(found: httpx.Response) -> list[str]:
    assert found.status_code == 422, found.text
    return [each["field"] for each in found.json()["errors"]]


def test_files_and_fields_come_in_any_order(client: httpx.Client, tmp_path: Path) -> None:
    large = os.urandom(MIB)
    body = body_of(
        ('name="tags"', b"red"), ('name="papers"; filename="a.bin"', large), ('name="title"', "Größe".encode()),
        ('name="papers"; filename="b.txt"', b""), ('name="tags"', b"blue"),
    )  # fmt: skip
    found = send(client, body).raise_for_status().json()
    assert (found["title"], found["tags"]) == ("Größe", ["red", "blue"])
    assert [(name, size) for name, size, _ in found["files"]] == [("a.bin", MIB), ("b.txt", 0)]
    assert on_disk(tmp_path) == 2


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([('name="papers"; filename="a"', b"x"), ('name="title"', b"\xff")], "title"),
        ([('name="papers"; filename="a"', b"x"), ('name="title"', b"a\x00")], "title"),
        ([('name="papers"; filename="a"', b"x"), ('name="title"', b"x" * 70_000)], "title"),
        ([('name="papers"; filename="a"', b"x"), ('name="colour"', b"red")], "colour"),
        ([('name="other"; filename="a"', b"x")], "other"),
        ([('name="papers"; filename="a"', b"x")] * 4, "papers"),
        ([('name="papers"; filename=""', b""), ('name="title"', b"x")], "papers"),
        ([('name="title"', b"x")], "papers"),
    ],
)
def test_what_is_wrong_with_a_form_is_named_and_nothing_is_kept(
    client: httpx.Client, tmp_path: Path, parts: list[tuple[str, bytes]], field: str
) -> None:
    assert wrong(send(client, body_of(*parts))) == [field]
    assert on_disk(tmp_path) == 0


@pytest.mark.parametrize("parts", [[], [('name="title"', b"x" * 21)]])
def test_what_the_model_refuses_keeps_no_file(
    client: httpx.Client, database_url: str, parts: list[tuple[str, bytes]]
) -> None:
    """Its bytes have come by then: they are left to the sweep, as all that arrived and was not kept."""
    assert wrong(send(client, body_of(('name="papers"; filename="a"', b"x"), *parts))) == ["title"]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT state FROM portico.files").fetchall() == [("arriving",)]


def test_what_is_no_form_is_refused(client: httpx.Client, tmp_path: Path) -> None:
    assert send(client, b"{}", "application/json").status_code == 415
    assert send(client, b"nothing").status_code == 422
    cut = body_of(('name="papers"; filename="a"', b"x" * 1000))[:-20]
    assert send(client, cut).status_code == 422
    assert on_disk(tmp_path) == 0


def test_all_files_together_have_a_limit(client: httpx.Client, tmp_path: Path) -> None:
    part = ('name="papers"; filename="a"', b"x" * MIB)
    assert send(client, body_of(part, part, part)).status_code == 413
    assert on_disk(tmp_path) == 0


def test_the_document_shows_the_form(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()["paths"]["/forms"]["post"]["requestBody"]["content"]
    form = schema["multipart/form-data"]["schema"]
    assert (sorted(form["properties"]), form["required"]) == (["papers", "tags", "title"], ["papers", "title"])
