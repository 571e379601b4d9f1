"""Engagements: who plans them, who sees them, and what has to be done before they go on."""

from typing import Any

import pytest

from portico.apps.audit.engagements.models import ENGAGEMENT_MACHINE, ENGAGEMENT_STATES
from tests.apps.audit.everything import add, fill, past_rules, place_of
from tests.apps.audit.world import API, PERIOD, World, done
from tests.contract.shop import made, unique
from tests.contract.stall import problem

ENGAGEMENTS = f"{API}/engagements"


def body_of(world: World, **values: Any) -> dict[str, Any]:
    return {"client_id": world.company["id"], "name": unique("Audit"), **PERIOD, **values}


def test_who_plans_an_engagement_leads_it(shared_world: World) -> None:
    for caller in (shared_world.lead, shared_world.admin):
        body = body_of(shared_world, materiality=250000, performance_materiality=187500.5)
        found = caller.client.post(ENGAGEMENTS, json=body)
        engagement = made(found)
        assert (engagement["state"], engagement["role"], found.headers["etag"]) == ("planned", "lead", '"1"')
        assert engagement["client"] == {"id": shared_world.company["id"], "name": shared_world.company["name"]}
        assert (engagement["materiality"], engagement["performance_materiality"]) == (250000.0, 187500.5)
        assert engagement["settings"]["weekend"] == [6, 7]
        (member,) = caller.client.get(f"{ENGAGEMENTS}/{engagement['id']}/members").json()
        assert (member["id"], member["role"]) == (str(caller.id), "lead")


@pytest.mark.parametrize("caller", ["auditor", "reviewer", "auditee"])
def test_the_staff_plan_none(shared_world: World, caller: str) -> None:
    found = getattr(shared_world, caller).client.post(ENGAGEMENTS, json=body_of(shared_world))
    problem(found, 403, "FORBIDDEN")


@pytest.mark.parametrize(
    "values",
    [
        {"period_start": "2026-01-01"},
        {"materiality": 100, "performance_materiality": 100.01},
        {"performance_materiality": 5},
        {"materiality": -1},
        {"materiality": 1.234},
        {"currency": "Euro"},
        {"settings": {"weekend": [8]}},
        {"settings": {"unknown": 1}},
        {"settings": {"holidays": ["2025-02-30"]}},
        {"state": "issued"},
    ],
)
def test_what_is_no_engagement_is_refused(shared_world: World, values: dict[str, Any]) -> None:
    found = shared_world.lead.client.post(ENGAGEMENTS, json=body_of(shared_world, **values))
    problem(found, 422, "VALIDATION_ERROR")


def test_an_engagement_of_no_client_is_not_planned(shared_world: World) -> None:
    problem(shared_world.lead.client.post(ENGAGEMENTS, json=body_of(shared_world, client_id=10**9)), 404, "NOT_FOUND")


def test_the_team_alone_sees_an_engagement(shared_world: World) -> None:
    for caller, role in (("lead", "lead"), ("auditor", "auditor"), ("reviewer", "reviewer")):
        client = getattr(shared_world, caller).client
        assert done(client.get(shared_world.path))["role"] == role
        assert shared_world.id in [each["id"] for each in done(client.get(ENGAGEMENTS))["items"]]
    for caller in ("stranger", "auditee", "admin", "other_reviewer"):
        client = getattr(shared_world, caller).client
        problem(client.get(shared_world.path), 404, "NOT_FOUND")
        assert shared_world.id not in [each["id"] for each in done(client.get(ENGAGEMENTS))["items"]]
        for path in ("actions", "members", "additions"):
            problem(client.get(f"{shared_world.path}/{path}"), 404, "NOT_FOUND")


def test_settings_are_kept_as_they_were_set(shared_world: World) -> None:
    path = f"{ENGAGEMENTS}/{shared_world.new_engagement()['id']}"
    wanted = {"holidays": ["2025-12-25"], "limits": [1000, 5000.5], "round_step": 500}
    changed = done(shared_world.lead.client.patch(path, json={"settings": wanted}))["settings"]
    assert {**changed, **wanted} == changed
    assert changed["rare_account_lines"] == 3
    assert shared_world.sql("SELECT settings FROM audit.engagements ORDER BY id DESC LIMIT 1")[0]["settings"] == wanted


def test_of_two_writers_with_one_version_one_loses(shared_world: World) -> None:
    engagement = shared_world.new_engagement()
    path = f"{ENGAGEMENTS}/{engagement['id']}"
    seen = {"If-Match": shared_world.lead.client.get(path).headers["etag"]}
    done(shared_world.lead.client.patch(path, json={"objective": "An opinion"}, headers=seen))
    found = shared_world.lead.client.patch(path, json={"objective": "Another one"}, headers=seen)
    problem(found, 412, "PRECONDITION_FAILED")
    problem(shared_world.auditor.client.patch(path, json={"objective": "Mine"}), 403, "FORBIDDEN")


def test_a_changed_materiality_still_fits(shared_world: World) -> None:
    path = f"{ENGAGEMENTS}/{shared_world.new_engagement(materiality=100, performance_materiality=70)['id']}"
    problem(shared_world.lead.client.patch(path, json={"materiality": 60}), 422, "VALIDATION_ERROR")
    problem(shared_world.lead.client.patch(path, json={"period_end": "2020-01-01"}), 422, "VALIDATION_ERROR")
    found = done(shared_world.lead.client.patch(path, json={"materiality": 60, "performance_materiality": None}))
    assert (found["materiality"], found["performance_materiality"]) == (60.0, None)


def test_the_table_of_transitions_has_every_state() -> None:
    assert ENGAGEMENT_MACHINE.states == set(ENGAGEMENT_STATES)


def test_an_engagement_goes_its_way(shared_world: World) -> None:
    number = shared_world.new_engagement(is_started=False)["id"]
    way = (
        ("start", "fieldwork"), ("submit-review", "review"), ("resume-fieldwork", "fieldwork"),
        ("submit-review", "review"), ("draft-report", "draft_report"), ("issue", "issued"),
        ("follow-up", "follow_up"), ("close", "closed"), ("archive", "archived"),
    )  # fmt: skip
    for action, state in way:
        offered = shared_world.lead.client.get(f"{ENGAGEMENTS}/{number}/actions").json()
        assert action in [each["action"] for each in offered if each["allowed"]]
        assert shared_world.move(number, action)["state"] == state
    engagement = done(shared_world.lead.client.get(f"{ENGAGEMENTS}/{number}"))
    assert engagement["issued_at"] <= engagement["archived_at"]
    assert not [
        each for each in shared_world.lead.client.get(f"{ENGAGEMENTS}/{number}/actions").json() if each["allowed"]
    ]


def test_only_leads_move_an_engagement_on(shared_world: World) -> None:
    for caller, status in (("auditor", 403), ("reviewer", 403), ("auditee", 404), ("stranger", 404), ("admin", 404)):
        found = getattr(shared_world, caller).client.post(f"{shared_world.path}/submit-review")
        assert found.status_code == status
    offered = shared_world.auditor.client.get(f"{shared_world.path}/actions").json()
    assert not [each for each in offered if each["allowed"]]


def test_a_transition_that_is_not_in_the_table_names_the_legal_ones(shared_world: World) -> None:
    number = shared_world.new_engagement(is_started=False)["id"]
    found = problem(shared_world.lead.client.post(f"{ENGAGEMENTS}/{number}/issue"), 409, "CONFLICT")
    assert found["details"]["legal"] == ["start"]


def sent(world: World) -> dict[str, Any]:
    """What a finding has that is no draft any more."""
    return {"owner_id": world.auditee.user_id, "requirement_id": 1, "sent_at": "2025-07-01Z"}


def refused(world: World, number: int, action: str, *words: str) -> None:
    """The action is refused, and said not to be possible, for reasons with these words."""
    found = problem(world.lead.client.post(f"{ENGAGEMENTS}/{number}/{action}"), 409, "CONFLICT")
    offered = {each["action"]: each for each in world.lead.client.get(f"{ENGAGEMENTS}/{number}/actions").json()}
    assert not offered[action]["allowed"]
    for word in words:
        assert word in found["detail"]
        assert word in " ".join(offered[action]["reasons"])


def workpaper(world: World, *states: str) -> int:
    """A workpaper in the engagement, whose versions have these states. Answers its number."""
    number = add(world.url, place_of(world), "workpapers")
    for edition, state in enumerate(states, start=1):
        add(
            world.url, place_of(world), "workpaper_versions", workpaper_id=number, number=edition, state=state,
            prepared_by=world.auditor.user_id, reviewed_by=world.reviewer.user_id,
        )  # fmt: skip
    return number


def test_what_is_open_holds_an_engagement_back(world: World) -> None:
    """Of a workpaper the newest version counts, and every refusal names what it is about."""
    fill(world.url, place_of(world), number=1, mark="m", but={"workpapers", "workpaper_versions", "findings"})
    draft = workpaper(world, "approved", "draft")
    refused(world, world.id, "submit-review", f"Workpaper {draft} is still in draft.")
    past_rules(world.url, "UPDATE audit.workpaper_versions SET state = 'prepared' WHERE state = 'draft'")
    world.move(world.id, "submit-review")
    refused(world, world.id, "draft-report", f"Workpaper {draft} is not approved.")
    past_rules(world.url, "UPDATE audit.workpaper_versions SET state = 'approved'")
    world.move(world.id, "draft-report")
    finding = add(world.url, place_of(world), "findings", workpaper_id=draft, state="validation", **sent(world))
    refused(world, world.id, "issue", f"Finding {finding} is in draft or not answered yet.")
    past_rules(world.url, "UPDATE audit.findings SET state = 'disputed'")
    again = workpaper(world, "draft")
    refused(world, world.id, "issue", f"Workpaper {again} is not approved.")
    past_rules(world.url, "UPDATE audit.workpaper_versions SET state = 'approved'")
    world.move(world.id, "issue")
    problem(world.lead.client.patch(world.path, json={"materiality": 1}), 409, "ENGAGEMENT_ISSUED")
    for state in ("agreed", "action_planned", "in_remediation", "ready_for_retest", "reopened"):
        past_rules(world.url, "UPDATE audit.findings SET state = %(state)s", state=state)
        refused(world, world.id, "close", f"Finding {finding} is not resolved.")
    past_rules(world.url, "UPDATE audit.findings SET state = 'closed_verified', closed_by = written_by")
    world.move(world.id, "follow-up", "close")
    for read in ("document_jobs SET status = 'failed'", "ledgers SET state = 'failed'"):
        refused(world, world.id, "archive", "Document 1 is still being read.")
        past_rules(world.url, f"UPDATE audit.{read}")
    assert world.move(world.id, "archive")["state"] == "archived"
    states = world.sql("SELECT DISTINCT state FROM audit.workpaper_versions")
    assert [each["state"] for each in states] == ["locked"]


@pytest.mark.parametrize("state", ["closed_verified", "risk_accepted", "withdrawn"])
def test_what_is_resolved_holds_nothing_back(world: World, state: str) -> None:
    world.move(world.id, "submit-review", "draft-report")
    until = "2030-01-01" if state == "risk_accepted" else None
    closed_by = world.auditor.user_id if state == "closed_verified" else None
    those = {**sent(world), "state": state, "risk_accepted_until": until, "closed_by": closed_by}
    add(world.url, place_of(world), "findings", **those)
    assert world.move(world.id, "issue", "close")["state"] == "closed"


def test_a_risk_whose_acceptance_has_ended_is_not_resolved(world: World) -> None:
    """Also before the hour at which it is reopened, or where no worker does so."""
    world.move(world.id, "submit-review", "draft-report", "issue")
    accepted = {**sent(world), "state": "risk_accepted", "risk_accepted_until": "2026-03-01"}
    ended = {**accepted, "risk_accepted_until": "2026-02-28"}  # it is March 1
    numbers = [add(world.url, place_of(world), "findings", **each) for each in (accepted, ended)]
    refused(world, world.id, "close", f"Finding {numbers[1]} is not resolved.")
