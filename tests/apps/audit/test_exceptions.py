"""Exceptions: what a machine suggests, and what people decide about it."""

from typing import Any

import pytest

from portico.apps.audit.ledgers import reading
from tests.apps.audit.ledgers import entry, found_by, imported, imports, read_here, rows_of, run_queued, run_tests
from tests.apps.audit.vault import events
from tests.apps.audit.world import API, World, done

ODD = [*entry(1, approver="ann"), *entry(2, approver="ann"), *entry(3)]
TABLES = ("findings", "workpapers", "assessments", "samples", "requests")


@pytest.fixture
def world(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(reading, "read", read_here)
    return shared_world


def exceptions(world: World) -> list[dict[str, Any]]:
    """Two of a new ledger."""
    ledger = imported(world, rows_of(*ODD))
    return found_by(world, run_tests(world, ledger["id"], "poster_is_approver")["poster_is_approver"])


def decide(world: World, exception: dict[str, Any], decision: str, reason: str = "A holiday.", **headers: str) -> Any:
    body = {"decision": decision, "reason": reason}
    return world.auditor.client.patch(f"{API}/exceptions/{exception['id']}", json=body, headers=headers)


def test_promise_8_a_suggestion_is_never_a_conclusion(world: World) -> None:
    """Checks and tests leave nothing but open exceptions; deciding about one leaves nothing but the decision."""

    def counts() -> dict[str, int]:
        return {name: world.sql(f"SELECT count(*) AS n FROM audit.{name}")[0]["n"] for name in TABLES}

    before = counts()
    ledger = imported(world, rows_of(*ODD, *entry(9, ("6200", "5"), ("1000", "-4"))))
    found = [each for run in run_tests(world, ledger["id"]).values() for each in found_by(world, run)]
    assert found
    assert {each["decision"] for each in found} == {"open"}
    assert {(each["decided_by"], each["decided_at"]) for each in found} == {(None, None)}
    assert done(decide(world, found[0], "followed_up", "Ask the controller."))["decision"] == "followed_up"
    assert counts() == before


def test_promise_8_the_database_takes_no_decision_of_nobody(world: World) -> None:
    first, _ = exceptions(world)
    for change in ("decision = 'cleared'", "decision = 'cleared', decided_by = 1, decided_at = now()",
                   "decided_by = 1"):  # fmt: skip
        with pytest.raises(Exception, match="exceptions_by_somebody_check"):
            world.sql(f"UPDATE audit.exceptions SET {change} WHERE id = %(id)s", id=first["id"])


def test_promise_2_after_the_archive_nothing_is_imported_tested_or_decided(world: World) -> None:
    engagement = world.new_engagement()["id"]
    ledger = imported(world, rows_of(*ODD), engagement=engagement)
    [first, _] = found_by(world, run_tests(world, ledger["id"], "poster_is_approver")["poster_is_approver"])
    late = imports(world, rows_of(*ODD), engagement=engagement).json()["ledger_id"]
    path = f"{API}/ledgers/{ledger['id']}"
    assert world.auditor.client.post(f"{path}/tests", json={"tests": ["gap"]}).status_code == 202
    # Archiving waits for imports; here one was overlooked.
    world.sql("UPDATE audit.engagements SET state = 'archived', archived_at = now() WHERE id = %(id)s", id=engagement)
    for name in ("import_ledger", "test_ledger"):  # they were in the queue
        with pytest.raises(Exception, match="archived"):
            run_queued(world, name)
    assert done(world.auditor.client.get(f"{API}/ledgers/{late}"))["state"] == "importing"
    assert {run["test"] for run in done(world.auditor.client.get(f"{path}/test-runs"))["items"]} >= {"number_gaps"}
    assert done(world.auditor.client.get(f"{path}/test-runs", params={"test": "gap"}))["total"] == 0
    version = {"evidence_version_id": ledger["evidence_version_id"]}
    for refused in (
        imports(world, rows_of(*ODD), engagement=engagement), world.auditor.client.post(f"{API}/ledgers", json=version),
        world.auditor.client.post(f"{path}/tests", json={}), decide(world, first, "cleared"),
    ):  # fmt: skip
        assert (refused.status_code, refused.json()["code"]) == (409, "ENGAGEMENT_ARCHIVED")


def test_somebody_decides_with_a_reason(world: World) -> None:
    first, second = exceptions(world)
    cleared = done(decide(world, first, "cleared", "  Ann was alone.  "))
    assert (cleared["decision"], cleared["decision_reason"]) == ("cleared", "Ann was alone.")
    assert cleared["decided_by"] == {"id": str(world.auditor.id), "name": world.auditor.name}
    assert cleared["decided_at"]
    [event] = events(world, "exception.cleared", thing=f"exception:{first['id']}")
    assert event["details"]["reason"] == "Ann was alone."
    run = done(world.auditor.client.get(f"{API}/test-runs/{first['run_id']}"))
    assert (run["found"], run["open"]) == (2, 1)
    listed = done(world.auditor.client.get(
        f"{world.path}/exceptions", params={"decision": "open", "ledger": first["ledger_id"]}))  # fmt: skip
    assert {each["id"] for each in listed["items"] if each["test"] == "poster_is_approver"} == {second["id"]}


def test_a_decision_can_be_another_one_and_both_are_logged(world: World) -> None:
    first, _ = exceptions(world)
    done(decide(world, first, "cleared"))
    again = decide(world, first, "cleared")
    assert (again.status_code, again.json()["details"]["legal"]) == (409, ["follow_up"])
    assert done(decide(world, first, "followed_up", "It happened again."))["decision"] == "followed_up"
    [event] = events(world, "exception.followed_up", thing=f"exception:{first['id']}")
    assert event["details"]["before"] == "cleared"
    actions = done(world.auditor.client.get(f"{API}/exceptions/{first['id']}/actions"))
    assert {each["action"]: each["allowed"] for each in actions} == {"clear": True, "follow_up": False}  # type: ignore[index]


@pytest.mark.parametrize("body", [
    {"decision": "cleared"}, {"decision": "cleared", "reason": "  "}, {"decision": "open", "reason": "x"},
    {"decision": "cleared", "reason": "x", "entry": 3},
])  # fmt: skip
def test_no_decision_without_a_reason(world: World, body: dict[str, Any]) -> None:
    first, _ = exceptions(world)
    assert world.auditor.client.patch(f"{API}/exceptions/{first['id']}", json=body).status_code == 422


def test_of_two_who_decide_at_once_one_is_told(world: World) -> None:
    first, _ = exceptions(world)
    tag = world.auditor.client.get(f"{API}/exceptions/{first['id']}").headers["ETag"]
    done(decide(world, first, "cleared", **{"If-Match": tag}))
    assert decide(world, first, "followed_up", **{"If-Match": tag}).status_code == 412


def test_nobody_outside_the_team_sees_an_exception(world: World) -> None:
    first, _ = exceptions(world)
    for person in (world.auditee, world.stranger, world.admin):
        for path in (f"exceptions/{first['id']}", f"exceptions/{first['id']}/actions", f"test-runs/{first['run_id']}",
                     f"test-runs/{first['run_id']}/exceptions", f"engagements/{world.id}/exceptions"):  # fmt: skip
            assert person.client.get(f"{API}/{path}").status_code == 404
        body = {"decision": "cleared", "reason": "x"}
        assert person.client.patch(f"{API}/exceptions/{first['id']}", json=body).status_code == 404


def test_exceptions_by_entry_and_test(world: World) -> None:
    first, second = exceptions(world)
    params: dict[str, Any] = {"ledger": first["ledger_id"], "entry": second["entry"], "test": "poster_is_approver"}
    listed = done(world.auditor.client.get(f"{world.path}/exceptions", params=params))
    assert (listed["total"], [each["id"] for each in listed["items"]]) == (1, [second["id"]])
    assert (second["journal"], second["number"], second["posted_on"]) == ("GEN", "0002", "2025-03-03")
