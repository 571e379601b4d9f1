"""The report: who may read it, what it tells, that it is a draft until it is issued, and that it runs nothing."""

import re
from datetime import datetime, timedelta, timezone
from html import unescape

import pypdfium2
import pytest

from portico.apps.audit.reports.content import shown
from tests.apps.audit.everything import add, fill, place_of
from tests.apps.audit.world import World

FORMS = ("html", "pdf")
FINDING = {
    "severity": "high", "state": "agreed", "title": "Same hands", "criteria": "Policy 4.2", "condition": "No check",
    "cause": "Few people", "effect": "Fraud goes unseen", "recommendation": "Part them", "requirement_id": 1,
    "sent_at": "2025-07-01T00:00Z",
}  # fmt: skip


@pytest.fixture(scope="module")
def ours(shared_world: World) -> World:
    """With a row of everything, in whose texts somebody has tried their luck."""
    place, owner = place_of(shared_world), {"owner_id": shared_world.auditee.user_id}
    fill(shared_world.url, place, number=1, mark="<i>base</i>")
    for number, severity in enumerate(["low", "critical", "high"], 100):
        add(shared_world.url, place, "findings", **{**FINDING, **owner, "severity": severity, "number": number})
    add(
        shared_world.url,
        place,
        "findings",
        **{**FINDING, **owner, "state": "draft", "title": "Not yet said", "number": 200},
    )
    add(
        shared_world.url,
        place,
        "findings",
        **{**FINDING, **owner, "state": "withdrawn", "title": "Taken back", "number": 201},
    )
    return shared_world


def html(world: World, path: str | None = None) -> str:
    answer = world.lead.client.get(f"{path or world.path}/report.html")
    assert answer.status_code == 200, answer.text
    return answer.text


def pages(world: World, path: str | None = None) -> list[str]:
    """The words of each page of the PDF."""
    answer = world.lead.client.get(f"{path or world.path}/report.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("form", FORMS)
def test_the_team_reads_it_and_nobody_else_knows_of_it(ours: World, form: str) -> None:
    path = f"{ours.path}/report.{form}"
    for person in (ours.lead, ours.auditor, ours.reviewer):
        assert person.client.get(path).status_code == 200
    for person in (ours.auditee, ours.stranger, ours.admin):
        assert person.client.get(path).status_code == 404
    assert ours.nobody.get(path).status_code == 401
    assert ours.lead.client.get(path.replace(f"/{ours.id}/", "/999999/")).status_code == 404


def test_it_tells_all_there_is_to_tell(ours: World) -> None:
    told = html(ours)
    headings = re.findall(r"<h2>(.*?)</h2>", told)
    assert headings == [
        "Objective", "Team", "Scope: the procedures", "Findings", "Sampling", "Exceptions in the books",
        "Reconciliations", "Assessment of controls", "Evidence", "Event log",
    ]  # fmt: skip
    for text in (
        ours.engagement["name"],
        ours.company["name"],
        "2025-01-01 to 2025-12-31",
        "Lea Test",
        "Policy 4.2",
        "Olga Test",
    ):
        assert text in told
    assert [*re.findall(r'<p class="state">(\w+), agreed', told)] == ["critical", "high", "low"]
    assert "3 in all: 1 critical, 1 high, 1 low." in told
    assert "Not yet said" not in told, "a draft is no finding"
    assert "Taken back" not in told
    head = ours.admin.client.get("/api/v1/log/head").json()
    assert head["hash"] in told


def test_the_pdf_says_what_the_page_says(ours: World) -> None:
    told = unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html(ours), flags=re.DOTALL))
    printed = re.sub(r"\s", "", " ".join(pages(ours)))  # a column may break a word
    missing = {word for word in re.findall(r"\w+", told) if word not in printed}
    assert not {word for word in missing if word.isalpha()}, "but for the time when each was written"


def test_it_runs_nothing_and_shows_texts_as_they_were_written(ours: World) -> None:
    answer = ours.lead.client.get(f"{ours.path}/report.html")
    assert "<i>" not in answer.text
    assert "&lt;i&gt;base&lt;/i&gt;" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_draft_is_marked_on_every_page_until_it_is_issued(shared_world: World) -> None:
    engagement = shared_world.new_engagement()["id"]
    path = f"/api/v1/engagements/{engagement}"
    assert 'class="watermark"' in html(shared_world, path)
    assert all("DRAFT" in page for page in pages(shared_world, path))
    shared_world.move(engagement, "submit-review", "draft-report")
    assert all("DRAFT" in page for page in pages(shared_world, path))
    shared_world.move(engagement, "issue")
    assert 'class="watermark"' not in html(shared_world, path)
    assert not any("DRAFT" in page for page in pages(shared_world, path))


def test_names_stay_as_they_were_typed_and_times_are_those_of_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    assert shown("GL_2025_final.csv") == "GL_2025_final.csv"
    assert shown(datetime(2025, 7, 1, 0, 30, tzinfo=berlin)) == "2025-06-30 22:30 UTC"


def test_letters_of_other_scripts_are_printed(shared_world: World) -> None:
    name = "Проверка Ωμέγα žluťoučký — 2025"
    engagement = shared_world.new_engagement(name=name)["id"]
    assert name in pages(shared_world, f"/api/v1/engagements/{engagement}")[0]


def test_the_page_looks_right_without_anything(shared_world: World) -> None:
    path = f"/api/v1/engagements/{shared_world.new_engagement()['id']}"
    told = html(shared_world, path)
    for sentence in ("There are no findings.", "No samples were drawn.", "No evidence was received.", "not set"):
        assert sentence in told


def test_a_sample_tells_what_was_found_and_what_it_says_of_the_population(ours: World) -> None:
    evaluation = {"items": 59, "deviations": 1, "comparison": "At a risk of 5 % the rate is at most 7.79 %."}
    values = {"evaluation": evaluation, "seed": "4711", "state": "evaluated", "selected_at": "2025-07-01T00:00Z"}
    add(ours.url, place_of(ours), "samples", **values, evaluated_at="2025-07-01T00:00Z")
    told = html(ours)
    assert "59 items examined. 1 deviation. At a risk of 5 % the rate is at most 7.79 %." in told
    assert "seed 4711" in told


def test_what_the_owner_of_a_finding_answers_is_told(ours: World) -> None:
    place, owner = place_of(ours), {"owner_id": ours.auditee.user_id}
    disputed = {**FINDING, **owner, "state": "disputed", "title": "Late entries"}
    finding = add(ours.url, place, "findings", **disputed)
    said = {"finding_id": finding, "action": "dispute", "text": "They were made by the night shift."}
    add(ours.url, place, "finding_notes", **said)
    assert "They were made by the night shift." in html(ours)


def test_a_reconciliation_tells_what_is_left_on_both_sides(ours: World) -> None:
    left = {"lines": 14, "unmatched_lines": 2, "unmatched_total": 1340.5}
    right = {"lines": 12, "unmatched_lines": 0, "unmatched_total": 0.0}
    summary = {"left": left, "right": right, "matches": {"exact": 11, "tolerance": 1}, "difference": 1340.5}
    add(ours.url, place_of(ours), "reconciliations", summary=summary)
    told = html(ours)
    for text in ("2 of 14 lines, 1,340.50", "0 of 12 lines, 0.00", "exact 11; tolerance 1", "<td>1,340.50</td>"):
        assert text in told
