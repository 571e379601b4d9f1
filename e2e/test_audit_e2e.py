"""The pages of the audit app in a real browser, at the width of a desk and of a phone.

E2E_API_URL=http://localhost:8000 pytest e2e/test_audit_e2e.py -v

They go by the sample data. What they add to it stays, since nothing of an audit is deleted.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from e2e.accessibility import assert_accessible
from e2e.audit_office import AUDITEE, ENGAGEMENT, LEAD, PASSWORD, REVIEWER, Office, opened, said, sign_in
from e2e.conftest import Shots
from e2e.keyboard import focused, tab_to

PARTS = (
    "Procedures", "Requests", "Evidence", "Ledgers and tests", "Reconciliations", "Populations", "Samples",
    "Workpapers", "Findings", "Controls",
)  # fmt: skip
BOOKS = "date,number,account,debit,credit,description\n" + "".join(
    f"2025-03-{1 + number % 28:02d},{number:04d},6200,{100 + number}.10,,Materials\n"
    f"2025-03-{1 + number % 28:02d},{number:04d},1000,,{100 + number}.10,Materials\n"
    for number in range(1, 81)
)


@pytest.fixture(scope="module")
def office(audit_url: str) -> Iterator[Office]:
    with opened(audit_url) as office:
        yield office


def seen(page: Page, shots: Shots, name: str) -> None:
    """Keep what the page looks like, no wider than the screen, in colours that can be read in light and dark."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
    shots.take(page, f"audit-{name}")


def part(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Engagement").get_by_role("link", name=name).click()


def test_the_workbench_shows_every_part_of_an_engagement(page: Page, office: Office, shots: Shots) -> None:
    sign_in(page, office.url, LEAD)
    expect(page.get_by_role("heading", name="Engagements")).to_be_visible()
    seen(page, shots, "engagements")
    page.get_by_role("link", name=ENGAGEMENT).click()
    expect(page.get_by_role("heading", name=ENGAGEMENT)).to_be_visible()
    expect(page.get_by_role("button", name="Submit review")).to_have_count(0)
    page.get_by_text("What cannot be done now, and why").click()
    expect(page.get_by_text("still in draft")).to_be_visible()
    seen(page, shots, "overview")
    for name in PARTS:
        part(page, name)
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
        seen(page, shots, name.lower().replace(" ", "-"))


def test_tests_of_a_ledger_are_charts_with_their_figures(page: Page, office: Office, shots: Shots) -> None:
    sign_in(page, office.url, LEAD)
    page.goto(f"{office.url}/pages/engagements/{office.engagement_id}/tests")
    expect(page.get_by_role("img", name="Exceptions by test")).to_be_visible()
    page.get_by_role("link", name="General ledger 2025").first.click()
    expect(page.get_by_role("img", name="First digit")).to_be_visible()
    expect(page.get_by_role("img", name="First two digits")).to_be_visible()
    page.get_by_text("The numbers as a table of First digit").click()
    expect(page.get_by_role("row", name="1 ").filter(has_text="30.10 %")).to_be_visible()
    page.get_by_label("Test", exact=True).select_option(label="duplicate")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("It is the same as entry").first).to_be_visible()
    seen(page, shots, "ledger")


def test_an_exception_is_decided_by_somebody_with_a_reason(page: Page, office: Office) -> None:
    sign_in(page, office.url, LEAD)
    page.goto(f"{office.url}/pages/engagements/{office.engagement_id}/tests")
    page.get_by_role("link", name="General ledger 2025").first.click()
    page.get_by_label("Decision").select_option(label="Open")
    page.get_by_role("button", name="Show").click()
    page.locator("summary", has_text="Decide").first.click()
    why = f"Agreed with the controller {uuid4().hex[:6]}"
    page.get_by_label("Why").first.fill(why)
    page.get_by_role("button", name="Clear it").first.click()
    said(page, "Your decision is on record.")
    page.get_by_label("Decision").select_option(label="Cleared")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text(why)).to_be_visible()


def test_the_client_answers_uploads_and_submits(page: Page, office: Office, shots: Shots, tmp_path: Path) -> None:
    request = office.request()
    paper = tmp_path / "paper.txt"
    paper.write_text(f"What was asked for {uuid4()}")
    sign_in(page, office.url, AUDITEE)
    expect(page.get_by_role("heading", name="What the auditors ask of you")).to_be_visible()
    expect(page.get_by_role("link", name="Engagements")).to_have_count(0)
    seen(page, shots, "portal")
    page.get_by_role("link", name=request["title"]).click()
    page.get_by_label("What the document is").fill("The papers")
    page.get_by_label("The file").set_input_files(paper)
    page.get_by_role("button", name="Upload it").click()
    said(page, "The document has arrived.")
    expect(page.get_by_text(hashlib.sha256(paper.read_bytes()).hexdigest())).to_be_visible()
    page.get_by_label("What you say to it").fill("Here they are.")
    seen(page, shots, "portal-request")
    page.get_by_role("button", name="Submit the answer").click()
    said(page, "Your answer is submitted.")
    page.context.clear_cookies()
    sign_in(page, office.url, LEAD)
    page.goto(f"{office.url}/pages/requests/{request['id']}")
    expect(page.get_by_text("Here they are.")).to_be_visible()
    seen(page, shots, "request")
    page.get_by_role("button", name="Accept the answer").click()
    said(page, "It is accepted, and what answers it is sealed.")
    page.get_by_role("link", name="The papers").click()
    page.get_by_role("button", name="Compare the bytes with the hash").click()
    said(page, "The bytes are those that were received.")
    expect(page.get_by_text("evidence.verified").first).to_be_visible()
    seen(page, shots, "evidence-version")


def test_the_owner_of_a_finding_agrees_plans_and_is_ready(page: Page, office: Office, shots: Shots) -> None:
    finding = office.finding()
    sign_in(page, office.url, AUDITEE)
    page.get_by_role("link", name=finding["title"]).click()
    seen(page, shots, "portal-finding")
    page.get_by_role("button", name="Agree").click()
    said(page, "It is on record.")
    page.get_by_label("What you will do").fill("Mend it.")
    page.get_by_label("Until").first.fill("2099-12-31")
    page.get_by_role("button", name="Plan it").click()
    said(page, "It is on record.")
    page.get_by_role("button", name="We have begun").click()
    page.get_by_label("What was done").fill("It is mended.")
    page.get_by_role("button", name="It is ready to be tested again").click()
    expect(page.get_by_text("Nothing now: it is ready for retest.")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, office.url, REVIEWER)
    page.get_by_role("link", name="Review", exact=True).click()
    page.get_by_role("link", name=finding["title"]).click()
    expect(page.get_by_text("It lacks sealed evidence of this retest.")).to_have_count(1)
    seen(page, shots, "finding")


def test_an_audit_is_begun_in_the_browser(page: Page, office: Office, shots: Shots, tmp_path: Path) -> None:
    books = tmp_path / "books.csv"
    books.write_text(BOOKS)
    sign_in(page, office.url, LEAD)
    plan_an_audit(page, shots)
    part(page, "Ledgers and tests")
    page.get_by_label("The file").set_input_files(books)
    page.get_by_role("button", name="Import it").click()
    looked_again(page)
    said(page, "It is imported, and its totals were checked.")
    page.get_by_label("Benford", exact=True).uncheck()
    seen(page, shots, "imported")
    page.get_by_role("button", name="Run them").click()
    looked_again(page)
    said(page, "The tests have been run.")
    expect(page.get_by_role("link", name="round amount")).to_be_visible()
    draw_a_sample(page, shots)
    for position in range(1, 60):
        page.get_by_label(f"Result of item {position}", exact=True).select_option(label="Holds")
    seen(page, shots, "sample-drawn")
    page.get_by_role("button", name="Keep what was found").click()
    said(page, "What was found is on record.")
    page.get_by_role("button", name="Evaluate it").click()
    said(page, "It is evaluated.")
    seen(page, shots, "sample-evaluated")


def looked_again(page: Page) -> None:
    """Ask until the job of the page has ended."""
    while page.get_by_role("link", name="Look again").is_visible():
        page.get_by_role("link", name="Look again").click()


def plan_an_audit(page: Page, shots: Shots) -> None:
    client = f"Ostwind {uuid4().hex[:8]}"
    page.get_by_role("link", name="Clients").click()
    page.get_by_label("Name").fill(client)
    seen(page, shots, "clients")
    page.get_by_role("button", name="Add the client").click()
    said(page, "The client is added.")
    page.get_by_role("link", name="Engagements").click()
    page.get_by_label("Client", exact=True).select_option(label=client)
    page.get_by_label("Name").fill("Audit 2025")
    page.get_by_label("The period begins on").fill("2025-01-01")
    page.get_by_label("The period ends on").fill("2025-12-31")
    page.get_by_role("button", name="Plan it, and lead it").click()
    said(page, "The engagement is planned, and you lead it.")
    page.get_by_text("Give somebody a role").click()
    page.get_by_label("E-mail address").fill(REVIEWER)
    page.get_by_label("Role", exact=True).select_option(label="reviewer")
    seen(page, shots, "planned")
    page.get_by_role("button", name="Give the role").click()
    said(page, "The role is given.")
    page.get_by_role("button", name="Start").click()


def draw_a_sample(page: Page, shots: Shots) -> None:
    part(page, "Populations")
    page.get_by_label("What it is called").fill("Purchases")
    page.get_by_label("Side", exact=True).select_option(label="Debits")
    page.get_by_role("button", name="Define it").click()
    seen(page, shots, "population")
    page.get_by_role("button", name="Freeze population 1").click()
    said(page, "The population is frozen.")
    part(page, "Samples")
    page.get_by_label("What it is for").fill("Approvals")
    page.get_by_label("What is tolerable").fill("5")
    page.get_by_role("button", name="Plan it").click()
    said(page, "The sample is planned.")
    page.get_by_role("button", name="Draw the items").click()
    said(page, "The items are drawn.")


def test_controls_are_assessed_in_the_browser(page: Page, office: Office, shots: Shots, tmp_path: Path) -> None:
    title = f"House rules {uuid4().hex[:8]}"
    document = tmp_path / "rules.json"
    document.write_text(json.dumps(rules(title)))
    sign_in(page, office.url, LEAD)
    page.get_by_role("link", name="Frameworks").click()
    page.get_by_label("The file").set_input_files(document)
    seen(page, shots, "frameworks")
    page.get_by_role("button", name="Import it").click()
    said(page, "It is imported.")
    page.get_by_text("Payments are approved by two").click()
    expect(page.get_by_text("Nobody pays alone.")).to_be_visible()
    seen(page, shots, "framework")
    plan_an_audit(page, shots)
    part(page, "Controls")
    page.get_by_label("Framework", exact=True).select_option(label=f"{title}, 1")
    page.get_by_role("button", name="Assess by it").click()
    said(page, "The engagement assesses by this framework.")
    seen(page, shots, "controls-chosen")
    page.get_by_role("link", name="P-1 Payments are approved by two").click()
    page.get_by_label("Method", exact=True).first.select_option(label="Examine")
    page.get_by_label("Result", exact=True).select_option(label="Other than satisfied")
    page.get_by_label("What was observed").fill("Of 59 payments one was approved by its payee.")
    page.get_by_role("button", name="Put it on record").click()
    said(page, "The assessment is on record.")
    seen(page, shots, "requirement")
    page.get_by_role("link", name="Next that is not assessed: P-2").click()
    expect(page.get_by_role("heading", name="P-2 Payees are known")).to_be_visible()
    part(page, "Controls")
    page.get_by_label("Result", exact=True).select_option(label="Other than satisfied")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 requirement with what you asked for")).to_be_visible()
    seen(page, shots, "controls-assessed")


def rules(title: str) -> dict[str, Any]:
    """An OSCAL catalog."""
    metadata = {"title": title, "version": "1", "oscal-version": "1.1.2", "last-modified": "2025-01-01T00:00:00Z"}
    texts = {"p-1": ("Payments are approved by two", "Nobody pays alone."), "p-2": ("Payees are known", "")}
    controls = [
        {
            "id": name, "title": called, "props": [{"name": "label", "value": name.upper()}],
            "parts": [{"id": f"{name}_smt", "name": "statement", "prose": text or "They are looked up."}],
        }
        for name, (called, text) in texts.items()
    ]  # fmt: skip
    group = {"id": "p", "title": "Payments", "controls": controls}
    return {"catalog": {"uuid": str(uuid4()), "metadata": metadata, "groups": [group]}}


def test_a_table_that_is_unclear_says_so_and_asks(page: Page, office: Office, shots: Shots, tmp_path: Path) -> None:
    table = tmp_path / "tabelle.csv"
    table.write_text("Tag;Kto;Wert\n31.12.2025;6200;1.000,50\n31.12.2025;1000;-1.000,50\n")
    sign_in(page, office.url, LEAD)
    page.goto(f"{office.url}/pages/engagements/{office.engagement_id}/tests")
    page.get_by_text("Import a ledger").click()
    page.get_by_label("The file").set_input_files(table)
    page.get_by_role("button", name="Import it").click()
    looked_again(page)
    expect(page.get_by_role("alert").filter(has_text="name the columns of: date, account")).to_be_visible()
    for column, heading in (("Date", "Tag"), ("Account", "Kto"), ("Amount", "Wert")):
        page.get_by_label(column, exact=True).fill(heading)
    seen(page, shots, "unclear")
    page.get_by_role("button", name="Read it so").click()
    looked_again(page)
    said(page, "It is imported, and its totals were checked.")


def test_a_reconciliation_shows_what_remains_and_why_the_rest_agrees(page: Page, office: Office, shots: Shots) -> None:
    sign_in(page, office.url, LEAD)
    page.goto(f"{office.url}/pages/engagements/{office.engagement_id}/reconciliations")
    page.get_by_label("The statement from outside").select_option(label="Bank statement 2025")
    page.get_by_label("The client's own ledger").select_option(label="General ledger 2025")
    page.get_by_label("Only the ledger's lines on the accounts").fill("1000")
    page.get_by_role("button", name="Compare them").click()
    said(page, "The ledgers are compared.")
    seen(page, shots, "reconciliation")
    page.get_by_label("List", exact=True).select_option(label="Matched exactly")
    page.get_by_role("button", name="Show").click()
    seen(page, shots, "matches")


def test_the_report_is_read_on_every_screen(page: Page, office: Office, shots: Shots) -> None:
    sign_in(page, office.url, LEAD)
    page.goto(f"{office.url}/pages/engagements/{office.engagement_id}/report.html")
    expect(page.get_by_role("heading", name="Exceptions in the books")).to_be_visible()
    seen(page, shots, "report")


def test_a_stranger_to_the_papers_sees_none_of_them(page: Page, office: Office) -> None:
    sign_in(page, office.url, AUDITEE)
    for path in (f"engagements/{office.engagement_id}", "review", f"engagements/{office.engagement_id}/findings"):
        answer = page.goto(f"{office.url}/pages/{path}")
        assert answer is not None
        if path == "review":
            expect(page.get_by_text("No workpaper waits for your review.")).to_be_visible()
        else:
            assert answer.status == 404


def test_reviewing_takes_no_mouse(page: Page, office: Office, shots: Shots) -> None:
    workpaper = office.workpaper()
    title = f"{workpaper['number']}. {workpaper['title']}"
    page.goto(f"{office.url}/pages/review")
    expect(page.get_by_label("E-mail address or username")).to_be_focused()
    page.keyboard.type(REVIEWER)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    seen(page, shots, "review")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, title, most=400)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.wait_for_load_state()
    tab_to(page, "Begin the review")
    page.keyboard.press("Enter")
    said(page, "The review has begun.")
    page.wait_for_load_state()
    seen(page, shots, "workpaper")
    tab_to(page, "Review note, if there is one")
    page.keyboard.type("Seen by keyboard.")
    tab_to(page, "Approve")
    page.keyboard.press("Enter")
    said(page, "It is approved.")
    expect(page.get_by_text("Seen by keyboard.")).to_be_visible()
