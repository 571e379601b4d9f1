"""Reconciliations over HTTP: what is matched, what remains, and that both add up to the ledgers."""

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.apps.audit import books
from tests.apps.audit.world import API, World, done
from tests.contract.shop import made

STATEMENT = [
    ("500.00", 10, "bank", "INV-1"), ("-20.00", 11, "bank"), ("300.00", 12, "bank"), ("99.98", 20, "bank"),
    ("7.00", 300, "bank"),
]  # fmt: skip
CASH_BOOK = [
    ("500.00", 12, "1920", "inv 1"), ("-20.00", 11, "1920"), ("100.00", 11, "1920"), ("200.00", 12, "1920"),
    ("100.00", 20, "1920"), ("-1.00", 20, "1920", "fee"), ("12345.00", 10, "3000"),
]  # fmt: skip


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture(scope="module")
def ledgers(shared_world: World) -> dict[str, int]:
    left = books.ledger(shared_world, STATEMENT, kind="bank")
    return {"left_ledger_id": left, "right_ledger_id": books.ledger(shared_world, CASH_BOOK)}


def reconciled(world: World, ledgers: dict[str, int], **values: Any) -> dict[str, Any]:
    body = {"engagement_id": world.id, "kind": "bank", "right_accounts": ["1920"], **ledgers, **values}
    return made(world.auditor.client.post(f"{API}/reconciliations", json=body))


def test_each_match_says_why_and_the_rest_is_listed(world: World, ledgers: dict[str, int]) -> None:
    found = reconciled(world, ledgers, tolerance=0.05, days=3)
    path = f"/reconciliations/{found['id']}"
    matches = books.all_of(world, f"{path}/matches", limit=2)
    shown = [
        (each["rule"], [line["line"] for line in each["left"]], [line["line"] for line in each["right"]], each["why"])
        for each in matches
    ]
    assert shown == [
        ("exact", [1], [1], "same amount and reference, 2 days apart"),
        ("exact", [2], [2], "same amount, the same day, no two references to compare"),
        ("one_to_many", [3], [3, 4], "2 lines near it add up to it"),
        ("tolerance", [4], [5], "amounts 0.02 apart, within the tolerance, the same day"),
    ]
    assert matches[3]["difference"] == -0.02
    assert matches[2]["right"][1]["amount"] == 200
    assert [each["line"] for each in books.all_of(world, f"{path}/unmatched", side="left")] == [5]
    assert [each["line"] for each in books.all_of(world, f"{path}/unmatched", side="right")] == [6]
    assert len(books.all_of(world, f"{path}/matches", rule="exact")) == 2


def test_promise_5_what_is_matched_and_what_is_not_add_up_to_the_ledgers(world: World, ledgers: dict[str, int]) -> None:
    summary = reconciled(world, ledgers, tolerance=0.05, days=3)["summary"]
    left, right = summary["left"], summary["right"]
    assert left == {
        "lines": 5, "total": 886.98, "matched_lines": 4, "matched_total": 879.98, "unmatched_lines": 1,
        "unmatched_total": 7.0,
    }  # fmt: skip
    assert right == {
        "lines": 6, "total": 879.0, "matched_lines": 5, "matched_total": 880.0, "unmatched_lines": 1,
        "unmatched_total": -1.0,
    }  # fmt: skip
    assert summary["matches"] == {"exact": 2, "one_to_many": 1, "tolerance": 1}
    explained = left["unmatched_total"] - right["unmatched_total"] + summary["within_tolerance"]
    assert summary["difference"] == pytest.approx(explained) == pytest.approx(left["total"] - right["total"])
    assert summary["all_sums_tried"] is True


def test_signs_may_be_those_of_the_other_side(world: World) -> None:
    turned = [(str(-Decimal(amount)), *rest) for amount, *rest in STATEMENT]
    ledgers = {
        "left_ledger_id": books.ledger(world, STATEMENT, kind="tax_credit"),
        "right_ledger_id": books.ledger(world, turned, kind="receivable"),
    }
    assert reconciled(world, ledgers, right_accounts=None)["summary"]["matches"]["exact"] == 0
    found = reconciled(world, ledgers, right_accounts=None, kind="tax_credit", opposite_signs=True)
    assert found["summary"]["left"] == found["summary"]["right"]
    assert (found["summary"]["matches"]["exact"], found["summary"]["difference"]) == (5, 0)


def test_references_of_ones_own_speak_against_nothing(world: World) -> None:
    """A bank has its own."""
    left = books.ledger(world, [("500.00", 10, "bank", "TRX-1")], kind="bank")
    ledgers = {"left_ledger_id": left, "right_ledger_id": books.ledger(world, [("500.00", 10, "1920", "INV-1")])}
    assert reconciled(world, ledgers)["summary"]["matches"]["exact"] == 0
    found = reconciled(world, ledgers, compare_references=False)
    assert (found["summary"]["matches"]["exact"], found["parameters"]["compare_references"]) == (1, False)


def test_thousands_of_lines_are_reconciled_within_the_request(world: World) -> None:
    """20,000 on each side: of all but 200 the other side is there."""
    draw = random.Random(11)
    known = [(f"{draw.randint(1, 10**6)}.{draw.randint(10, 99)}", draw.randint(0, 300)) for _ in range(19_800)]
    lost = [(f"{draw.randint(1, 10**6)}.01", draw.randint(320, 360)) for _ in range(200)]
    left = books.ledger(world, [*((*each, "b") for each in known), *((*each, "b") for each in lost)], kind="bank")
    right = books.ledger(world, [(amount, day + draw.randint(0, 2), "1920") for amount, day in reversed(known)])
    summary = reconciled(world, {"left_ledger_id": left, "right_ledger_id": right}, days=2)["summary"]
    assert summary["left"]["lines"] == 20_000
    assert summary["left"]["unmatched_lines"] >= 200
    assert summary["left"]["unmatched_lines"] - summary["right"]["unmatched_lines"] == 200


def test_both_ledgers_are_of_the_engagement(world: World, ledgers: dict[str, int]) -> None:
    body = {"engagement_id": world.id, "kind": "bank", **ledgers}
    client = world.auditor.client
    for change, status, field in (
        ({"left_ledger_id": 10**9}, 422, "left_ledger_id"),
        ({"engagement_id": world.new_engagement()["id"]}, 422, "left_ledger_id"),
        ({"right_ledger_id": ledgers["left_ledger_id"]}, 422, ""),
        ({"days": 32}, 422, "days"),
        ({"tolerance": -1}, 422, "tolerance"),
        ({"kind": "tax"}, 422, "kind"),
    ):
        found = client.post(f"{API}/reconciliations", json=body | change)
        assert (found.status_code, field in str(found.json()["errors"])) == (status, True)


def test_nobody_outside_the_team_sees_any_of_it(world: World, ledgers: dict[str, int]) -> None:
    found = reconciled(world, ledgers)
    path = f"{API}/reconciliations/{found['id']}"
    body = {"engagement_id": world.id, "kind": "bank", **ledgers}
    assert done(world.reviewer.client.get(path)) == found
    for person in (world.auditee, world.stranger, world.admin):
        answers = [
            person.client.get(each)
            for each in (path, f"{path}/matches", f"{path}/unmatched?side=left", f"{world.path}/reconciliations")
        ]
        answers.append(person.client.post(f"{API}/reconciliations", json=body))
        assert {each.status_code for each in answers} == {404}


def test_the_list_is_the_newest_first(world: World, ledgers: dict[str, int]) -> None:
    one, two = reconciled(world, ledgers), reconciled(world, ledgers, kind="tax_credit")
    found = books.all_of(world, f"/engagements/{world.id}/reconciliations", limit=1)
    assert [each["id"] for each in found][:2] == [two["id"], one["id"]]
    assert one["id"] not in [
        each["id"] for each in books.all_of(world, f"/engagements/{world.id}/reconciliations", kind="tax_credit")
    ]
