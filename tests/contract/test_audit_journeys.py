"""Journeys through Smart Audit, each as its people go it: over HTTP, from end to end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.apps.audit import papers
from tests.apps.audit.papers import step
from tests.apps.audit.world import API, Person, World, done, open_world
from tests.clocks import MovableClock
from tests.contract.shop import made

LONG = {"access_token_expire_minutes": 60 * 24 * 200, "refresh_token_expire_days": 200}
"""Nobody has to sign in again because a test has moved the clock."""


@pytest.fixture
def world(database_url: str, clock: MovableClock) -> Iterator[World]:
    with open_world(database_url, clock=clock, **LONG) as world:
        yield world


def listed(person: Person, path: str, **params: Any) -> list[Any]:
    found: list[Any] = done(person.client.get(f"{API}/{path}", params=params))["items"]
    return found


def refused(found: httpx.Response, status: int = 409) -> str:
    assert found.status_code == status, found.text
    detail: str = found.json()["detail"]
    return detail


def upload(person: Person, name: str, content: bytes, **form: Any) -> dict[str, Any]:
    files = {"file": (name, content, "text/csv")}
    return made(person.client.post(f"{API}/evidence", data={k: str(v) for k, v in form.items()}, files=files))


def test_a_reviewer(world: World, clock: MovableClock) -> None:
    """The queue, the oldest first; a paper goes back, comes again and is approved; nobody reviews their own."""
    version_id = papers.evidence(world, is_sealed=False)
    payments, stock = papers.workpaper(world, title="Payments"), papers.workpaper(world, title="Stock")
    done(world.auditor.client.put(f"{API}/workpapers/{payments['id']}/evidence/{version_id}"))
    for paper in (payments, stock):
        step(world.auditor, f"workpapers/{paper['id']}", "prepare")
        clock.move(hours=1)
    own = papers.workpaper(world, title="Mine", by=world.reviewer)
    step(world.reviewer, f"workpapers/{own['id']}", "prepare")

    assert [each["title"] for each in listed(world.reviewer, "reviews")] == ["Payments", "Stock"]
    assert [each["title"] for each in listed(world.lead, "reviews")] == ["Payments", "Stock", "Mine"]
    assert "somebody else" in refused(world.reviewer.client.post(f"{API}/workpapers/{own['id']}/review"))

    path = f"workpapers/{payments['id']}"
    step(world.reviewer, path, "review")
    step(world.reviewer, path, "return", reason="How were the 59 chosen?")
    assert [each["title"] for each in listed(world.reviewer, "reviews")] == ["Stock"]
    text = {"work_done": "59 payments, drawn from a frozen population with seed 7."}
    edited = done(world.auditor.client.patch(f"{API}/{path}", json=text))
    assert (edited["edition"], edited["review_note"]) == (1, "How were the 59 chosen?")
    step(world.auditor, path, "prepare")
    step(world.reviewer, path, "review")
    assert "not sealed" in refused(world.reviewer.client.post(f"{API}/{path}/approve"))
    papers.seal(world, version_id)
    approved = step(world.reviewer, path, "approve", note="It follows.")
    assert approved["reviewed_by"]["name"] == world.reviewer.name

    # An afterthought is a new version: the one that was approved stays as it was.
    done(world.colleague.client.patch(f"{API}/{path}", json={"conclusion": "Four had one approval."}))
    second, first = done(world.reviewer.client.get(f"{API}/{path}/versions"))
    assert (second["state"], first["state"]) == ("draft", "approved")  # type: ignore[index]
    assert first["conclusion"] == payments["conclusion"]  # type: ignore[index]
    assert "draft" in refused(world.lead.client.post(f"{world.path}/submit-review"))
    step(world.colleague, path, "prepare")
    assert [each["edition"] for each in listed(world.reviewer, "reviews")] == [1, 2]
    assert done(world.lead.client.post(f"{world.path}/submit-review"))["state"] == "review"


def test_a_control_owner_in_the_portal(world: World, clock: MovableClock) -> None:
    """Asked for papers, answers; gets a finding, disputes it, remedies it. Sees nothing else the whole time."""
    owner, auditor = world.auditee, world.auditor
    due_on = str(clock().date() + timedelta(14))
    body = {"title": "Payments of 2025", "assignee_id": str(owner.id), "due_on": due_on}
    request = made(auditor.client.post(f"{world.path}/requests", json=body))
    assert listed(owner, "requests") == []
    step(auditor, f"requests/{request['id']}", "send")
    [asked] = listed(owner, "requests")
    assert (asked["title"], asked["due_on"]) == ("Payments of 2025", due_on)

    wrong = upload(owner, "2024.csv", b"a;b\n", engagement=world.id, request=request["id"], title="Payments")
    step(owner, f"requests/{request['id']}", "submit", answer="Here they are.")
    step(auditor, f"requests/{request['id']}", "return", reason="These are of 2024.")
    right = upload(owner, "2025.csv", b"a;c\n", engagement=world.id, evidence=wrong["evidence_id"])
    step(owner, f"requests/{request['id']}", "submit", answer="Sorry.")
    assert step(auditor, f"requests/{request['id']}", "accept")["state"] == "accepted"

    draft = papers.finding(world)
    papers.link(world, draft["id"], right["id"])
    assert listed(owner, "findings") == []
    path = f"findings/{draft['id']}"
    step(auditor, path, "validate")
    [sent] = listed(owner, "findings")
    assert sent["title"] == papers.TEXTS["title"]
    step(owner, path, "dispute", reason="One of the three was approved on paper.")
    step(auditor, path, "revise", reason="Right: two.")
    assert listed(owner, "findings") == []
    done(auditor.client.patch(f"{API}/{path}", json={"condition": "Two of 59 payments had one approval."}))
    step(auditor, path, "validate")
    seen = done(owner.client.get(f"{API}/{path}"))
    assert (seen["condition"][:3], "workpaper" in seen, "evidence" in seen) == ("Two", False, False)
    _sees_nothing_else(owner, world, request["id"], draft["id"])

    step(owner, path, "agree")
    step(owner, path, "plan", action_plan="The bank asks for two.", due_on=str(clock().date() + timedelta(60)))
    clock.move(days=100)
    overdue = done(world.lead.client.get(f"{world.path}/findings/aging"))
    assert {row["age"]: row["total"] for row in overdue["ages"] if row["total"]} == {"not_due": 1, "31-60": 1}
    step(owner, path, "remediate")
    step(owner, path, "ready", note="Since June.")
    assert refused(owner.client.post(f"{API}/{path}/close", json={"note": "Done."}), 403)
    papers.link(world, draft["id"])
    assert step(auditor, path, "close", note="25 payments, each approved by two.")["state"] == "closed_verified"
    texts = [note["text"] for note in owner.client.get(f"{API}/{path}/notes").json()]
    assert texts[-2:] == ["Since June.", "25 payments, each approved by two."]
    _sees_nothing_else(owner, world, request["id"], draft["id"])


def _sees_nothing_else(owner: Person, world: World, request_id: int, finding_id: int) -> None:
    """Whatever the team has written since: an auditee has the door that is theirs."""
    other = papers.sent(world, owner=world.other_auditee)
    for path in (
        f"engagements/{world.id}", f"engagements/{world.id}/findings", f"engagements/{world.id}/requests",
        f"engagements/{world.id}/workpapers", f"engagements/{world.id}/procedures", f"findings/{other['id']}",
        f"workpapers/{other['workpaper']['id']}", f"procedures/{other['procedure']['id']}",
        f"findings/{other['id']}/notes",
    ):  # fmt: skip
        assert owner.client.get(f"{API}/{path}").status_code == 404, path
    assert [each["id"] for each in listed(owner, "requests")] == [request_id]
    assert [each["id"] for each in listed(owner, "findings")] == [finding_id]
    assert listed(owner, "reviews") == []
