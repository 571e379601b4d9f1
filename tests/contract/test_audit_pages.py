"""The pages of the audit app over real HTTP: the workbench, the queue, the portal, and what their forms refuse."""

import html
import re
from collections.abc import Iterator

import pytest

from portico.kernel.migrations import upgrade
from tests.apps.audit import ledgers, papers, vault
from tests.apps.audit.world import World, done, open_world
from tests.contract.audit_browsing import browsing, read, uploaded, went
from tests.contract.browsing import Visitor, assert_page, version_in
from tests.contract.shop import PASSWORD, unique
from tests.databases import Databases

NEVER = '<script>alert(1)</script>"><img src=x>'


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        yield world
    databases.drop(url)


@pytest.fixture
def auditor(world: World) -> Iterator[Visitor]:
    with browsing(world, world.auditor) as visitor:
        yield visitor


@pytest.fixture
def auditee(world: World) -> Iterator[Visitor]:
    with browsing(world, world.auditee) as visitor:
        yield visitor


def test_everybody_is_led_to_where_they_work(world: World) -> None:
    for person, place in ((world.auditor, "engagements"), (world.auditee, "portal"), (world.admin, "engagements")):
        with Visitor(world.nobody.base_url) as visitor:
            asked = visitor.open("/pages/start")
            assert asked.headers["location"] == "/pages/sign-in?next=/pages/start"
            visitor.sign_in(person.email, PASSWORD)
            assert visitor.open("/pages/start").headers["location"] == f"/pages/{place}"


def test_an_engagement_moves_on_from_its_page_and_says_why_not(world: World) -> None:
    engagement_id = world.new_engagement(is_started=False)["id"]
    body = {"procedure_id": papers.procedure(world, engagement_id)["id"], "title": "Payments"}
    done(world.lead.client.post(f"/api/v1/engagements/{engagement_id}/workpapers", json=body))
    at = f"/pages/engagements/{engagement_id}"
    with browsing(world, world.lead) as lead:
        assert went(lead.send(f"{at}/moves/start")) == f"{at}?done=moved"
        shown = read(lead, f"{at}?done=moved")
        assert "The engagement has moved on." in shown
        assert "Workpaper 1 is still in draft." in shown
        refused = lead.send(f"{at}/moves/submit-review")
        assert_page(refused, 409)
        assert_page(lead.send(f"{at}/moves/nowhere"), 404)


def test_texts_of_people_are_shown_as_they_are(world: World, auditor: Visitor) -> None:
    request = vault.request(world, title=NEVER, description=NEVER)
    for path in (f"/pages/requests/{request['id']}", f"/pages/engagements/{world.id}/requests"):
        page = auditor.open(path)
        assert_page(page, 200)
        assert "<script>" not in page.text
        assert html.escape(NEVER, quote=True) in page.text.replace("&#34;", "&quot;")


def test_a_request_is_drafted_and_what_is_wrong_is_said_beside_what_was_typed(world: World, auditor: Visitor) -> None:
    path = f"/pages/engagements/{world.id}/requests"
    wrong = auditor.send(path, title="Counts", due_on="tomorrow")
    assert_page(wrong, 422)
    assert 'value="Counts"' in wrong.text
    assert "due on" in wrong.text
    right = {"title": unique("Counts"), "description": "", "assignee_id": str(world.auditee.id), "due_on": ""}
    made = went(auditor.send(path, **{**right, "assignee_id": ""}))
    at = made.partition("?")[0]
    assert "Nobody of the client sees it until it is sent." in read(auditor, made)
    before = version_in(auditor.open(at))
    assert went(auditor.send(at, version=before, **right)).endswith("done=edited")
    assert_page(auditor.send(at, version=before, **right), 412)
    assert_page(auditor.send(at, version=before, **{**right, "due_on": "soon"}), 422)
    assert went(auditor.send(f"{at}/send")).endswith("done=sent")
    assert "waits for the client" in read(auditor, at)


def test_the_portal_takes_a_document_and_the_answer(world: World, auditor: Visitor, auditee: Visitor) -> None:
    request = vault.request(world, title=unique("Statement"))
    at = f"/pages/portal/requests/{request['id']}"
    assert request["title"] in read(auditee, "/pages/portal")
    assert went(uploaded(auditee, f"{at}/documents")).endswith("done=uploaded")
    assert "statement.txt" in read(auditee, at)
    assert went(auditee.send(f"{at}/submit", answer="Here.")).endswith("done=submitted")
    assert_page(uploaded(auditee, f"{at}/documents"), 409)
    team = f"/pages/requests/{request['id']}"
    assert went(auditor.send(f"{team}/return", reason="June is missing")).endswith("done=returned")
    assert "June is missing" in read(auditee, at)
    assert_page(auditor.send(f"{team}/return", reason=" "), 422)


def test_a_file_is_taken_only_from_the_page_s_own_form(world: World, auditee: Visitor) -> None:
    request = vault.request(world)
    path = f"/pages/portal/requests/{request['id']}/documents"
    assert_page(uploaded(auditee, path, csrf="0123.4567"), 403)
    assert_page(uploaded(auditee, path, origin="https://elsewhere.example"), 403)
    assert_page(uploaded(auditee, path, title=" "), 422)
    assert_page(uploaded(auditee, path, title="t" * 201), 422)
    assert_page(uploaded(auditee, path, files={"file": ("", b"", "text/plain")}), 422)
    assert done(world.auditor.client.get("/api/v1/evidence", params={"request": request["id"]}))["items"] == []


def test_evidence_is_filed_sealed_compared_and_downloaded(world: World, auditor: Visitor) -> None:
    path = f"/pages/engagements/{world.id}/evidence"
    title = unique("Letter")
    assert went(uploaded(auditor, path, title=title)).endswith("done=filed")
    listed = auditor.open(path)
    [number] = re.findall(rf'evidence-versions/(\d+)">\d+\. {title}', listed.text)
    at = f"/pages/evidence-versions/{number}"
    assert went(auditor.send(f"{at}/seal")).endswith("done=sealed")
    assert went(auditor.send(f"{at}/verify")).endswith("done=intact")
    shown = read(auditor, at)
    assert all(each in shown for each in ("evidence.received", "evidence.sealed", "evidence.verified"))
    content = auditor.client.get(f"{at}/content")
    assert content.content == b"All is well."
    following = {"file": ("signed.txt", b"All is well, and signed.", "text/plain")}
    newer = went(uploaded(auditor, f"{at}/next", files=following, title=None))
    assert "superseded" in read(auditor, at)
    assert "signed.txt" in read(auditor, newer)
    assert "File the next version" not in read(auditor, at), "it is filed for the newest one"


def test_the_queue_takes_a_workpaper_of_somebody_else_through(world: World) -> None:
    workpaper = papers.workpaper(world)
    papers.step(world.auditor, f"workpapers/{workpaper['id']}", "prepare")
    at = f"/pages/workpapers/{workpaper['id']}"
    with browsing(world, world.reviewer) as reviewer:
        assert f'href="{at}"' in reviewer.open("/pages/review").text
        assert went(reviewer.send(f"{at}/review")).endswith("done=review")
        assert_page(reviewer.send(f"{at}/return", note=""), 422)
        assert went(reviewer.send(f"{at}/approve", note="Well done", to="queue")) == "/pages/review?done=approve"
        assert "Well done" in read(reviewer, at)
        assert f'href="{at}"' not in reviewer.open("/pages/review").text
    with browsing(world, world.auditor) as auditor:
        assert "No workpaper waits for your review." in read(auditor, "/pages/review")


def test_a_workpaper_is_begun_edited_and_rests_on_evidence(world: World, auditor: Visitor) -> None:
    path = f"/pages/engagements/{world.id}/workpapers"
    wrong = auditor.send(path, title="Payments")
    assert_page(wrong, 422)
    assert 'value="Payments"' in wrong.text
    at = went(auditor.send(path, title=unique("Payments"), procedure_id=str(papers.procedure(world)["id"])))
    at = at.partition("?")[0]
    before = version_in(auditor.open(at))
    texts = {"title": "Payments of May", "objective": "o", "work_done": "w", "conclusion": "They are right"}
    assert went(auditor.send(at, version=before, **texts)).endswith("done=edited")
    assert "They are right" in read(auditor, at)
    late = auditor.send(at, version=before, **{**texts, "conclusion": "An hour of writing"})
    assert_page(late, 412)
    assert "An hour of writing" in late.text, "who comes second keeps what was typed"
    assert "Somebody else has changed it since you opened it." in late.text
    assert "They are right" in read(auditor, at)
    assert_page(auditor.send(at, version=version_in(late), **{**texts, "title": " "}), 422)
    evidence = papers.evidence(world)
    linked = auditor.send(f"{at}/evidence", version=version_in(auditor.open(at)), evidence_version_id=str(evidence))
    assert went(linked).endswith("done=linked")
    assert f"/pages/evidence-versions/{evidence}" in auditor.open(at).text
    for nothing in ("", "9" * 5000, "²"):
        assert_page(auditor.send(f"{at}/evidence", version="1", evidence_version_id=nothing), 422)


def test_a_finding_is_drafted_and_sent_once_it_rests_on_evidence(world: World, auditor: Visitor) -> None:
    path = f"/pages/engagements/{world.id}/findings"
    assert_page(auditor.send(path, title="Approvals"), 422)
    workpaper = papers.workpaper(world)
    form = {**papers.TEXTS, "workpaper_id": str(workpaper["id"]), "owner_id": "", "cause": ""}
    at = went(auditor.send(path, **form)).partition("?")[0]
    before = version_in(auditor.open(at))
    owned = {**form, "owner_id": str(world.auditee.id), "version": before}
    assert went(auditor.send(at, **owned)).endswith("done=edited")
    assert "Olga Test" in read(auditor, at)
    late = auditor.send(at, **{**owned, "cause": "Few people"})
    assert_page(late, 412)
    assert "Few people" in late.text
    assert_page(auditor.send(f"{at}/validate"), 409)
    rest = {"version": version_in(auditor.open(at)), "evidence_version_id": str(papers.evidence(world))}
    assert went(auditor.send(f"{at}/evidence", **rest)).endswith("done=linked")
    assert went(auditor.send(f"{at}/validate")).endswith("done=validate")


def test_a_ledger_shows_what_the_last_run_of_each_test_brought_up(world: World) -> None:
    engagement = world.new_engagement()["id"]
    rows = [ledgers.entry(1, ("6200", "5000.00"), ("1000", "-5000.00")), ledgers.entry(2)]
    ledger = ledgers.imported(world, ledgers.rows_of(*rows[0], *rows[1]), engagement=engagement)
    at = f"/pages/ledgers/{ledger['id']}"
    with browsing(world, world.lead) as lead:
        assert "No test has found anything." in read(lead, f"/pages/engagements/{engagement}/tests")
        for _ in range(2):
            ledgers.run_tests(world, ledger["id"], "round_amount")
        assert "1 exception." in read(lead, at)
        assert "2 debits of 10 or more." in read(lead, at), "each amount counts once"
        assert "Exceptions 1 1 open" in read(lead, f"/pages/engagements/{engagement}")
        [number] = re.findall(r'action="/pages/exceptions/(\d+)"', lead.open(at).text)
        decided = {"version": version_in(lead.open(at)), "reason": "It was agreed"}
        assert went(lead.send(f"/pages/exceptions/{number}", decision="cleared", **decided)).endswith("done=decided")
        assert_page(lead.send(f"/pages/exceptions/{number}", decision="followed_up", **decided), 412)
        assert "It was agreed Lea Test" in read(lead, at)
        assert "Decide otherwise" in read(lead, at)


def test_a_finding_goes_between_its_owner_and_the_team(world: World, auditor: Visitor, auditee: Visitor) -> None:
    finding = papers.sent(world, owner=world.auditee)
    at = f"/pages/portal/findings/{finding['id']}"
    assert went(auditee.send(f"{at}/dispute", note="It is not so")).endswith("done=said")
    assert "It is not so" in read(auditor, f"/pages/findings/{finding['id']}")
    assert went(auditee.send(f"{at}/agree", note="")).endswith("done=said")
    wrong = auditee.send(f"{at}/plan", action_plan="A long plan", due_on="2001-01-01")
    assert_page(wrong, 422)
    assert "A long plan" in wrong.text, "what was typed is still there"
    assert "is past" in wrong.text
    assert went(auditee.send(f"{at}/plan", action_plan="Mend it", due_on="2099-01-01")).endswith("done=said")
    assert "Mend it" in read(auditor, f"/pages/findings/{finding['id']}")
    assert "Open findings, and how late they are" in read(auditor, f"/pages/engagements/{world.id}/findings")
    assert_page(auditee.send(f"{at}/close", note="Done"), 404)
    team = f"/pages/findings/{finding['id']}"
    handed = {"version": version_in(auditor.open(team)), "owner_id": str(world.other_auditee.id)}
    assert went(auditor.send(team, **handed)).endswith("done=edited")
    assert_page(auditee.open(at), 404)


def test_an_archive_is_read_and_nothing_in_it_is_offered(world: World) -> None:
    engagement_id = world.new_engagement()["id"]
    world.archive(engagement_id)
    with browsing(world, world.lead) as lead:
        for part in ("", "/requests", "/evidence", "/tests", "/samples", "/workpapers", "/findings", "/controls"):
            assert_page(lead.open(f"/pages/engagements/{engagement_id}{part}"), 200)
        refused = lead.send(f"/pages/engagements/{engagement_id}/requests", title="Late")
        assert_page(refused, 409)
