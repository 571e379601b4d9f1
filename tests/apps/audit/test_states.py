"""The tables of states as the contract has them: what `/actions` calls legal is taken, all else is refused by name."""

from typing import Any

import httpx
import pytest

from portico.apps.audit.engagements.models import ENGAGEMENT_STATES
from portico.apps.audit.findings.models import FINDING_STATES
from portico.apps.audit.workpapers.models import WORKPAPER_STATES
from tests.apps.audit.everything import add, fill, place_of
from tests.apps.audit.papers import legal
from tests.apps.audit.world import API, Person, World

TEAM = {"validate": {}, "revise": {"reason": "r"}, "close": {"note": "n"}, "reopen": {"reason": "r"},
        "withdraw": {"reason": "r"}}  # fmt: skip
OWNER = {"agree": {}, "dispute": {"reason": "r"}, "plan": {"action_plan": "p", "due_on": "2099-01-01"},
         "remediate": {}, "ready": {}}  # fmt: skip
NAMED = {"accept-risk": {"until": "2026-06-01", "reason": "r"}}
FINDINGS: dict[str, tuple[set[str], set[str]]] = {
    "draft": ({"validate", "withdraw"}, set()),
    "validation": ({"withdraw"}, {"agree", "dispute"}),
    "agreed": (set(), {"plan", "accept-risk"}),
    "disputed": ({"revise", "withdraw"}, {"agree", "plan", "accept-risk"}),
    "action_planned": (set(), {"remediate", "accept-risk"}),
    "in_remediation": (set(), {"ready", "accept-risk"}),
    "ready_for_retest": ({"close", "reopen"}, set()),
    "closed_verified": ({"reopen"}, set()),
    "reopened": (set(), {"plan", "accept-risk"}),
    "risk_accepted": ({"reopen"}, set()),
    "withdrawn": (set(), set()),
}
"""What the team and what the owner, who is named to accept risks, may do in each state."""
REVIEWS: dict[str, dict[str, str]] = {"prepare": {}, "review": {}, "return": {"reason": "r"}, "approve": {}, "lock": {}}
WORKPAPERS = {
    "draft": {"prepare"}, "prepared": {"review", "return"}, "in_review": {"return", "approve"}, "approved": {"lock"},
    "locked": set(),
}  # fmt: skip
MOVES = ("start", "submit-review", "resume-fieldwork", "draft-report", "issue", "follow-up", "close", "archive")
ENGAGEMENTS = {
    "planned": {"start"}, "fieldwork": {"submit-review"}, "review": {"resume-fieldwork", "draft-report"},
    "draft_report": {"issue"}, "issued": {"follow-up", "close"}, "follow_up": {"close"}, "closed": {"archive"},
    "archived": set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(shared_world: World) -> World:
    fill(shared_world.url, place_of(shared_world), number=1, mark="m")
    shared_world.appoint(shared_world.id, shared_world.auditee, "auditee", may_accept_risk=True)
    return shared_world


def refused(found: httpx.Response, state: str, legal_now: set[str]) -> None:
    assert found.status_code == 409, found.text
    details = found.json()["details"]
    assert (details["state"], set(details["legal"])) == (state, legal_now)


def try_all(person: Person, path: str, state: str, actions: dict[str, Any], legal_now: set[str]) -> None:
    """What is not legal is refused, whoever has the right to it; and what is legal is offered."""
    assert legal(person, path) == legal_now
    for action in actions.keys() - legal_now:
        refused(person.client.post(f"{API}/{path}/{action}", json=actions[action]), state, legal_now)


def test_the_tables_have_every_state() -> None:
    assert (set(FINDINGS), set(WORKPAPERS)) == (set(FINDING_STATES), set(WORKPAPER_STATES))
    assert set(ENGAGEMENTS) == set(ENGAGEMENT_STATES)


@pytest.mark.parametrize("state", FINDING_STATES)
def test_a_finding(world: World, state: str) -> None:
    of_team, of_owner = FINDINGS[state]
    path = f"findings/{finding_in(world, state)}"
    try_all(world.auditor, path, state, TEAM, of_team)
    if state == "draft":
        assert world.auditee.client.get(f"{API}/{path}/actions").status_code == 404
        assert world.auditee.client.post(f"{API}/{path}/agree").status_code == 404
    else:
        try_all(world.auditee, path, state, {**OWNER, **NAMED}, of_owner)
    taken = sorted(of_team or of_owner)
    for action in taken[:1]:
        person, body = (world.auditor, TEAM[action]) if of_team else (world.auditee, {**OWNER, **NAMED}[action])
        assert person.client.post(f"{API}/{path}/{action}", json=body).status_code == 200


@pytest.mark.parametrize("state", WORKPAPER_STATES)
def test_a_workpaper(world: World, state: str) -> None:
    editor = world.auditor.user_id
    number = add(world.url, place_of(world), "workpapers")
    signed = {
        "prepared_by": None if state == "draft" else editor,
        "reviewed_by": None if state in ("draft", "prepared") else world.lead.user_id,
    }
    add(
        world.url, place_of(world), "workpaper_versions", workpaper_id=number, number=1, state=state, conclusion="c",
        edited_by=editor, editors=f"{{{editor}}}", **signed,
    )  # fmt: skip
    try_all(world.reviewer, f"workpapers/{number}", state, REVIEWS, WORKPAPERS[state])


@pytest.mark.parametrize("state", ENGAGEMENT_STATES)
def test_an_engagement(world: World, state: str) -> None:
    number = world.new_engagement(is_started=False)["id"]
    at = "now()" if state == "archived" else "NULL"
    world.sql(f"UPDATE audit.engagements SET state = %(state)s, archived_at = {at} WHERE id = %(id)s",
              state=state, id=number)  # fmt: skip
    try_all(world.lead, f"engagements/{number}", state, dict.fromkeys(MOVES), ENGAGEMENTS[state])


def finding_in(world: World, state: str) -> int:
    """Of the auditee, with sealed evidence for itself and for its first retest."""
    number = add(
        world.url, place_of(world), "findings", state=state, requirement_id=1, retests=1,
        owner_id=world.auditee.user_id, sent_at=None if state == "draft" else "2026-01-01T00:00Z",
        closed_by=world.lead.user_id if state == "closed_verified" else None,
        risk_accepted_until="2026-12-31" if state == "risk_accepted" else None,
    )  # fmt: skip
    for retest in (0, 1):
        version = add(world.url, place_of(world), "evidence_versions", state="sealed", sealed_at="2026-01-01T00:00Z")
        add(
            world.url,
            place_of(world),
            "finding_evidence",
            finding_id=number,
            evidence_version_id=version,
            retest=retest,
        )
    return number
