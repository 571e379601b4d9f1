"""Each test of journal entries on books of a few entries: what it brings up, what it leaves alone, and why."""

from typing import Any

import pytest

from portico.apps.audit.ledgers import reading
from tests.apps.audit.ledgers import entry, found_by, imported, numbers, read_here, rows_of, run_tests
from tests.apps.audit.world import API, World, done

USUAL = [row for number in range(1, 7) for row in entry(number)]


@pytest.fixture
def world(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(reading, "read", read_here)
    return shared_world


def brought_up(world: World, test: str, *entries: list[dict[str, Any]], **parameters: Any) -> list[dict[str, Any]]:
    """By a test of books with some usual entries, 1 to 6, and these."""
    ledger = imported(world, rows_of(*USUAL, *(row for each in entries for row in each)))
    assert ledger["state"] == "imported", ledger["reason"]
    return found_by(world, run_tests(world, ledger["id"], test, **parameters)[test])


def those(found: list[dict[str, Any]]) -> list[str]:
    return [each["number"] for each in found]


def test_backdated(world: World) -> None:
    on_time, late = (entry(7, entered_on="2025-04-02"), entry(8, entered_on="2025-04-03"))
    found = brought_up(world, "backdated", on_time, late, entry(9), backdated_days=30)
    assert those(found) == ["0008"]
    assert found[0]["why"] == "Entered on 2025-04-03 for 2025-03-03: 31 days later."


def test_weekend_or_holiday(world: World) -> None:
    found = brought_up(
        world, "weekend_or_holiday", entry(7, entered_on="2025-03-08"), entry(8, date="2025-03-09"),
        entry(9, date="2025-03-08", entered_on="2025-03-10"), entry(10, entered_on="2025-03-04"),
        holidays=["2025-03-04"],
    )  # fmt: skip
    assert those(found) == ["0007", "0008", "0010"]
    assert [each["why"] for each in found] == [
        "On Saturday 2025-03-08.", "On Sunday 2025-03-09.", "On Tuesday 2025-03-04, a holiday."
    ]  # fmt: skip
    elsewhere = brought_up(world, "weekend_or_holiday", entry(7, entered_on="2025-03-07"), weekend=[5])
    assert those(elsewhere) == ["0007"]


def test_round_amount(world: World) -> None:
    found = brought_up(
        world, "round_amount", entry(7, ("6200", "3000.00"), ("1000", "-3000.00")),
        entry(8, ("6200", "3000.10"), ("1000", "-3000.10")),
        entry(9, ("6200", "1500"), ("6300", "500"), ("1000", "-2000")),
    )  # fmt: skip
    assert those(found) == ["0007", "0009"]


def test_just_under_limit(world: World) -> None:
    amounts = ("9499.99", "9500.00", "9999.99", "10000.00", "4900.00")
    entries = [entry(7 + place, ("6200", text), ("1000", f"-{text}")) for place, text in enumerate(amounts)]
    found = brought_up(world, "just_under_limit", *entries, limits=[10000, 5000])
    assert those(found) == ["0008", "0009", "0011"]
    assert found[1]["why"] == "It amounts to 9999.99, 0.01 below the limit of 10000.00."
    assert brought_up(world, "just_under_limit", *entries) == []


def test_payments_on_a_statement_have_one_side(world: World) -> None:
    """Nor has it numbers: where a line is empty, none of them is missing."""
    content = b"date;amount\n2025-03-03;-9999.00\n\n2025-03-03;-3000.00\n2025-03-03;12.34\n"
    ledger = imported(world, content, kind="bank")
    runs = run_tests(world, ledger["id"], "just_under_limit", "round_amount", "gap", limits=[10000])
    brought = {name: numbers(world, runs[name]) for name in ("just_under_limit", "round_amount", "gap")}
    assert brought == {"just_under_limit": ["(line 2)"], "round_amount": ["(line 4)"], "gap": []}


def test_rare_account(world: World) -> None:
    found = brought_up(world, "rare_account", entry(7, ("8900", "5"), ("1000", "-5")), rare_account_lines=2)
    assert those(found) == ["0007"]
    assert (found[0]["account"], found[0]["amount"]) == ("8900", 5.0)


def test_unusual_pair(world: World) -> None:
    odd = entry(7, ("1000", "5"), ("6200", "-5"))
    again = [entry(number, ("6300", "5"), ("1000", "-5")) for number in (8, 9)]
    assert those(brought_up(world, "unusual_pair", odd, *again)) == ["0007"]
    found = brought_up(world, "unusual_pair", odd, *again, rare_pair_entries=2)
    assert those(found) == ["0007", "0008", "0009"]
    assert found[0]["details"] == {"pairs": [["1000", "6200"]]}


def test_no_description(world: World) -> None:
    half = entry(8, description="")
    half[1] = {**half[1], "description": "Stamps"}
    found = brought_up(world, "no_description", entry(7, description=" x "), half, entry(9, description=""))
    assert those(found) == ["0007", "0009"]


def test_poster_is_approver(world: World) -> None:
    found = brought_up(
        world, "poster_is_approver", entry(7, poster="ann", approver=" ANN"), entry(8, poster="ann", approver="bob"),
        entry(9, poster="", approver=""),
    )  # fmt: skip
    assert those(found) == ["0007"]


def test_unbalanced(world: World) -> None:
    found = brought_up(world, "unbalanced", entry(7, ("6200", "10.00"), ("1000", "-10.01")))
    assert those(found) == ["0007"]
    assert found[0]["details"] == {"balance": -0.01}


def test_rows_without_any_number_are_no_entries_that_could_balance(world: World) -> None:
    content = b"date,account,amount\n2025-03-03,6200,10.00\n2025-03-03,1000,-10.01\n"
    ledger = imported(world, content)
    assert numbers(world, run_tests(world, ledger["id"], "unbalanced")["unbalanced"]) == []
    found = done(world.auditor.client.get(f"{API}/ledgers/{ledger['id']}/checks"))["checks"]
    assert {each["check"] for each in found if each["holds"] is False} == {"journal_balance", "ledger_balance"}
    assert {each["check"] for each in found if not each["applies"]} == {
        "declared_totals", "entry_balance", "roll_forward", "number_gaps"
    }  # fmt: skip


def test_reversal(world: World) -> None:
    """What undoes something is brought up, and what it undid is named; booking it once more is none."""
    sale = (("1000", "55.55"), ("4000", "-55.55"))
    undone = (("4000", "55.55"), ("1000", "-55.55"))
    found = brought_up(
        world, "reversal", entry(7, *sale), entry(8, *undone, date="2025-04-03"), entry(9, *sale, date="2025-04-04"),
        entry(10, *undone, date="2025-06-04"), entry(11, ("4000", "55.55"), ("1000", "-50"), ("1000", "-5.55")),
    )  # fmt: skip
    assert those(found) == ["0008"]
    assert found[0]["why"] == "It undoes entry 0007 of 2025-03-03."


def test_duplicate(world: World) -> None:
    usual = brought_up(world, "duplicate")
    assert those(usual) == ["0002", "0003", "0004", "0005", "0006"]  # same day, and nothing that tells them apart
    bill = (("6200", "77.70"), ("2000", "-77.70"))
    found = brought_up(
        world, "duplicate", entry(7, *bill, reference="B1", party="S1"), entry(8, *bill, reference="B2", party="S1"),
        entry(9, *bill, reference="B1", party="S1", date="2025-09-01"), entry(10, *bill, date="2025-05-01"),
        entry(11, *bill, date="2025-05-08"), entry(12, *bill, date="2025-05-16"),
    )  # fmt: skip
    assert those(found)[5:] == ["0009", "0011"]
    assert found[5]["why"] == "It is the same as entry 0007 of 2025-03-03."


def test_gap(world: World) -> None:
    found = brought_up(world, "gap", entry(9), entry(10, journal="K"), entry(11), entry(13))
    assert [each["why"] for each in found] == ["Missing before it: 7 to 8.", "Missing before it: 12."]
    by_journal = brought_up(world, "gap", *(entry(number, journal="K") for number in (1, 2, 4)))
    assert [each["why"] for each in by_journal] == ["Missing before it in journal K: 3."]
    assert by_journal[0]["details"]["missing"] == 1


def test_the_rule_stands_in_words_with_what_it_compared_with(world: World) -> None:
    ledger = imported(world, rows_of(*USUAL))
    done(world.lead.client.patch(world.path, json={"settings": {"limits": [5000], "backdated_days": 5}}))
    runs = run_tests(world, ledger["id"], backdated_days=9)
    assert set(runs) >= {"backdated", "weekend_or_holiday", "benford", "gap"}
    assert runs["backdated"]["rule"] == (
        "The entry was entered more than 9 days after the day that it counts for."
    )  # fmt: skip
    assert runs["backdated"]["parameters"] == {"backdated_days": 9}
    assert runs["just_under_limit"]["parameters"] == {"limits": [5000.0], "below_limit_percent": 5.0}
    assert "(5000)" in runs["just_under_limit"]["rule"]
    assert (runs["backdated"]["tested"], runs["backdated"]["by"]["name"]) == (6, world.auditor.name)
    again = run_tests(world, ledger["id"], "backdated")
    assert again["backdated"]["parameters"] == {"backdated_days": 5}
    done(world.lead.client.patch(world.path, json={"settings": {}}))


@pytest.mark.parametrize("body", [{"tests": ["luck"]}, {"parameters": {"limits": [-1]}}, {"parameters": {"x": 1}}])
def test_unknown_tests_and_parameters_are_refused(world: World, body: dict[str, Any]) -> None:
    ledger = imported(world, rows_of(*USUAL))
    assert world.auditor.client.post(f"{API}/ledgers/{ledger['id']}/tests", json=body).status_code == 422


def test_a_job_that_is_run_twice_tests_once(world: World) -> None:
    ledger = imported(world, rows_of(*USUAL))
    runs = run_tests(world, ledger["id"], "gap", "reversal")
    world.sql("UPDATE portico_queue.procrastinate_jobs SET status = 'todo' WHERE args @> jsonb_build_object("
              "'ledger_id', %(id)s::int) AND task_name = 'audit.test_ledger'", id=ledger["id"])  # fmt: skip
    listed = run_tests(world, ledger["id"], "unbalanced")
    assert {name: run["id"] for name, run in listed.items() if name in runs} == {
        name: run["id"] for name, run in runs.items()
    }


def test_benford_of_a_ledger(world: World) -> None:
    ledger = imported(world, rows_of(*USUAL, *entry(7, ("6300", "9.99"), ("1000", "-9.99")),
                                     *entry(8, ("6300", "25.00"), ("1000", "-25.00"))))  # fmt: skip
    path = f"{API}/ledgers/{ledger['id']}/benford"
    behind = done(world.auditor.client.get(f"{API}/ledgers/{ledger['id']}/entries", params={"digits": 25}))
    assert those(behind["items"]) == ["0008"]
    found = done(world.auditor.client.get(path))
    assert (found["amounts"], found["degrees"], found["is_few"]) == (7, 8, True)
    assert [each["observed"] for each in found["counts"]] == [6, 1, 0, 0, 0, 0, 0, 0, 0]
    two = done(world.auditor.client.get(path, params={"digits": "first_two", "side": "both", "account": "6300"}))
    assert (two["amounts"], two["degrees"]) == (1, 89)
    assert [each["digits"] for each in two["counts"] if each["observed"]] == [25]
    assert numbers(world, run_tests(world, ledger["id"], "benford")["benford"]) == []
