"""Documents with texts in them, as extraction leaves them, and an embedder that knows which words mean the same."""

import json
import re
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.apps.audit.world import Person, World

DIMENSIONS = 384
SAME = {"vehicle": "car", "automobile": "car", "lorry": "truck"}
"""Words that mean the same to the embedder of the tests."""

REQUEST = """
    INSERT INTO audit.requests (engagement_id, number, title, assignee_id, state, sent_at)
    SELECT %(engagement)s, coalesce(max(number), 0) + 1, 'Asked', %(assignee)s, %(state)s, now()
    FROM audit.requests WHERE engagement_id = %(engagement)s RETURNING id"""
DOCUMENT = """
    WITH filed AS (
        INSERT INTO audit.evidence (engagement_id, number, title, request_id)
        SELECT %(engagement)s, coalesce(max(number), 0) + 1, %(title)s, %(request)s
        FROM audit.evidence WHERE engagement_id = %(engagement)s RETURNING id
    )
    INSERT INTO audit.evidence_versions (evidence_id, number, file_id, name, media_type, size, sha256, received_by,
        received_from)
    SELECT id, 1, gen_random_uuid(), %(title)s || '.pdf', 'application/pdf', 1, repeat('ab', 32), %(by)s, ''
    FROM filed RETURNING id"""
CHUNKS = """
    INSERT INTO audit.chunks (engagement_id, evidence_version_id, page, title, text)
    SELECT %(engagement)s, %(version)s, page, %(title)s, text
    FROM unnest(%(pages)s::text[]) WITH ORDINALITY AS pages (text, page)"""


def request(world: World, assignee: Person, *, state: str = "requested", engagement_id: int | None = None) -> int:
    values = {"engagement": engagement_id or world.id, "assignee": assignee.user_id, "state": state}
    found: int = world.sql(REQUEST, **values)[0]["id"]
    return found


def document(
    world: World, *pages: str, title: str = "Contract", by: Person | None = None, request_id: int | None = None,
    engagement_id: int | None = None,
) -> int:  # fmt: skip
    """A document with these pages, uploaded by the auditor or by somebody else. Answers the id of its version."""
    values = {"engagement": engagement_id or world.id, "title": title, "request": request_id}
    version: int = world.sql(DOCUMENT, **values, by=(by or world.auditor).user_id)[0]["id"]
    world.sql(CHUNKS, engagement=values["engagement"], version=version, title=title, pages=list(pages))
    return version


def found(person: Person, q: str, status: int = 200, **params: Any) -> Any:
    answer = person.client.get("/api/v1/search", params={"q": q, **params})
    assert answer.status_code == status, answer.text
    return answer.json()


def names(person: Person, q: str, **params: Any) -> list[str]:
    """The titles of the documents that are found."""
    return [hit["document"]["title"] for hit in found(person, q, **params)["items"]]


class Endpoint:
    """An embedder behind HTTP. `fails_after`: how many more requests it answers before it is out of order."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/embeddings"
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.fails_after: int | None = None
        self.answer: Any = None
        """What it answers in place of vectors."""
        self.takes = 0.0
        """Seconds."""
        self.is_asked = threading.Event()

    def texts(self) -> int:
        return sum(len(each["input"]) for each in self.asked)


@contextmanager
def embedding() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            endpoint.is_asked.set()
            time.sleep(endpoint.takes)
            if endpoint.fails_after is not None:
                endpoint.fails_after -= 1
            is_down = endpoint.fails_after is not None and endpoint.fails_after < 0
            if not is_down:
                endpoint.asked.append(body)
                endpoint.keys.append(self.headers["authorization"])
            vectors = [{"index": place, "embedding": vector(text)} for place, text in enumerate(body["input"])]
            answer = json.dumps(endpoint.answer or {"data": vectors[::-1]}).encode()
            self.send_response(500 if is_down else 200)
            self.send_header("content-length", str(len(answer)))
            with suppress(ConnectionError):  # who has asked may have gone
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def vector(text: str) -> Sequence[float]:
    """A place for each word, the same one for those that mean the same."""
    found = [1e-3] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()):
        found[zlib.crc32(SAME.get(word, word).encode()) % DIMENSIONS] += 1.0
    return found
