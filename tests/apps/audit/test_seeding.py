"""The sample data: a firm at work on a client's year, what was planted in it, and what finds that."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pypdfium2  # type: ignore[import-untyped]  # it has no annotations
import pytest

from portico.apps.audit.sample.cast import ADMIN, AUDITOR, BOOKS, CFO, CONTROLS, LEAD, PASSWORD, REVIEWER
from portico.apps.audit.sample.papers import Papers, papers
from portico.apps.audit.sample.service import TEXTS
from portico.kernel.errors import Conflict
from portico.kernel.migrations import upgrade
from portico.kernel.seeding import SeedSummary
from tests.apps.audit.world import API, done
from tests.databases import Databases
from tests.servers import seed, serving_app
from tests.whole.project import ROOT

HEADING = re.compile(r"^## (?P<kind>\w+)\n\n(?P<numbers>(?:.+\n)+)", re.MULTILINE)
FOUND = """
    SELECT r.test, e.number FROM audit.exceptions AS x JOIN audit.test_runs AS r ON r.id = x.run_id
    JOIN audit.entries AS e ON e.ledger_id = x.ledger_id AND e.position = x.entry"""


class Seeded:
    """A database with the sample data, and its people at their clients."""

    def __init__(self, url: str, summary: SeedSummary, client: httpx.Client) -> None:
        self.url = url
        self.summary = summary
        self.client = client
        self._headers: dict[str, dict[str, str]] = {}

    def get(self, path: str, by: str = LEAD, **params: Any) -> Any:
        return done(self.client.get(f"{API}{path}", params=params, headers=self.headers(by)))

    def headers(self, email: str) -> dict[str, str]:
        if email not in self._headers:
            found = done(self.client.post("/auth/login", json={"email": email, "password": PASSWORD}))
            self._headers[email] = {"Authorization": f"Bearer {found['access_token']}"}
        return self._headers[email]

    def engagement(self, name: str) -> int:
        number: int = next(each["id"] for each in self.get("/engagements")["items"] if each["name"] == name)
        return number

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def seeded(databases: Databases, worker_id: str) -> Iterator[Seeded]:
    """Seeded by this process, in whose folder the files are."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    summary = seed("audit", url)
    with serving_app("audit", url) as client:
        yield Seeded(url, summary, client)
    databases.drop(url)


@pytest.fixture(scope="module")
def made_up() -> Papers:
    return papers()


def test_everybody_of_the_cast_signs_in(seeded: Seeded) -> None:
    roles = {email: seeded.get("/auth/me", by=email)["role"] for email in (LEAD, ADMIN, AUDITOR, REVIEWER, CFO)}
    assert (roles.pop(LEAD), roles.pop(ADMIN), set(roles.values())) == ("engagement_lead", "admin", {"staff"})


def test_two_engagements_are_at_work(seeded: Seeded) -> None:
    shown = {each["name"]: (each["state"], each["role"]) for each in seeded.get("/engagements")["items"]}
    assert shown == {BOOKS: ("fieldwork", "lead"), CONTROLS: ("follow_up", "lead")}
    assert seeded.get("/engagements", by=CFO)["items"] == []


def test_requests_workpapers_and_findings_are_in_many_states(seeded: Seeded) -> None:
    def states(table: str) -> set[str]:
        return {state for (state,) in seeded.rows(f"SELECT state FROM audit.{table}")}

    assert states("requests") == {"draft", "requested", "submitted", "accepted", "returned"}
    assert states("workpaper_versions") == {"draft", "prepared", "in_review", "approved"}
    assert states("evidence_versions") == {"received", "sealed"}
    assert states("samples") == {"selected", "evaluated"}
    assert states("findings") == {
        "draft", "validation", "agreed", "disputed", "action_planned", "in_remediation", "ready_for_retest",
        "closed_verified", "risk_accepted",
    }  # fmt: skip
    decisions = {each for (each,) in seeded.rows("SELECT decision FROM audit.exceptions")}
    assert decisions == {"open", "cleared", "followed_up"}


def test_findings_are_late_by_different_ages(seeded: Seeded) -> None:
    aging = seeded.get(f"/engagements/{seeded.engagement(CONTROLS)}/findings/aging")
    late = {each["age"]: each["total"] for each in aging["ages"]}
    assert late == {"not_due": 1, "0-30": 1, "31-60": 1, "61-90": 0, "over_90": 1}
    assert aging["risk_accepted"] == 1


def test_every_planted_entry_is_found_by_its_test(seeded: Seeded, made_up: Papers) -> None:
    found = set(seeded.rows(FOUND))
    planted = {(each.test, each.number) for each in made_up.books.planted if each.test != "benford"}
    assert planted <= found
    digits = seeded.rows("""
        SELECT x.details ->> 'digits' FROM audit.exceptions AS x JOIN audit.test_runs AS r ON r.id = x.run_id
        WHERE r.test = 'benford'""")
    assert ("77",) in digits


def test_what_else_is_brought_up_is_what_the_documentation_says(seeded: Seeded, made_up: Papers) -> None:
    planted = {each.number for each in made_up.books.planted}
    false = Counter(test for test, number in set(seeded.rows(FOUND)) if number not in planted)
    assert false == {"round_amount": 12, "reversal": 11, "just_under_limit": 24}
    text = " ".join((ROOT / "docs/audit.md").read_text().split())
    assert f"of these {len(made_up.books.entries):,} entries" in text
    assert "12 round amounts and 11 reversals" in text
    assert "24 amounts just under a limit" in text


def test_what_does_not_reconcile_is_what_was_planted(seeded: Seeded) -> None:
    kinds = dict(seeded.rows("SELECT kind, summary FROM audit.reconciliations"))
    bank, credits = kinds["bank"], kinds["tax_credit"]
    # The fees and the swapped digits; the two payments and the amount before its digits were swapped.
    assert (bank["left"]["unmatched_lines"], bank["right"]["unmatched_lines"]) == (2, 3)
    assert bank["matches"]["one_to_many"] >= 1
    assert bank["matches"]["tolerance"] == 1
    assert (credits["left"]["unmatched_lines"], credits["right"]["unmatched_lines"]) == (2, 3)


def test_what_was_planted_is_in_the_documentation(made_up: Papers) -> None:
    text = (ROOT / "docs/audit-planted.md").read_text()
    listed = {
        (found["kind"], number.strip())
        for found in HEADING.finditer(text)
        for number in found["numbers"].replace("\n", " ").strip(" .").split(",")
    }
    assert listed == {(each.test, each.number) for each in made_up.books.planted}
    for line in made_up.files["planted"].content.decode().splitlines():
        kind, statement, reference, what, amount = line.split(",")[:5]
        if kind == "reconciliation":
            assert f"| {statement} | {reference} | {what} | {amount} |" in text


def test_the_list_is_in_the_vault_and_all_bytes_are_those_received(seeded: Seeded, made_up: Papers) -> None:
    found = seeded.get("/evidence", engagement=seeded.engagement(BOOKS), limit=100)["items"]
    listed = next(each for each in found if each["title"] == "What was planted")
    path = f"/evidence-versions/{listed['newest']['id']}"
    content = seeded.client.get(f"{API}{path}/content", headers=seeded.headers(LEAD))
    assert content.content == made_up.files["planted"].content
    for each in found:
        assert seeded.get(f"/evidence-versions/{each['newest']['id']}/verify")["intact"]


def test_the_sample_is_drawn_again_by_its_seed(seeded: Seeded) -> None:
    for sample in seeded.get(f"/engagements/{seeded.engagement(BOOKS)}/samples")["items"]:
        assert sample["items"] == sample["size"] or sample["method"] == "monetary_unit"
    evaluated = seeded.rows("SELECT evaluation FROM audit.samples WHERE state = 'evaluated'")
    assert evaluated[0][0]["is_within_tolerable"]


def test_the_search_finds_a_paper_and_the_client_only_their_own(seeded: Seeded) -> None:
    [hit] = seeded.get("/search", q="covenant")["items"]
    assert "equity" in hit["snippet"]
    assert seeded.get("/search", by=REVIEWER, q="leavers")["items"]
    assert seeded.get("/search", by=ADMIN, q="covenant")["items"] == []


@pytest.mark.parametrize("name", ["policy", "contract", "leavers", "changes", "retest"])
def test_printed_papers_say_what_the_search_finds(made_up: Papers, name: str) -> None:
    document = pypdfium2.PdfDocument(made_up.files[name].content)
    printed = document[0].get_textpage().get_text_range().split()
    assert printed == " ".join(TEXTS[name]).split()


def test_twice_doubles_nothing_and_flush_begins_anew(new_database: Callable[..., str]) -> None:
    url = new_database()
    first = seed("audit", url)
    again = seed("audit", url)
    assert again.counts == first.counts
    assert again.notes == []
    assert seed("audit", url, flush=True) == first
    with psycopg.connect(url) as connection:
        kept = connection.execute("SELECT state, count(*) FROM portico.files GROUP BY state").fetchall()
    assert len({count for _, count in kept}) == 1


def test_where_real_users_are_there_is_one_administrator_and_nothing_is_deleted(database_url: str) -> None:
    summary = seed("audit", database_url, demonstration=False)
    assert (summary.counts["users"], summary.counts["engagements"]) == (1, 0)
    assert "shown this once" in summary.notes[0]
    with pytest.raises(Conflict):
        seed("audit", database_url, demonstration=False, flush=True)
