"""A third party who has a binder, a Python, and no reason to trust anybody."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.audit import papers
from tests.apps.audit.binders import binder, events, sign_anew, verified, write_events
from tests.apps.audit.papers import step
from tests.apps.audit.vault import filed, request
from tests.apps.audit.vault import step as request_step
from tests.apps.audit.world import API, World, done, open_world

STATEMENT = b"date;text;amount\n2025-01-31;Rent;-1200.00\n" * 50


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with open_world(database_url) as world:
        yield world


def test_a_third_party_verifies_the_binder(world: World, tmp_path: Path) -> None:
    """An engagement from the request to the archive; then the binder, years later, without the server."""
    asked = request(world)
    answer = filed(world, STATEMENT, name="statement.csv", by=world.auditee, request=asked["id"])
    request_step(world.auditee, asked, "submit", answer="January to December.")
    request_step(world.auditor, asked, "accept")
    paper = papers.workpaper(world)
    done(world.auditor.client.put(f"{API}/workpapers/{paper['id']}/evidence/{answer['id']}"))
    papers.approved(world, paper)
    draft = papers.finding(world, workpaper_id=paper["id"])
    papers.link(world, draft["id"], answer["id"])
    step(world.auditor, f"findings/{draft['id']}", "validate")
    step(world.auditee, f"findings/{draft['id']}", "agree")
    world.move(world.id, "submit-review", "draft-report", "issue")
    head = world.lead.client.get(f"{API}/log/head", params={"engagement": world.id})

    unpacked = binder(world, tmp_path / "download")
    code, told = verified(unpacked)
    assert code == 0, told
    assert head.status_code == 200
    _traces(unpacked, answer["sha256"])
    _detects(unpacked, tmp_path)


def _traces(unpacked: Path, sha256: str) -> None:
    """From the finding in the report to the bytes that the client has sent."""
    assert b"DRAFT" not in (unpacked / "report.html").read_bytes()
    finding = json.loads((unpacked / "findings/F-0001.json").read_text())
    assert (finding["state"], finding["evidence"]) == ("agreed", ["E-1 version 1"])
    paper = json.loads((unpacked / f"workpapers/W-{finding['workpaper']:04}-v1.json").read_text())
    assert (paper["state"], paper["procedure"]) == ("approved", finding["procedure"])
    assert paper["prepared_by"]["id"] != paper["reviewed_by"]["id"]
    [version] = json.loads((unpacked / "evidence.json").read_text())
    assert version["sha256"] == sha256 == hashlib.sha256((unpacked / version["path"]).read_bytes()).hexdigest()
    assert (unpacked / version["path"]).read_bytes() == STATEMENT
    assert version["received_by"]["name"] == "Olga Test"
    done_in_order = [event["action"] for event in events(unpacked)]
    assert done_in_order.index("evidence.received") < done_in_order.index("evidence.sealed")
    assert done_in_order[-1] == "engagement.issue" or done_in_order[-1].startswith("engagement.")


def _detects(unpacked: Path, folder: Path) -> None:
    """One changed byte, one removed file, one reordered line, each by one who has also mended the manifest."""
    [version] = json.loads((unpacked / "evidence.json").read_text())
    changed = Path(shutil.copytree(unpacked, folder / "changed"))
    content = (changed / version["path"]).read_bytes()
    (changed / version["path"]).write_bytes(content.replace(b"1200.00", b"1200.01", 1))
    assert verified(changed)[1][0] == f"changed: {version['path']}"
    sign_anew(changed)
    assert verified(changed)[1][0] == f"altered since receipt: {version['path']}"

    removed = Path(shutil.copytree(unpacked, folder / "removed"))
    (removed / version["path"]).unlink()
    assert verified(removed)[1][0] == f"removed: {version['path']}"

    reordered = Path(shutil.copytree(unpacked, folder / "reordered"))
    lines = events(reordered)
    write_events(reordered, [lines[1], lines[0], *lines[2:]])
    sign_anew(reordered)
    code, told = verified(reordered)
    assert code == 1
    assert told[0].startswith("log/events.jsonl line 2: out of order: place ")
