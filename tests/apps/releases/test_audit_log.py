"""The audit log: searched, and exported so that each line can be verified by whoever has the file."""

import csv
import hashlib
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from portico.apps.releases.seeding import SAMPLE_PASSWORD, SAMPLE_USER
from portico.kernel.csv_cells import as_meant
from tests.servers import serving_app
from tests.whole.project import ROOT

GENESIS = "0" * 64
SEALED = ("seq", "id", "app", "at", "actor", "actor_name", "address", "action", "object", "details")
ADD = """
    INSERT INTO portico.event_log (app, at, actor, actor_name, address, action, object, details)
    VALUES ('releases', %s, %s, %s, '10.0.0.1', %s, %s, '{"note": "=1+1"}')"""
EVENTS = [
    ("2026-06-30T23:59:59.999999Z", "1", "anna", "release.published", "release:1"),
    ("2026-07-01T00:00:00Z", "1 key 8c1f", "anna", "release.published", "release:2"),
    ("2026-08-15T12:00:00Z", "2", "=cmd|' /C calc'!A0", "freeze.created", "freeze:1"),
    ("2026-09-30T23:59:59.999999Z", "2", "bert", "release.withdrawn", "release:2"),
    ("2026-10-01T00:00:00Z", "2", "bert", "deployment.requested", "deployment:1"),
]
QUARTER = {"from": "2026-07-01", "to": "2026-10-01T00:00:00Z"}


@pytest.fixture
def auditor(new_database: Callable[..., str]) -> Iterator[httpx.Client]:
    """An administrator, with the events above in a log that is sealed."""
    url = new_database("releases")
    with psycopg.connect(url, autocommit=True) as owner:
        for event in EVENTS:
            owner.execute(ADD, event)
        owner.execute("SELECT portico.seal_events()")
    with serving_app("releases", url) as client:
        signed_in = {"email": SAMPLE_USER["email"], "password": SAMPLE_PASSWORD}
        token = client.post("/api/v1/auth/login", json=signed_in).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_events_are_found_by_who_what_and_when(auditor: httpx.Client) -> None:
    assert objects(auditor, actor="1") == ["release:2", "release:1"]
    assert objects(auditor, actor="bert") == ["deployment:1", "release:2"]
    assert objects(auditor, action="release.*") == ["release:2", "release:2", "release:1"]
    assert objects(auditor, action="release.withdrawn") == ["release:2"]
    assert objects(auditor, object="release:2", **QUARTER) == ["release:2", "release:2"]
    assert objects(auditor, **QUARTER) == ["release:2", "freeze:1", "release:2"]
    assert objects(auditor, action="nothing") == []


def test_a_walk_shows_every_event_once(auditor: httpx.Client) -> None:
    found, cursor = [], None
    while cursor is not None or not found:
        page = auditor.get("/api/v1/audit-logs", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        found += [each["seq"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert found == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("wrong", [{"cursor": "x"}, {"cursor": "WyJ4IiwxXQ"}, {"from": "soon"}])
def test_what_cannot_be_understood_is_invalid(auditor: httpx.Client, wrong: dict[str, str]) -> None:
    assert auditor.get("/api/v1/audit-logs", params=wrong).status_code == 422


def test_a_quarter_is_exported_and_verified_from_the_file_alone(auditor: httpx.Client) -> None:
    lines = exported(auditor, **QUARTER)
    assert [line["object"] for line in lines] == ["release:2", "freeze:1", "release:2"]
    assert [line["seq"] for line in lines] == ["2", "3", "4"]
    assert all(sealed(line) == line["hash"] for line in lines)
    assert [line["previous_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert exported(auditor)[0]["previous_hash"] == GENESIS
    altered = {**lines[1], "actor_name": "somebody else"}
    assert sealed(altered) != altered["hash"]


def test_the_program_of_the_documents_verifies_a_file(auditor: httpx.Client, tmp_path: Path) -> None:
    program = (ROOT / "docs/audit-log.md").read_text().partition("~~~python\n")[2].partition("~~~")[0]
    (tmp_path / "verify.py").write_text(program)
    right = auditor.get("/api/v1/audit-logs.csv", params=QUARTER).content
    for content, code, said in ((right, 0, ""), (right.replace(b"bert", b"anna"), 1, "changed: 4 4\n")):
        (tmp_path / "quarter.csv").write_bytes(content)
        command = [sys.executable, "-W", "ignore", "verify.py", "quarter.csv"]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout) == (code, said), found.stderr


def test_no_cell_is_a_formula(auditor: httpx.Client) -> None:
    text = auditor.get("/api/v1/audit-logs.csv").text
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd|' /C calc'!A0" in cells


def test_who_is_not_signed_in_sees_nothing(auditor: httpx.Client) -> None:
    for path in ("/api/v1/audit-logs", "/api/v1/audit-logs.csv"):
        assert auditor.get(path, headers={"Authorization": ""}).status_code == 401


def objects(auditor: httpx.Client, **wanted: str) -> list[str]:
    return [each["object"] for each in auditor.get("/api/v1/audit-logs", params=wanted).json()["items"]]


def exported(auditor: httpx.Client, **wanted: str) -> list[dict[str, str]]:
    answer = auditor.get("/api/v1/audit-logs.csv", params=wanted)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = csv.DictReader(io.StringIO(answer.text, newline=""))
    return [{name: as_meant(cell) for name, cell in row.items()} for row in rows]


def sealed(line: dict[str, Any]) -> str:
    """The hash of a line, as docs/audit-log.md says how to make it."""
    parts = [line[name].encode() for name in SEALED]
    text = b"".join(b"%d:%s," % (len(part), part) for part in parts)
    return hashlib.sha256(bytes.fromhex(line["previous_hash"]) + text).hexdigest()
