"""Ledgers over HTTP: from the file to evidence, to books, to what their totals say."""

from typing import Any

import pytest

from portico.apps.audit.ledgers import reading
from portico.kernel.job_runs import TryAgain
from tests.apps.audit.ledgers import (
    entry,
    example,
    imported,
    imported_books,
    imports,
    read_here,
    rows_of,
    run_queued,
)
from tests.apps.audit.vault import alter, events, filed, run_job
from tests.apps.audit.world import API, World, done


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def checks(world: World, ledger_id: int) -> dict[str, dict[str, Any]]:
    found = done(world.auditor.client.get(f"{API}/ledgers/{ledger_id}/checks"))
    return {each["check"]: each for each in found["checks"]} | {"": found}


def test_the_example_of_the_standard_is_imported_with_its_totals(world: World) -> None:
    ledger = imported(world, example(), "financial_example_small.xml", name="Ledger 2015")
    assert (ledger["state"], ledger["format"], ledger["currency"]) == ("imported", "saft", "NOK")
    assert (ledger["name"], ledger["financial_year"], ledger["reason"]) == ("Ledger 2015", "2015", "")
    assert ledger["declared"] == {"entries": 2, "debit": 25000.0, "credit": 25000.0}
    assert ledger["computed"] == {"entries": 2, "debit": 25000.0, "credit": 25000.0, "accounts": 4, "lines": 5}
    assert ledger["imported_by"] == {"id": str(world.auditor.id), "name": world.auditor.name}
    found = checks(world, ledger["id"])
    held = {name: each["holds"] for name, each in found.items() if name}
    # The example's balances are examples: they do not roll forward, and its numbers are two of many.
    assert held == {
        "declared_totals": True, "entry_balance": True, "journal_balance": True, "ledger_balance": True,
        "roll_forward": False, "number_gaps": False, "known_accounts": True,
    }  # fmt: skip
    assert found[""]["holds"] is False
    assert found["roll_forward"]["found"] == 4
    assert found["number_gaps"]["found"] == 1


def test_what_fails_a_check_is_an_exception_on_record(world: World) -> None:
    content = example().replace(b"<n1:TotalDebit>25000<", b"<n1:TotalDebit>25001<")
    ledger = imported(world, content, "a.xml")
    assert ledger["state"] == "imported"
    run = checks(world, ledger["id"])["declared_totals"]
    assert (run["holds"], run["tested"], run["found"], run["open"]) == (False, 3, 1, 1)
    listed = done(world.auditor.client.get(f"{API}/test-runs/{run['run_id']}/exceptions"))["items"]
    assert [each["why"] for each in listed] == ["The file declares 25001.00 as its total debit; there are 25000.00."]
    assert listed[0]["details"] == {"what": "debit", "declared": "25001.00", "computed": "25000.00"}
    assert listed[0]["decision"] == "open"


def test_promise_5_the_totals_of_a_ledger_agree_with_its_source(world: World) -> None:
    made_up, ledger = imported_books(world, 800, seed=3, planted={})
    found = checks(world, ledger["id"])
    assert found[""]["holds"] is True
    assert found["roll_forward"]["tested"] == len(made_up.accounts)
    assert found["journal_balance"]["tested"] == 4
    assert ledger["computed"]["lines"] == made_up.lines
    assert ledger["computed"]["debit"] == float(made_up.debit)


def test_an_entry_that_does_not_balance_is_seen_in_entry_journal_and_ledger(world: World) -> None:
    rows = [*entry(1), *entry(2, ("6200", "10.00"), ("1000", "-9.00")), *entry(4)]
    ledger = imported(world, rows_of(*rows), mapping='{"declared": {"entries": 3, "debit": "210.02"}}')
    found = checks(world, ledger["id"])
    assert {name for name, each in found.items() if each["holds"] is False and name} == {
        "entry_balance", "journal_balance", "ledger_balance", "number_gaps"
    }  # fmt: skip
    assert found["declared_totals"]["holds"] is True
    assert found["roll_forward"]["applies"] is False


def test_totals_may_be_longer_than_amounts(world: World) -> None:
    """As in a currency of which a million is little."""
    amount = "90000000000000.00"
    rows = [row for number in (1, 2) for row in entry(number, ("6200", amount), ("1000", f"-{amount}"))]
    ledger = imported(world, rows_of(*rows))
    assert ledger["computed"]["debit"] == 180e12
    for path in ("accounts", "entries"):
        found = done(world.auditor.client.get(f"{API}/ledgers/{ledger['id']}/{path}"))["items"]
        assert found[0]["debit"] in (0, 90e12)


def test_a_statement_of_a_bank_has_one_side(world: World) -> None:
    content = b"date;amount;description\n2025-01-02;100.50;Received\n2025-01-03;-20.00;Paid\n"
    ledger = imported(world, content, "bank.csv", kind="bank")
    found = checks(world, ledger["id"])
    assert found["entry_balance"]["applies"] is False
    assert found["entry_balance"]["holds"] is None
    assert (ledger["kind"], ledger["currency"]) == ("bank", "EUR")


def test_a_failed_import_says_why_and_the_file_is_kept(world: World) -> None:
    content = rows_of(*entry(1), *entry(2, ("6200", "ten"), ("1000", "-10")))
    ledger = imported(world, content, "bad.csv")
    assert ledger["state"] == "failed"
    assert ledger["reason"] == "Line 4: 'ten' is no amount."
    assert ledger["imported_at"] is None
    assert not world.sql("SELECT position FROM audit.lines WHERE ledger_id = %(id)s", id=ledger["id"])
    kept = world.auditor.client.get(f"{API}/evidence-versions/{ledger['evidence_version_id']}/content")
    assert kept.content == content
    assert done(world.auditor.client.get(f"{API}/ledgers/{ledger['id']}/checks"))["holds"] is None
    assert events(world, "ledger.import_failed", thing=f"ledger:{ledger['id']}")
    refused = world.auditor.client.post(f"{API}/ledgers/{ledger['id']}/tests", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "LEDGER_NOT_IMPORTED")


def test_the_job_of_a_failed_import_says_why(world: World) -> None:
    found = imports(world, b"<html/>", "a.xml")
    assert found.headers["Location"] == f"{API}/jobs/{found.json()['job_id']}"
    run_queued(world, "import_ledger")
    [job] = world.sql("SELECT error FROM portico.jobs WHERE id = %(id)s", id=found.json()["job_id"])
    assert job["error"] == "Line 1: this is no SAF-T: its root is no AuditFile."


def test_a_reader_that_dies_leaves_a_ledger_that_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portico.apps.audit.ledgers.reading.MODULE", "portico.apps.audit.ledgers.nothing")
    ledger = imported(world, rows_of(*entry(1)))
    assert ledger["state"] == "failed"
    assert ledger["reason"] == "Reading it took more memory or time than it may."


def test_a_reader_that_takes_too_long_is_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portico.apps.audit.ledgers.reading.LONGEST", 0.0)
    assert imported(world, rows_of(*entry(1)))["reason"] == "Reading it takes more than 0 s."


def test_promise_5_books_that_are_not_what_was_read_are_not_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def misread(*args: Any) -> dict[str, Any]:
        found = await read_here(*args)
        return {**found, "computed": {**found["computed"], "debit": "100.02"}}

    monkeypatch.setattr(reading, "read", misread)
    queued = imports(world, rows_of(*entry(1))).json()
    with pytest.raises(TryAgain) as refused:
        run_queued(world, "import_ledger")
    assert "COPY has stored" in str(refused.value.__cause__)
    assert not world.sql("SELECT position FROM audit.lines WHERE ledger_id = %(id)s", id=queued["ledger_id"])


def test_an_import_that_was_cancelled_is_no_longer_waited_for(world: World) -> None:
    cancelled, waiting = (imports(world, rows_of(*entry(1))).json() for _ in range(2))
    done(world.auditor.client.post(f"{API}/jobs/{cancelled['job_id']}/cancel"))
    run_job(world, "sweep_ledgers")
    ledger = done(world.auditor.client.get(f"{API}/ledgers/{cancelled['ledger_id']}"))
    assert ledger["state"] == "failed"
    assert ledger["reason"] == "The import was cancelled, or given up after several tries."
    run_queued(world, "import_ledger")
    assert done(world.auditor.client.get(f"{API}/ledgers/{waiting['ledger_id']}"))["state"] == "imported"


def test_what_is_evidence_already_is_read_again_with_another_mapping(world: World) -> None:
    version = filed(world, rows_of(*entry(1)).replace(b"amount", b"sum"), name="a.csv")
    body = {"evidence_version_id": version["id"], "name": "Read well", "mapping": {"columns": {
        "date": "date", "number": "number", "account": "account", "amount": "sum"}}}  # fmt: skip
    found = world.auditor.client.post(f"{API}/ledgers", json=body)
    assert found.status_code == 202, found.text
    run_queued(world, "import_ledger")
    ledger = done(world.auditor.client.get(f"{API}/ledgers/{found.json()['ledger_id']}"))
    assert (ledger["state"], ledger["name"]) == ("imported", "Read well")
    listed = done(world.auditor.client.get(f"{world.path}/ledgers", params={"kind": "general"}))
    assert listed["items"][0] == ledger


def test_bytes_that_have_changed_are_not_read(world: World) -> None:
    found = imports(world, rows_of(*entry(1)), "a.csv").json()
    ledger = done(world.auditor.client.get(f"{API}/ledgers/{found['ledger_id']}"))
    alter(world, ledger["evidence_version_id"])
    run_queued(world, "import_ledger")
    ledger = done(world.auditor.client.get(f"{API}/ledgers/{found['ledger_id']}"))
    assert (ledger["state"], ledger["reason"][:42]) == ("failed", "The stored bytes are not those that were r")


def test_entries_are_shown_with_their_lines_page_by_page(world: World) -> None:
    ledger = imported(world, rows_of(*(row for number in range(1, 8) for row in entry(number))))
    path = f"{API}/ledgers/{ledger['id']}/entries"
    seen: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = done(world.auditor.client.get(path, params={"limit": 3, **cursor}))
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [each["number"] for each in seen] == [f"{number:04d}" for number in range(1, 8)]
    assert [line["amount"] for line in seen[4]["lines"]] == [100.01, -100.01]
    assert (seen[4]["debit"], seen[4]["balance"]) == (100.01, 0.0)
    one = done(world.auditor.client.get(path, params={"number": "0005", "account": "1000"}))["items"]
    assert one == [seen[4]]
    assert done(world.auditor.client.get(path, params={"account": "none"}))["items"] == []


def test_accounts_have_what_was_booked_on_them(world: World) -> None:
    ledger = imported(world, example(), "a.xml")
    found = done(world.auditor.client.get(f"{API}/ledgers/{ledger['id']}/accounts", params={"limit": 2}))
    assert found["items"][0] == {
        "code": "1925", "name": "Bankkonto 1234.56.78911", "opening": 1234.56, "debit": 0.0, "credit": 12500.0,
        "computed": -11265.44, "closing": 12345.67, "lines": 1,
    }  # fmt: skip
    rest = done(world.auditor.client.get(
        f"{API}/ledgers/{ledger['id']}/accounts", params={"limit": 3, "cursor": found["next_cursor"]}))  # fmt: skip
    assert [each["code"] for each in rest["items"]] == ["2740", "4000"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(("name", "content"), [("a.pdf", b"%PDF-1.4 ..."), ("a.png", b"\x89PNG\r\n\x1a\n...")])
def test_what_is_no_ledger_is_refused_at_once(world: World, name: str, content: bytes) -> None:
    refused = imports(world, content, name)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "file"


def test_a_mapping_that_is_none_is_refused(world: World) -> None:
    for text in ("{", '{"columns": {"colour": "x"}}', "[]", "[" * 50_000):
        refused = imports(world, rows_of(*entry(1)), mapping=text)
        assert refused.status_code == 422, text[:50]
        assert refused.json()["errors"][0]["field"].startswith("mapping")


def test_one_key_imports_once(world: World) -> None:
    content, headers = rows_of(*entry(1)), {"Idempotency-Key": "one ledger"}
    files = {"file": ("a.csv", content, "text/csv")}
    path = f"{API}/ledgers/import"
    first, second = (
        world.auditor.client.post(path, data={"engagement": world.id}, files=files, headers=headers) for _ in range(2)
    )
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


def test_nobody_outside_the_team_sees_a_ledger_or_imports_one(world: World) -> None:
    ledger = imported(world, rows_of(*entry(1)))
    for person in (world.auditee, world.stranger, world.admin):
        for path in ("", "/accounts", "/entries", "/checks", "/benford", "/test-runs"):
            assert person.client.get(f"{API}/ledgers/{ledger['id']}{path}").status_code == 404
        assert person.client.post(f"{API}/ledgers/{ledger['id']}/tests", json={}).status_code == 404
        assert person.client.get(f"{world.path}/ledgers").status_code == 404
        assert imports(world, rows_of(*entry(1)), by=person).status_code == 404
        body = {"evidence_version_id": ledger["evidence_version_id"]}
        assert person.client.post(f"{API}/ledgers", json=body).status_code == 404


def test_an_imported_ledger_never_changes(world: World) -> None:
    """The job that ran it twice, and SQL beside it, find the books closed."""
    ledger = imported(world, rows_of(*entry(1)))
    [job] = world.sql("SELECT id FROM portico_queue.procrastinate_jobs WHERE args @> jsonb_build_object('ledger_id', "
                      "%(id)s::int)", id=ledger["id"])  # fmt: skip
    world.sql("UPDATE portico_queue.procrastinate_jobs SET status = 'todo' WHERE id = %(id)s", id=job["id"])
    with pytest.raises(Exception, match="imported already"):
        run_queued(world, "import_ledger")
    assert done(world.auditor.client.get(f"{API}/ledgers/{ledger['id']}")) == ledger
    with pytest.raises(Exception, match="an imported ledger never changes"):
        world.sql("INSERT INTO audit.lines (ledger_id, position, entry, account, amount) "
                  "VALUES (%(id)s, 99, 1, 'x', 1)", id=ledger["id"])  # fmt: skip
