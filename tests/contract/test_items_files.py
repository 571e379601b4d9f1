"""Files of items over real HTTP: up as a stream, down with ranges, gone with the item."""

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.contract.stall import Stall, item, open_stall, problem
from tests.databases import Databases
from tests.races import Call, at_once, statuses
from tests.servers import DATA_DIR

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MIB = 1024 * 1024


@pytest.fixture
def path(stall: Stall) -> str:
    """Where the files of a new item are."""
    return f"/api/v1/items/{item(stall.nobody)['id']}/files"


def upload(client: httpx.Client, path: str, content: bytes, name: str = "photo.png", **options: Any) -> dict[str, Any]:
    found = client.post(path, files={"file": (name, content, "text/x-whatever")}, **options)
    assert found.status_code == 201, found.text
    made: dict[str, Any] = found.json()
    return made


def test_a_file_from_its_beginning_to_its_end(stall: Stall, path: str) -> None:
    made = upload(stall.nobody, path, PNG)
    assert {**made, "id": "", "created_at": ""} == {
        "id": "", "name": "photo.png", "media_type": "image/png", "size": len(PNG),
        "sha256": hashlib.sha256(PNG).hexdigest(), "created_at": "",
    }  # fmt: skip
    assert stall.nobody.get(path).json() == [made]
    got = stall.nobody.get(f"{path}/{made['id']}")
    assert (got.status_code, got.content) == (200, PNG)
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"] == 'inline; filename="photo.png"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert stall.nobody.delete(f"{path}/{made['id']}").status_code == 204
    for method in ("GET", "DELETE"):
        problem(stall.nobody.request(method, f"{path}/{made['id']}"), 404, "NOT_FOUND")
    assert stall.nobody.get(path).json() == []


def test_the_body_itself_may_be_the_file(stall: Stall, path: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    found = stall.nobody.post(path, params={"name": "notes.txt"}, content=chunks())  # chunked: no length is known
    assert found.status_code == 201
    made = found.json()
    assert (made["name"], made["size"], made["media_type"]) == ("notes.txt", 2_000_000, "text/plain")
    assert stall.nobody.get(f"{path}/{made['id']}").content == b"x" * 2_000_000


@pytest.mark.parametrize("content", [SVG, b"  <!DOCTYPE html><p>", b"<?xml version='1.0'?><a/>", b"\x00\x01MZ", b""])
def test_what_a_browser_could_run_is_an_attachment(stall: Stall, path: str, content: bytes) -> None:
    made = upload(stall.nobody, path, content, "picture.png")
    got = stall.nobody.get(f"{path}/{made['id']}")
    assert got.content == content
    assert got.headers["content-type"] != "image/png"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("sent", "name", "header"),
    [
        ("../../etc/passwd", "passwd", 'filename="passwd"'),
        ("C:\\temp\\a.txt", "a.txt", 'filename="a.txt"'),
        ("Größe €.pdf", "Größe €.pdf", "filename=\"Gr__e _.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%82%AC.pdf"),
        ("a;b,c.txt", "a;b,c.txt", 'filename="a;b,c.txt"'),
        ("..", "file", 'filename="file"'),
        ("x" * 300, "x" * 255, f'filename="{"x" * 255}"'),
    ],
)  # fmt: skip
def test_names_are_names_and_no_paths(stall: Stall, path: str, sent: str, name: str, header: str) -> None:
    made = upload(stall.nobody, path, b"text", sent)
    assert made["name"] == name
    got = stall.nobody.get(f"{path}/{made['id']}")
    assert got.headers["content-disposition"] == f"inline; {header}"


# Ranges


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=2000-", 2000, None), ("bytes=-5", -5, None),
     ("bytes=-99999", 0, None), ("bytes=2050-99999", 2050, None), ("BYTES = 1 - 2", 1, 3)],
)  # fmt: skip
def test_a_range_is_206(stall: Stall, path: str, asked: str, start: int, end: int | None) -> None:
    made = upload(stall.nobody, path, PNG)
    got = stall.nobody.get(f"{path}/{made['id']}", headers={"Range": asked})
    assert (got.status_code, got.content) == (206, PNG[start:end])
    first = start % len(PNG)
    assert got.headers["content-range"] == f"bytes {first}-{first + len(got.content) - 1}/{len(PNG)}"
    assert got.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=5-1", "bytes=-", "bytes=x-1", "bytes"])
def test_other_ranges_are_not_looked_at(stall: Stall, path: str, asked: str) -> None:
    got = stall.nobody.get(f"{path}/{upload(stall.nobody, path, PNG)['id']}", headers={"Range": asked})
    assert (got.status_code, got.content) == (200, PNG)


@pytest.mark.parametrize("asked", [f"bytes={len(PNG)}-", "bytes=-0", "bytes=99999-100000"])
def test_a_range_behind_the_end_is_416(stall: Stall, path: str, asked: str) -> None:
    got = stall.nobody.get(f"{path}/{upload(stall.nobody, path, PNG)['id']}", headers={"Range": asked})
    problem(got, 416, "RANGE_NOT_SATISFIABLE")
    assert got.headers["content-range"] == f"bytes */{len(PNG)}"


def test_if_range_and_if_none_match(stall: Stall, path: str) -> None:
    where = f"{path}/{upload(stall.nobody, path, PNG)['id']}"
    tag = stall.nobody.get(where).headers["etag"]
    assert tag == f'"{hashlib.sha256(PNG).hexdigest()}"'
    part = {"Range": "bytes=0-9"}
    assert stall.nobody.get(where, headers={**part, "If-Range": tag}).status_code == 206
    for other in ('"other"', f"W/{tag}", "Sat, 21 Nov 2026 09:00:00 GMT"):
        assert stall.nobody.get(where, headers={**part, "If-Range": other}).content == PNG
    for headers in ({}, part):
        got = stall.nobody.get(where, headers={**headers, "If-None-Match": tag})
        assert (got.status_code, got.content, got.headers["etag"]) == (304, b"", tag)
    assert "content-encoding" not in got.headers


def test_head_says_the_same_and_sends_nothing(stall: Stall, path: str) -> None:
    where = f"{path}/{upload(stall.nobody, path, PNG)['id']}"
    got, head = stall.nobody.get(where), stall.nobody.head(where)
    assert (head.status_code, head.content) == (200, b"")
    changing = {"date", "x-request-id", "x-process-time"}
    assert {n: v for n, v in head.headers.items() if n not in changing} == {
        n: v for n, v in got.headers.items() if n not in changing
    }


def test_text_is_not_compressed_so_that_ranges_fit(stall: Stall, path: str) -> None:
    where = f"{path}/{upload(stall.nobody, path, b'lamp ' * 10_000, 'a.txt')['id']}"
    got = stall.nobody.get(where, headers={"Accept-Encoding": "gzip"})
    assert got.headers["content-length"] == str(50_000)
    assert got.headers["content-type"] == "text/plain; charset=utf-8"


# What is refused


BOUNDARY = "multipart/form-data; boundary=b"


def form(*parts: str, end: str = "--b--\r\n") -> bytes:
    return "".join(f"--b\r\n{part}\r\n" for part in parts).encode() + end.encode()


FILE = 'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\nbytes'


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        (BOUNDARY, b"nonsense", "VALIDATION_ERROR"),
        (BOUNDARY, b"", "VALIDATION_ERROR"),
        (BOUNDARY, form(FILE, end=""), "VALIDATION_ERROR"),  # cut off
        (BOUNDARY, form(FILE, FILE), "VALIDATION_ERROR"),
        (BOUNDARY, form(FILE, FILE.replace('"file"', '"other"')), "VALIDATION_ERROR"),
        (BOUNDARY, form('Content-Disposition: form-data; name="file"\r\n\r\nno name'), "VALIDATION_ERROR"),
        (BOUNDARY, form("Content-Type: text/plain\r\n\r\nx"), "VALIDATION_ERROR"),
        (BOUNDARY, form("X: " + "y" * 5000 + "\r\n\r\nx"), "VALIDATION_ERROR"),
        (BOUNDARY, form(), "VALIDATION_ERROR"),
        ("multipart/form-data", form(FILE), "VALIDATION_ERROR"),
        ("multipart/form-data; boundary=", form(FILE), "VALIDATION_ERROR"),
        ("multipart/form-data; boundary=\"b\"; boundary=c", form("\xff"), "VALIDATION_ERROR"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_422_and_leaves_nothing(
    stall: Stall, path: str, kind: str, body: bytes, code: str
) -> None:
    before = stored_bytes()
    problem(stall.nobody.post(path, content=body, headers={"Content-Type": kind}), 422, code)
    assert stall.nobody.get(path).json() == []
    assert stored_bytes() == before


def test_a_body_may_be_50_mib_and_not_more(stall: Stall, path: str) -> None:
    content = os.urandom(50 * MIB)
    made = upload(stall.nobody, path, content)
    assert made["size"] == 50 * MIB
    with stall.nobody.stream("GET", f"{path}/{made['id']}") as got:
        digest = hashlib.sha256()
        for chunk in got.iter_bytes():
            digest.update(chunk)
    assert digest.hexdigest() == made["sha256"] == hashlib.sha256(content).hexdigest()
    before = stored_bytes()

    def endless() -> Iterator[bytes]:
        for _ in range(60):
            yield content[:MIB]

    problem(stall.nobody.post(path, content=endless()), 413, "PAYLOAD_TOO_LARGE")
    assert [each["id"] for each in stall.nobody.get(path).json()] == [made["id"]]
    assert stored_bytes() == before


def test_no_item_no_file(stall: Stall, path: str) -> None:
    problem(stall.nobody.post("/api/v1/items/999999999/files", content=b"x"), 404, "NOT_FOUND")
    problem(stall.nobody.get("/api/v1/items/999999999/files"), 404, "NOT_FOUND")
    made = upload(stall.nobody, path, b"x")
    other = f"/api/v1/items/{item(stall.nobody)['id']}/files"
    for where in (f"{other}/{made['id']}", f"{path}/not-an-id", f"{path}/{'0' * 32}"):
        problem(stall.nobody.get(where), 404, "NOT_FOUND")


def test_the_files_of_an_item_go_with_it(stall: Stall, path: str) -> None:
    made = [upload(stall.nobody, path, PNG) for _ in range(3)]
    assert stall.nobody.delete(path.removesuffix("/files")).status_code == 204
    with psycopg.connect(stall.url) as connection:
        query = "SELECT DISTINCT state FROM portico.files WHERE id = ANY(%s::uuid[])"
        assert connection.execute(query, [[each["id"] for each in made]]).fetchall() == [("gone",)]
    problem(stall.nobody.get(f"{path}/{made[0]['id']}"), 404, "NOT_FOUND")


def test_the_same_upload_twice_is_one_file(stall: Stall, path: str) -> None:
    """Each form has a boundary of its own, so it is the file that is compared."""
    once = {"Idempotency-Key": path}
    first = stall.nobody.post(path, files={"file": ("a.png", PNG)}, headers=once)
    again = stall.nobody.post(path, files={"file": ("a.png", PNG)}, headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = stall.nobody.post(path, files={"file": ("a.png", PNG + b"!")}, headers=once)
    problem(other, 422, "IDEMPOTENCY_KEY_REUSED")
    assert len(stall.nobody.get(path).json()) == 1


def test_an_item_has_up_to_a_hundred_files_however_many_come_at_once(stall: Stall, path: str) -> None:
    for _ in range(97):
        upload(stall.nobody, path, b"x")
    assert statuses(at_once(stall.nobody, [Call("POST", path)] * 8)) == {201: 3, 409: 5}
    assert len(stall.nobody.get(path).json()) == 100


# Time


@pytest.fixture
def quick_stall(databases: Databases, worker_id: str) -> Iterator[Stall]:
    """Items on a server that gives up after two seconds, with two connections to the database."""
    with open_stall(databases, worker_id, "sandbox", request_timeout=2, db_pool_size=2) as stall:
        yield stall


@pytest.mark.alone
def test_slow_uploads_take_their_time_and_no_connection_and_silent_ones_are_cut(quick_stall: Stall) -> None:
    path = f"/api/v1/items/{item(quick_stall.nobody)['id']}/files"
    host = quick_stall.nobody.base_url
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n".encode()
    sockets = [socket.create_connection((host.host, host.port), timeout=20) for _ in range(6)]
    try:
        for each in sockets:
            each.sendall(head)
        for _ in range(6):
            time.sleep(0.6)
            for each in sockets[:5]:  # 3.6 s in all, never silent for 2
                each.sendall(b"x")
            assert quick_stall.nobody.get("/api/v1/items").status_code == 200  # six uploads hold no connection
        answers = [each.recv(65536).split(b"\r\n")[0] for each in sockets]
    finally:
        for each in sockets:
            each.close()
    assert answers == [b"HTTP/1.1 201 Created"] * 5 + [b"HTTP/1.1 408 Request Timeout"]
    assert len(quick_stall.nobody.get(path).json()) == 5


def test_an_upload_that_is_cut_off_leaves_nothing(stall: Stall, path: str) -> None:
    before = stored_bytes()
    host = stall.nobody.base_url
    with socket.create_connection((host.host, host.port)) as one:
        one.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n".encode() + b"x" * 2 * MIB)
        time.sleep(0.3)
    until = time.monotonic() + 10
    while stored_bytes() != before and time.monotonic() < until:
        time.sleep(0.05)
    assert stored_bytes() == before
    assert stall.nobody.get(path).json() == []


def stored_bytes() -> set[Path]:
    """The files that are there, drafts too."""
    return {found for found in Path(DATA_DIR, "files").rglob("*") if found.is_file()}
