"""The journey of a compliance auditor: NIST SP 800-53, from the import over the assessment to findings and exports."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from trestle.oscal import assessment_results, poam

from tests.apps.audit import papers
from tests.apps.audit.oscal import CATALOG, LOW, RESOLVED, published
from tests.apps.audit.papers import step
from tests.apps.audit.world import API, World, done, open_world
from tests.clocks import MovableClock
from tests.contract.shop import made
from tests.data_sets import data_set

LONG = {"access_token_expire_minutes": 60 * 24 * 200, "refresh_token_expire_days": 200}
OSCAL = {"Content-Type": "application/json"}


@pytest.fixture
def world(database_url: str, clock: MovableClock) -> Iterator[World]:
    with open_world(database_url, clock=clock, **LONG) as world:
        yield world


def take(world: World, name: str) -> Any:
    content = data_set(name).read_bytes()
    return made(world.lead.client.post(f"{API}/frameworks/import", content=content, headers=OSCAL))


def all_of(world: World, path: str, **params: Any) -> list[Any]:
    """A list to its end."""
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = done(world.auditor.client.get(f"{API}/{path}", params={"limit": 100, **params, **cursor}))
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def controls_of(node: Any) -> list[str]:
    """The ids of the controls in a catalog, as NIST has resolved it."""
    found = [each["id"] for each in node.get("controls", ())]
    inner = [name for each in (*node.get("controls", ()), *node.get("groups", ())) for name in controls_of(each)]
    return [*found, *inner]


def test_a_compliance_auditor(world: World, clock: MovableClock) -> None:
    """The LOW baseline is chosen; three controls are looked at; one fails, is written up, planned, and exported."""
    ids = chosen(world)
    paper, evidence = looked_at(world, clock, ids)
    due_on = str((clock() + timedelta(days=60)).date())
    written_up(world, paper, evidence, due_on)
    exported(world, evidence, due_on)
    looked_at_again(world, ids)


def chosen(world: World) -> dict[str, int]:
    """The requirements of the baseline, by their codes."""
    take(world, CATALOG)
    low = take(world, LOW)
    made(world.auditor.client.post(f"{world.path}/frameworks", json={"framework_id": low["id"]}))
    listed = all_of(world, f"frameworks/{low['id']}/requirements")
    assert {each["code"] for each in listed} == set(controls_of(published(RESOLVED)["catalog"]))
    assert len(listed) == 149
    return {each["code"]: each["id"] for each in listed}


def looked_at(world: World, clock: MovableClock, ids: dict[str, int]) -> tuple[dict[str, Any], int]:
    """What is done, on what, and what follows from it: the workpaper, and what it rests on."""
    procedure = made(world.auditor.client.post(f"{world.path}/procedures", json={
        "code": "AC-2.T", "title": "Leavers against accounts", "pack": "control", "method": "test",
        "requirement_id": ids["ac-2"],
    }))  # fmt: skip
    paper = papers.workpaper(
        world, procedure_id=procedure["id"], title="Leavers", work_done="25 leavers against the directory.",
        conclusion="Two accounts were still open.",
    )  # fmt: skip
    evidence = papers.evidence(world)
    done(world.auditor.client.put(f"{API}/workpapers/{paper['id']}/evidence/{evidence}"))
    papers.approved(world, paper)
    for code, method, result, observation in (
        ("ac-1", "examine", "satisfied", "The policy is from last year, and signed."),
        ("at-2", "interview", "satisfied", "Five people told what they had learned."),
        ("ac-2", "test", "other-than-satisfied", "Two of 25 leavers could still sign in."),
    ):
        made(world.auditor.client.post(f"{world.path}/assessments", json={
            "requirement_id": ids[code], "method": method, "result": result, "observation": observation,
            "workpaper_id": paper["id"] if code == "ac-2" else None,
            "procedure_id": procedure["id"] if code == "ac-2" else None,
        }))  # fmt: skip
        clock.move(hours=1)
    (summary,) = done(world.reviewer.client.get(f"{world.path}/assessments/summary"))["frameworks"]
    counts = [summary[name] for name in ("total", "satisfied", "other_than_satisfied", "not_assessed")]
    assert counts == [149, 2, 1, 146]
    assert {each["id"]: each["other_than_satisfied"] for each in summary["families"]}["ac"] == 1
    left = all_of(world, f"engagements/{world.id}/requirements", result="not-assessed")
    assert len(left) == 146
    return paper, evidence


def written_up(world: World, paper: dict[str, Any], evidence: int, due_on: str) -> None:
    """The finding, until there is a plan."""
    finding = papers.finding(
        world, workpaper_id=paper["id"], title="Leavers keep their accounts", criteria="AC-2 f.",
        condition="Two of 25 leavers could still sign in.", effect="Somebody who has left may read the books.",
        recommendation="Let payroll tell the help desk.", severity="high",
    )  # fmt: skip
    papers.link(world, finding["id"], evidence)
    sent = step(world.auditor, f"findings/{finding['id']}", "validate")
    assert sent["requirement"]["code"] == "ac-2"
    step(world.auditee, f"findings/{finding['id']}", "agree")
    step(world.auditee, f"findings/{finding['id']}", "plan", action_plan="Payroll sends a list.", due_on=due_on)


def exported(world: World, evidence: int, due_on: str) -> None:
    """What others' tools get."""
    documents = {}
    for kind, schema in (("assessment-results", assessment_results.Model), ("poam", poam.Model)):
        path, params = f"{API}/export/oscal/{kind}", {"engagement": world.id}
        answer = world.reviewer.client.get(path, params=params)
        assert answer.headers["Content-Type"] == "application/json"
        documents[kind] = json.loads(answer.content)
        schema.model_validate(documents[kind])
        assert world.lead.client.get(path, params=params).content == answer.content
    (result,) = documents["assessment-results"]["assessment-results"]["results"]
    assert [(each["target"]["target-id"], each["target"]["status"]["state"]) for each in result["findings"]] == [
        ("ac-1_smt", "satisfied"), ("ac-2_smt", "not-satisfied"), ("at-2_smt", "satisfied"),
    ]  # fmt: skip
    (risk,) = documents["poam"]["plan-of-action-and-milestones"]["risks"]
    assert (risk["status"], risk["deadline"]) == ("open", f"{due_on}T23:59:59Z")
    assert risk["uuid"] == result["risks"][0]["uuid"]
    hashes = world.sql("SELECT sha256 FROM audit.evidence_versions WHERE id = %(id)s", id=evidence)
    assert json.dumps(documents["poam"]).count(hashes[0]["sha256"]) == 2


def looked_at_again(world: World, ids: dict[str, int]) -> None:
    """A second look, after the plan was carried out, is another assessment: the first one stays."""
    made(world.auditor.client.post(f"{world.path}/assessments", json={
        "requirement_id": ids["ac-2"], "method": "test", "result": "satisfied", "observation": "None of 25.",
    }))  # fmt: skip
    (summary,) = done(world.reviewer.client.get(f"{world.path}/assessments/summary"))["frameworks"]
    assert [summary[name] for name in ("satisfied", "other_than_satisfied")] == [3, 0]
    looks = all_of(world, f"engagements/{world.id}/assessments", requirement_id=ids["ac-2"])
    assert [(each["result"], each["counts"]) for each in looks] == [
        ("satisfied", True), ("other-than-satisfied", False)
    ]  # fmt: skip
