"""The journey of a statutory auditor: the seed company's year, from the first request to the binder of the archive."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it has no annotations
import pytest

from portico.apps.audit.exceptions.catalog import NAMES
from portico.apps.audit.sample import catalog
from portico.apps.audit.sample.cast import CLIENT
from portico.apps.audit.sample.papers import YEAR, papers
from portico.apps.audit.sample.statements import bank_statement
from tests.apps.audit.binders import binder, verified
from tests.apps.audit.ledgers import found_by, run_queued, run_tests
from tests.apps.audit.papers import step
from tests.apps.audit.vault import filed, read_documents, uploaded
from tests.apps.audit.world import API, World, done, open_world
from tests.clocks import A_YEAR, MovableClock
from tests.contract.audit_of_books import Audit
from tests.contract.shop import made

USUAL = {"round_amount", "reversal", "just_under_limit"}
"""What usual business brings up beside what was planted: instalments of a loan, accruals taken back, chance."""
AIM = {"method": "attribute", "risk": 0.05, "tolerable": 0.05, "expected": 0}
DRAW = "2025-JE-2-a"


@pytest.fixture
def world(database_url: str, clock: MovableClock) -> Iterator[World]:
    with open_world(database_url, clock=clock, **A_YEAR) as world:
        yield world


def test_a_statutory_auditor(world: World, clock: MovableClock, tmp_path: Path) -> None:
    audit = opened(world, clock)
    ledger, version = ledger_received(audit)
    entries_tested(audit, ledger)
    sample, bills = sampled(audit, ledger)
    reconciled(audit, ledger)
    paper = written(audit, version, bills)
    finding = found(audit, paper, version, sample)
    reported(audit, finding)
    followed_up(audit, finding)
    archived(audit, finding, paper, version, tmp_path)


def opened(world: World, clock: MovableClock) -> Audit:
    """Client, engagement, team, framework, procedures."""
    made_up = papers()
    company = world.new_client(**CLIENT)
    engagement = world.new_engagement(
        client_id=company["id"], name="Audit of the books 2025", objective="An opinion on the books of the year.",
        materiality=200000, performance_materiality=150000, settings=dict(made_up.books.parameters), is_started=False,
    )  # fmt: skip
    audit = Audit(world, clock, engagement["id"], made_up)
    content, headers = catalog.catalog(), {"Content-Type": "application/json"}
    framework = made(world.lead.client.post(f"{API}/frameworks/import", content=content, headers=headers))
    audit.post("frameworks", framework_id=framework["id"])
    controls = audit.get(f"frameworks/{framework['id']}/requirements")["items"]
    ids = {each["code"]: each["id"] for each in controls}
    for code, title, requirement in (("JE-1", "Journal entries", "bk-1"), ("JE-2", "Approval of bills", "bk-2")):
        made_one = audit.post("procedures", code=code, title=title, method="test", requirement_id=ids[requirement])
        audit.procedures[code] = made_one["id"]
    assert audit.move("start")["state"] == "fieldwork"
    return audit


def ledger_received(audit: Audit) -> tuple[int, dict[str, Any]]:
    """The client's export does not agree with itself, goes back, and comes again: the ledger, and its evidence."""
    world = audit.world
    asked = audit.ask("General ledger 2025", procedure_id=audit.procedures["JE-1"])
    first = audit.answer(asked, audit.misstated, "general-ledger-2025.xml", request=asked["id"])
    checks = checked(audit, read(audit, first["id"]))
    [exception] = audit.get(f"test-runs/{checks['declared_totals']['run_id']}/exceptions")["items"]
    assert (exception["details"]["what"], exception["decision"]) == ("credit", "open")
    assert exception["why"] == (
        f"The file declares {audit.books.credit - 5000} as its total credit; there are {audit.books.credit}."
    )  # fmt: skip
    step(world.auditor, f"requests/{asked['id']}", "return", reason=exception["why"])
    seen = done(world.auditee.client.get(f"{API}/requests/{asked['id']}"))
    assert (seen["state"], seen["return_reason"]) == ("returned", exception["why"])

    version = audit.answer(asked, audit.ledger, "general-ledger-2025.xml", evidence=first["evidence_id"])
    ledger = read(audit, version["id"])
    again = checked(audit, ledger)
    assert {name for name, each in again.items() if each["holds"] is False} == {
        "entry_balance", "journal_balance", "ledger_balance", "number_gaps",
    }  # fmt: skip
    for check, planted_for in (("entry_balance", "unbalanced"), ("number_gaps", "gap")):
        brought_up = audit.get(f"test-runs/{again[check]['run_id']}/exceptions", limit=100)["items"]
        assert {each["number"] for each in brought_up} == audit.planted(planted_for)
    [difference] = audit.get(f"test-runs/{again['ledger_balance']['run_id']}/exceptions")["items"]
    assert Decimal(str(difference["details"]["balance"])) == audit.books.debit - audit.books.credit != 0
    assert step(world.auditor, f"requests/{asked['id']}", "accept")["state"] == "accepted"
    sealed = audit.get(f"evidence-versions/{version['id']}")
    assert (sealed["state"], sealed["sha256"]) == ("sealed", hashlib.sha256(audit.ledger).hexdigest())
    return ledger, sealed


def read(audit: Audit, version_id: int) -> int:
    """Have evidence read as the general ledger: what was read is what is in the file."""
    body = {"evidence_version_id": version_id, "name": "General ledger 2025", "kind": "general"}
    queued = audit.world.auditor.client.post(f"{API}/ledgers", json=body)
    assert queued.status_code == 202, queued.text
    run_queued(audit.world, "import_ledger")
    ledger = audit.get(f"ledgers/{queued.json()['ledger_id']}")
    assert (ledger["state"], ledger["financial_year"]) == ("imported", str(YEAR))
    assert (ledger["computed"]["entries"], ledger["computed"]["lines"]) == (len(audit.books.entries), audit.books.lines)
    assert (ledger["computed"]["debit"], ledger["computed"]["credit"]) == (
        float(audit.books.debit),
        float(audit.books.credit),
    )
    return int(ledger["id"])


def checked(audit: Audit, ledger_id: int) -> dict[str, dict[str, Any]]:
    answer = audit.get(f"ledgers/{ledger_id}/checks")
    assert answer["holds"] is False
    return {each["check"]: each for each in answer["checks"]}


def entries_tested(audit: Audit, ledger_id: int) -> None:
    """Every planted entry is found by its test, and the auditor decides: a machine concludes nothing."""
    runs = run_tests(audit.world, ledger_id)
    assert set(runs) >= set(NAMES)
    brought_up = {name: found_by(audit.world, runs[name]) for name in NAMES}
    for name in set(NAMES) - {"benford"}:
        numbers = {each["number"] for each in brought_up[name]}
        assert audit.planted(name) <= numbers, name
        assert name in USUAL or numbers <= audit.planted(), name
    digits = audit.get(f"ledgers/{ledger_id}/benford", digits="first_two")
    assert 77 in {each["digits"] for each in digits["counts"] if each["stands_out"]}
    assert 77 in {each["details"].get("digits") for each in brought_up["benford"]}

    explained = next(each for each in brought_up["reversal"] if each["number"] not in audit.planted())
    decided = [(explained, "cleared", "The accrual of the month before is taken back.")]
    decided += [(each, "followed_up", "It goes into a finding.") for each in brought_up["poster_is_approver"]]
    for exception, decision, reason in decided:
        body = {"decision": decision, "reason": reason}
        done(audit.world.auditor.client.patch(f"{API}/exceptions/{exception['id']}", json=body))
    followed = audit.get(f"engagements/{audit.id}/exceptions", decision="followed_up")["items"]
    assert {each["number"] for each in followed} == audit.planted("poster_is_approver")
    assert audit.get(f"engagements/{audit.id}/findings")["items"] == []


def sampled(audit: Audit, ledger_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """59 bills, drawn by a seed, examined on the client's papers: the evaluated sample, and the papers."""
    bills = [
        line.amount for each in audit.books.entries if each.journal == "PUR" for line in each.lines if line.amount < 0
    ]
    population = audit.post("/populations", source=ledger_id, name="Bills", filter={"journal": "PUR", "side": "credit"})
    assert (population["count"], population["value"]) == (len(bills), float(-sum(bills)))
    frozen = step(audit.world.auditor, f"populations/{population['id']}", "freeze")
    text = audit.world.reviewer.client.get(f"{API}/populations/{population['id']}/canonical").content
    assert frozen["hash"] == hashlib.sha256(text).hexdigest()
    assert text.splitlines()[1].decode() == hashlib.sha256(audit.ledger).hexdigest()

    sample, again, other = (drawn(audit, population["id"], seed) for seed in (DRAW, DRAW, f"{DRAW}-other"))
    assert items_of(audit, sample) == items_of(audit, again) != items_of(audit, other)
    assert audit.get(f"samples/{sample}/repeat") == {"items": 59, "population_agrees": True, "items_agree": True}
    items = audit.get(f"samples/{sample}/items", limit=100)["items"]
    lines = {line.split(b"\t")[0]: line.split(b"\t")[2] for line in text.splitlines()[2:]}
    assert all(lines[b"%d" % each["item"]] == f"{each['amount']:.2f}".encode() for each in items)

    asked = audit.ask("Bills of the sample", description="\n".join(each["entry"] for each in items))
    received = audit.answer(asked, b"59 bills, as scanned", "bills.txt", request=asked["id"])
    step(audit.world.auditor, f"requests/{asked['id']}", "accept")
    assert evaluated(audit, sample, deviating=0) == ("0.049508", True)
    assert evaluated(audit, sample, deviating=1)[1] is False  # one was seen too late: the first conclusion is gone
    return audit.get(f"samples/{sample}"), audit.get(f"evidence-versions/{received['id']}")


def drawn(audit: Audit, population_id: int, seed: str) -> int:
    sample = audit.post(
        "samples", **AIM, name="Approval of bills", population_id=population_id, procedure_id=audit.procedures["JE-2"]
    )
    assert sample["size"] == 59
    assert step(audit.world.auditor, f"samples/{sample['id']}", "select", seed=seed)["items"] == 59
    return int(sample["id"])


def items_of(audit: Audit, sample_id: int) -> list[int]:
    return [each["item"] for each in audit.get(f"samples/{sample_id}/items", limit=100)["items"]]


def evaluated(audit: Audit, sample_id: int, *, deviating: int) -> tuple[str, bool]:
    """Upper limit of the rate, and whether it is tolerable."""
    results = [{"position": place, "is_deviation": place <= deviating} for place in range(1, 60)]
    url = f"{API}/samples/{sample_id}/results"
    assert done(audit.world.auditor.client.put(url, json={"results": results}))["evaluation"] is None
    found = step(audit.world.auditor, f"samples/{sample_id}", "evaluate")["evaluation"]
    assert (found["items"], found["deviations"]) == (59, deviating)
    return f"{found['upper_limit']:.6f}", found["is_within_tolerable"]


def reconciled(audit: Audit, ledger_id: int) -> None:
    """The bank's statement against account 1000: what remains on either side is what was planted, and nothing else."""
    [job] = uploaded(
        audit.world, ("bank-statement-2025.csv", audit.papers.files["bank"].content), engagement=audit.id,
        ledger_names="Bank statement 2025", financial_year=str(YEAR),
    )  # fmt: skip
    run_queued(audit.world, "import_ledger")
    bank = audit.get(f"documents/jobs/{job['job_id']}")["ledger_id"]
    assert audit.get(f"ledgers/{bank}")["kind"] == "bank"
    read_documents(audit.world)
    [hit, *_] = audit.get("search", q="FEE-06", mode="lexical", engagement=audit.id)["items"]
    assert hit["sha256"] == hashlib.sha256(audit.papers.files["bank"].content).hexdigest()
    result = audit.post(
        "/reconciliations", engagement_id=audit.id, kind="bank", left_ledger_id=bank, right_ledger_id=ledger_id,
        right_accounts=["1000"], tolerance=1, days=5,
    )  # fmt: skip
    difference = {each.reference: each.what for each in bank_statement(audit.books).planted}
    swapped = {reference for reference, what in difference.items() if "swapped" in what}
    alone = {reference for reference, what in difference.items() if "alone" in what}
    left, right = (unmatched(audit, result["id"], side) for side in ("left", "right"))
    assert left | right == swapped | alone
    assert left & right == swapped
    assert left - right == {"FEE-06"}
    assert result["summary"]["matches"]["tolerance"] == 1


def unmatched(audit: Audit, reconciliation_id: int, side: str) -> set[str]:
    found = audit.get(f"reconciliations/{reconciliation_id}/unmatched", side=side, limit=100)
    return {each["reference"] for each in found["items"]}


def written(audit: Audit, ledger: dict[str, Any], bills: dict[str, Any]) -> dict[str, Any]:
    """Two workpapers; one comes back from the review. The first of them."""
    texts = {
        "JE-1": ("All tests were run; what could not be explained was followed up.", "Five entries had one person."),
        "JE-2": ("59 bills were examined.", "The rate of deviations may be above 5 %."),
    }
    numbers = {}
    for code, (work_done, conclusion) in texts.items():
        paper = audit.post(
            "workpapers", procedure_id=audit.procedures[code], title=code, work_done=work_done, conclusion=conclusion
        )
        numbers[code] = f"workpapers/{paper['id']}"
        rests_on = ledger if code == "JE-1" else bills
        done(audit.world.auditor.client.put(f"{API}/{numbers[code]}/evidence/{rests_on['id']}"))
        step(audit.world.auditor, numbers[code], "prepare")
        step(audit.world.reviewer, numbers[code], "review")
    step(audit.world.reviewer, numbers["JE-2"], "return", reason="Say how they were drawn.")
    text = {"work_done": f"59 bills were examined, drawn with the seed {DRAW}."}
    done(audit.world.auditor.client.patch(f"{API}/{numbers['JE-2']}", json=text))
    step(audit.world.auditor, numbers["JE-2"], "prepare")
    step(audit.world.reviewer, numbers["JE-2"], "review")
    papers = [step(audit.world.reviewer, number, "approve") for number in numbers.values()]
    assert [(each["state"], each["reviewed_by"]["name"]) for each in papers] == [("approved", "Rita Test")] * 2
    return dict(papers[0])


def found(audit: Audit, paper: dict[str, Any], ledger: dict[str, Any], sample: dict[str, Any]) -> str:
    """What was found traces from the finding to the bytes that the client has sent. Its path."""
    entries = ", ".join(sorted(audit.planted("poster_is_approver")))
    draft = audit.post(
        "findings", workpaper_id=paper["id"], title="Entries approved by those who posted them", severity="high",
        criteria="Who has posted an entry does not approve it.", condition=f"One person posted and approved {entries}.",
        effect=f"Sample {sample['number']}: {sample['evaluation']['comparison']}", cause="The system compares nothing.",
        owner_id=str(audit.world.auditee.id),
    )  # fmt: skip
    path = f"findings/{draft['id']}"
    refused = audit.world.auditor.client.post(f"{API}/{path}/validate")
    assert (refused.status_code, refused.json()["detail"]) == (409, "It lacks sealed evidence.")
    done(audit.world.auditor.client.put(f"{API}/{path}/evidence/{ledger['id']}"))
    sent = step(audit.world.auditor, path, "validate")
    assert (sent["workpaper"]["id"], sent["procedure"]["code"], sent["requirement"]["code"]) == (
        paper["id"], "JE-1", "bk-1",
    )  # fmt: skip
    [evidence] = sent["evidence"]
    assert (evidence["is_sealed"], evidence["sha256"]) == (True, hashlib.sha256(audit.ledger).hexdigest())
    content = audit.world.reviewer.client.get(f"{API}/evidence-versions/{evidence['evidence_version_id']}/content")
    assert content.content == audit.ledger
    return path


def reported(audit: Audit, finding: str) -> None:
    """The report is a draft until it is issued, and is not issued before the client was heard."""
    audit.move("submit-review", "draft-report")
    assert "DRAFT" in page(audit)
    refused = audit.world.lead.client.post(f"{audit.path}/issue")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Finding 1 is in draft or not answered yet.")
    step(audit.world.auditee, finding, "agree")
    assert audit.move("issue")["state"] == "issued"
    assert "DRAFT" not in page(audit)
    document = pypdfium2.PdfDocument(audit.world.lead.client.get(f"{audit.path}/report.pdf").content)
    printed = " ".join(" ".join(each.get_textpage().get_text_range() for each in document).split())
    document.close()
    assert "DRAFT" not in printed
    for told in ("Entries approved by those who posted them", "59 items examined", "W-1", "JE-1"):
        assert told in page(audit)
        assert told in printed


def page(audit: Audit) -> str:
    answer = audit.world.lead.client.get(f"{audit.path}/report.html")
    assert answer.status_code == 200
    return answer.text


def followed_up(audit: Audit, finding: str) -> None:
    """The client plans and remedies; others test it again, on evidence of this retest."""
    world, owner = audit.world, audit.world.auditee
    audit.move("follow-up")
    due_on = str((audit.clock() + timedelta(days=60)).date())
    step(owner, finding, "plan", action_plan="The system refuses it.", due_on=due_on)
    refused = world.lead.client.post(f"{audit.path}/close")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Finding 1 is not resolved.")
    audit.clock.move(days=50)
    step(owner, finding, "remediate")
    step(owner, finding, "ready", note="Since March.")
    early = world.auditor.client.post(f"{API}/{finding}/close", json={"note": "Looks good."})
    assert (early.status_code, early.json()["detail"]) == (409, "It lacks sealed evidence of this retest.")
    version = filed(world, b"25 entries, each by two", engagement=audit.id, title="Entries since March")
    done(world.auditor.client.post(f"{API}/evidence-versions/{version['id']}/seal"))
    done(world.auditor.client.put(f"{API}/{finding}/evidence/{version['id']}"))
    closed = step(world.reviewer, finding, "close", note="25 entries, each posted and approved by two.")
    assert (closed["state"], closed["closed_by"]["name"]) == ("closed_verified", world.reviewer.name)


def archived(audit: Audit, finding: str, paper: dict[str, Any], ledger: dict[str, Any], folder: Path) -> None:
    """Closed for good; and the binder says the same without the server."""
    world = audit.world
    assert audit.move("close", "archive")["state"] == "archived"
    assert audit.get(f"workpapers/{paper['id']}")["state"] == "locked"
    late = world.auditor.client.patch(f"{API}/workpapers/{paper['id']}", json={"conclusion": "None had."})
    assert (late.status_code, late.json()["code"]) == (409, "ENGAGEMENT_ARCHIVED")
    audit.post("additions", text="The bank has confirmed its balance.", reason="Its letter came after the report.")

    unpacked = binder(world, folder, audit.path)
    code, told = verified(unpacked)
    assert code == 0, told
    written_down = json.loads((unpacked / "findings/F-0001.json").read_text())
    assert (written_down["state"], written_down["workpaper"]) == ("closed_verified", paper["number"])
    versions = {each["sha256"]: each for each in json.loads((unpacked / "evidence.json").read_text())}
    kept = versions[ledger["sha256"]]
    assert (kept["state"], (unpacked / kept["path"]).read_bytes()) == ("sealed", audit.ledger)
    assert hashlib.sha256(audit.misstated).hexdigest() in versions
    head = done(world.lead.client.get(f"{API}/log/head"))
    assert json.loads((unpacked / "log/head.json").read_text())["hash"] == head["hash"]
    compared = {"head_seq": head["seq"], "head_hash": head["hash"]}
    assert done(world.auditor.client.get(f"{API}/log/verify", params=compared))["ok"]
