"""Where bytes are: a folder and an object store keep the same promises, and FILES_URL names one of them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from portico.kernel.errors import PayloadTooLarge, Unavailable
from portico.kernel.file_stores import FileStore, FolderStore, _OpenFile, file_store, folder_of
from portico.kernel.settings import SettingsError, load_settings
from tests.commands import eventually
from tests.s3_server import BUCKET, S3Server, s3_server
from tests.servers import serving_app, settings_of

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with pytest.MonkeyPatch.context() as patch, s3_server(patch) as server:
        yield server


async def stream(*chunks: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if error is not None:
        raise error


@pytest.fixture(params=["folder", "s3"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "files")
    request.getfixturevalue("s3")
    return file_store(settings_of("", files_url=f"s3://{BUCKET}/pre/fix"))


async def read(store: FileStore, key: str, start: int, end: int) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, start, end)])


@pytest.mark.parametrize("size", [0, 1, 512 * 1024, 20 * MIB + 1])
async def test_what_is_stored_is_read_again_whole_and_in_part(any_store: FileStore, size: int) -> None:
    key, data = uuid4().hex, os.urandom(size)
    await any_store.write(key, stream(*[data[at : at + 65_521] for at in range(0, size, 65_521)]))
    assert await read(any_store, key, 0, size) == data
    assert await any_store.size(key) == size
    for start, end in ((size // 2, size), (0, min(1, size)), (size, size)):
        assert await read(any_store, key, start, end) == data[start:end]
    await any_store.delete(key)
    await any_store.delete(key)
    with pytest.raises(FileNotFoundError):
        await any_store.size(key)
    if size:
        with pytest.raises(FileNotFoundError):
            await read(any_store, key, 0, size)


async def test_a_stream_that_breaks_off_leaves_no_object(any_store: FileStore, s3: S3Server) -> None:
    key, before = uuid4().hex, s3.objects()
    with pytest.raises(PayloadTooLarge):
        await any_store.write(key, stream(*[b"x" * MIB] * 20, error=PayloadTooLarge()))
    with pytest.raises(FileNotFoundError):
        await read(any_store, key, 0, 1)
    assert s3.objects() == before
    assert s3.unfinished() == 0


def test_s3_behind_an_app(database_url: str, s3: S3Server) -> None:
    content = b"lamp " * 100_000
    with serving_app("items", database_url, files_url=f"s3://{BUCKET}") as client:
        item = client.post("/items", json={"name": "Lamp", "price": 1}).json()["id"]
        made = client.post(f"/items/{item}/files", files={"file": ("a.txt", content)}).json()
        where = f"/items/{item}/files/{made['id']}"
        assert UUID(made["id"]).hex in s3.objects()
        assert client.get(where).content == content
        assert client.get(where, headers={"Range": "bytes=-3"}).content == b"mp "
        s3.lose(UUID(made["id"]).hex)
        assert client.get(where).status_code == 500  # the row is there, and its bytes are lost


async def test_an_object_store_that_is_out_is_503() -> None:
    with pytest.MonkeyPatch.context() as patch, s3_server(patch) as server:
        store = file_store(settings_of("", files_url=f"s3://{BUCKET}"))
        server.stop()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(read(store, "a", 0, 1), 60)


async def test_a_file_is_not_closed_under_a_thread_that_is_still_at_work(tmp_path: Path) -> None:
    """Of a request that is cancelled: the number of the file might be another one's by then."""
    io, closed = (tmp_path / "draft").open("wb"), []

    def slow() -> None:
        time.sleep(0.5)
        closed.append(io.closed)

    file = _OpenFile(io)
    writing = asyncio.create_task(file.run(slow))
    await asyncio.sleep(0.1)
    writing.cancel()
    file.close()
    await asyncio.to_thread(eventually, lambda: io.closed, within=20)
    assert (closed, io.closed) == ([False], True)


@pytest.mark.parametrize(
    "url",
    [
        "http://x/y", "s3://", "s3:bucket", "s3://[canary/x", "file://host/x", "file:canary", "file://", "file://[::1/x",
        "/var/files", "files",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_when_settings_are_read(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^FILES_URL: must look like file:///.* or s3://bucket/prefix\.$") as told:
        load_settings(files_url=url)
    assert "canary" not in str(told.value)


def test_a_folder_is_named_as_a_url(tmp_path: Path) -> None:
    assert folder_of(settings_of("", files_url="file:///var/lib/my%20files")) == Path("/var/lib/my files")
    assert folder_of(settings_of("", portico_data_dir=tmp_path)) == tmp_path / "files"
    assert folder_of(settings_of("", files_url="s3://bucket/prefix")) is None
