from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import Response
from fastapi.responses import StreamingResponse

from portico.kernel.errors import NotFound
from portico.kernel.etags import Matching, version_tag
from portico.kernel.routes import router
from tests.kernel.tiny import serving_tiny

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
VERSION = 3
things = router()


@things.get("/thing", response_model=str, summary="A detail, tagged with its version")
async def detail(response: Response) -> Any:
    response.headers.update({"ETag": version_tag(VERSION), "Link": "</next>", "X-Other": "1"})
    return "as it is"


@things.get("/list", response_model=list[int], summary="A list, tagged by its bytes")
async def listed(count: int = 3) -> Any:
    return list(range(count))


@things.get("/gone", response_model=str, summary="An error")
async def gone() -> Any:
    raise NotFound


@things.get("/created", response_model=str, status_code=202, summary="Another status than 200")
async def accepted() -> Any:
    return "later"


@things.get("/stream", response_model=None, summary="A stream, which nobody can know beforehand")
async def stream() -> Any:
    async def parts() -> Any:
        yield b"one"
        yield b"two"

    return StreamingResponse(parts())


@things.put("/thing", response_model=str, summary="A write that takes If-Match")
async def write(match: Matching) -> Any:
    match.check(VERSION)
    return "written"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving_tiny(NOWHERE, things) as client:
        yield client


def test_a_detail_has_its_version_as_its_tag(client: httpx.Client) -> None:
    assert client.get("/thing").headers["etag"] == '"3"'


def test_other_answers_have_a_weak_tag_of_their_bytes(client: httpx.Client) -> None:
    tag = client.get("/list").headers["etag"]
    assert tag.startswith('W/"')
    assert client.get("/list").headers["etag"] == tag
    assert client.get("/list?count=4").headers["etag"] != tag


@pytest.mark.parametrize("tags", ['"3"', 'W/"3"', '"1", "3"', '"1",W/"3" , "5"', "*"])
def test_what_the_client_has_is_not_sent_again(client: httpx.Client, tags: str) -> None:
    answer = client.get("/thing", headers={"If-None-Match": tags})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"3"'
    assert answer.headers["link"] == "</next>"
    assert "x-other" not in answer.headers
    assert "content-type" not in answer.headers
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("tags", ['"2"', "3", '"33"', '"2", "4"', "", '"3', "W/3"])
def test_what_the_client_does_not_have_is_sent(client: httpx.Client, tags: str) -> None:
    answer = client.get("/thing", headers={"If-None-Match": tags})
    assert (answer.status_code, answer.json()) == (200, "as it is")


def test_a_weak_tag_works_through_compression(client: httpx.Client) -> None:
    first = client.get("/list?count=2000", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = {"If-None-Match": first.headers["etag"], "Accept-Encoding": "gzip"}
    assert client.get("/list?count=2000", headers=again).status_code == 304
    assert client.get("/list?count=2001", headers=again).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/gone", 404), ("/created", 202), ("/stream", 200), ("/nowhere", 404)])
def test_errors_streams_and_other_answers_pass_as_they_are(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path, headers={"If-None-Match": "*"})
    assert answer.status_code == status
    assert answer.content
    assert "etag" not in answer.headers


def test_a_write_is_never_304(client: httpx.Client) -> None:
    answer = client.put("/thing", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()) == (200, "written")
    assert "etag" not in answer.headers


@pytest.mark.parametrize("tags", [None, '"3"', "*", '"1", "3"', '"1","3"'])
def test_a_writer_who_has_seen_the_version_may_write(client: httpx.Client, tags: str | None) -> None:
    assert client.put("/thing", headers={"If-Match": tags} if tags else {}).status_code == 200


@pytest.mark.parametrize("tags", ['"2"', "3", '"1", "2"', 'W/"3"', "", '"*"'])
def test_a_writer_who_has_not_is_told_the_newest(client: httpx.Client, tags: str) -> None:
    """Compared strongly, as RFC 9110 has it for If-Match: a weak tag never matches."""
    answer = client.put("/thing", headers={"If-Match": tags})
    assert answer.status_code == 412
    assert answer.json()["code"] == "PRECONDITION_FAILED"
    assert answer.json()["details"] == {"current": '"3"'}
