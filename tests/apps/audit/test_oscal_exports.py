"""Exports are valid OSCAL, say what is on record and no more, and are the same as long as that is."""

import json
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from trestle.oscal import assessment_results, poam

from portico.apps.audit.exports.parts import OPENED, STATUS
from portico.apps.audit.findings.models import FINDING_MACHINE
from tests.apps.audit import papers
from tests.apps.audit.oscal import Node, catalog, send
from tests.apps.audit.papers import step
from tests.apps.audit.world import API, Person, World, done
from tests.clocks import MovableClock
from tests.contract.shop import made, unique

RESULTS, PLAN = "assessment-results", "poam"
SCHEMAS: dict[str, Any] = {RESULTS: assessment_results.Model, PLAN: poam.Model}
ROOTS = {RESULTS: "assessment-results", PLAN: "plan-of-action-and-milestones"}


class Scene:
    """An engagement that has found ac-1 satisfied and ac-2 not, and has written up why."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.framework = made(send(world.lead.client, catalog(unique("catalog"))))["id"]
        made(world.auditor.client.post(f"{world.path}/frameworks", json={"framework_id": self.framework}))
        listed = done(world.lead.client.get(f"{API}/frameworks/{self.framework}/requirements"))["items"]
        self.codes = {each["code"]: each["id"] for each in listed}
        procedure = papers.procedure(world, requirement_id=self.codes["ac-2"], method="interview")
        self.paper = papers.workpaper(world, procedure_id=procedure["id"])
        self.version = papers.evidence(world)
        done(world.auditor.client.put(f"{API}/workpapers/{self.paper['id']}/evidence/{self.version}"))
        self.assess("ac-1", "satisfied")
        self.assess("ac-2", "other-than-satisfied", workpaper_id=self.paper["id"], method="test")

    def assess(self, code: str, result: str, **values: Any) -> Any:
        body = {
            "requirement_id": self.codes[code], "result": result, "method": "examine", "observation": f"Of {code}.",
            **values,
        }  # fmt: skip
        return made(self.world.auditor.client.post(f"{self.world.path}/assessments", json=body))

    def send(self, **values: Any) -> Any:
        return papers.sent(self.world, workpaper_id=self.paper["id"], **values)

    def export(self, kind: str) -> Node:
        return valid(kind, self.bytes(kind))

    def bytes(self, kind: str, person: Person | None = None) -> bytes:
        client = (person or self.world.reviewer).client
        found = client.get(f"{API}/export/oscal/{kind}", params={"engagement": self.world.id})
        assert found.is_success, found.text
        return found.content


def valid(kind: str, content: bytes) -> Node:
    """The document, which OSCAL's schema has nothing against."""
    document = json.loads(content)
    SCHEMAS[kind].model_validate(document)
    found: Node = document[ROOTS[kind]]
    return found


@pytest.fixture
def world(shared_world: World) -> World:
    """The shared one, with an engagement of the test's own."""
    own = copy(shared_world)
    own.engagement = shared_world.new_engagement()
    own.id = own.engagement["id"]
    own.path = f"{API}/engagements/{own.id}"
    return own


@pytest.fixture
def clock(shared_clock: MovableClock) -> MovableClock:
    return shared_clock


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def test_assessment_results(scene: Scene) -> None:
    finding = scene.send(effect="Money may go to the wrong account.")
    document = scene.export(RESULTS)
    assert document["metadata"]["oscal-version"] == "1.1.3"
    (result,) = document["results"]
    assert result["reviewed-controls"]["control-selections"] == [
        {"include-controls": [{"control-id": "ac-1"}, {"control-id": "ac-2"}]}
    ]
    first, second = result["findings"]
    assert first["target"] == {"type": "statement-id", "target-id": "ac-1_smt", "status": {"state": "satisfied"}}
    assert second["target"]["status"] == {"state": "not-satisfied"}
    observations = {each["uuid"]: each for each in result["observations"]}
    seen = [observations[each["observation-uuid"]] for each in second["related-observations"]]
    assert [each["methods"] for each in seen] == [["TEST"], ["INTERVIEW"]]
    assert [each["description"] for each in seen] == ["Of ac-2.", finding["condition"]]
    (risk,) = result["risks"]
    assert second["related-risks"] == [{"risk-uuid": risk["uuid"]}]
    assert (risk["statement"], risk["status"]) == ("Money may go to the wrong account.", "investigating")
    assert "related-risks" not in first


def test_evidence_is_cited_by_its_hash(scene: Scene) -> None:
    document = scene.export(RESULTS)
    row = scene.world.sql("SELECT sha256 FROM audit.evidence_versions WHERE id = %(id)s", id=scene.version)[0]
    observation = document["results"][0]["observations"][1]
    (link,) = observation["relevant-evidence"]
    resources = {f"#{each['uuid']}": each for each in document["back-matter"]["resources"]}
    hashes = resources[link["href"]]["rlinks"][0]["hashes"]
    assert hashes == [{"algorithm": "SHA-256", "value": row["sha256"]}]
    assert document["import-ap"]["href"] in resources


def test_evidence_without_a_seal_is_not_cited(scene: Scene) -> None:
    unsealed = papers.evidence(scene.world, is_sealed=False)
    done(scene.world.auditor.client.put(f"{API}/workpapers/{scene.paper['id']}/evidence/{unsealed}"))
    (link,) = scene.export(RESULTS)["results"][0]["observations"][1]["relevant-evidence"]
    assert link["description"].startswith("payments.csv")


def test_the_newest_assessment_is_told(scene: Scene) -> None:
    scene.assess("ac-2", "satisfied")
    states = [each["target"]["status"]["state"] for each in scene.export(RESULTS)["results"][0]["findings"]]
    assert states == ["satisfied", "satisfied"]


def test_plan_of_action_and_milestones(scene: Scene, clock: MovableClock) -> None:
    due_on = str((clock() + timedelta(days=30)).date())
    found = papers.planned(scene.world, due_on=due_on, workpaper_id=scene.paper["id"], recommendation="Ask twice.")
    document = scene.export(PLAN)
    (item,), (risk,) = document["poam-items"], document["risks"]
    assert item["title"] == f"{found['number']}. {found['title']}"
    assert item["description"].startswith(f"Criteria: {found['criteria']}\n\nCondition: ")
    assert item["related-risks"] == [{"risk-uuid": risk["uuid"]}]
    assert (risk["status"], risk["deadline"]) == ("open", f"{due_on}T23:59:59Z")
    assert [(each["lifecycle"], each["description"]) for each in risk["remediations"]] == [
        ("recommendation", "Ask twice."), ("planned", "A second approval is asked for."),
    ]  # fmt: skip
    (task,) = risk["remediations"][1]["tasks"]
    assert task["timing"] == {"on-date": {"date": f"{due_on}T23:59:59Z"}}
    assert {"name": "severity", "ns": "urn:portico:audit", "value": "medium"} in risk["props"]
    entries = risk["risk-log"]["entries"]
    assert [(each["title"], each["status-change"]) for each in entries] == [
        ("validate", "investigating"), ("agree", "open"), ("plan", "open"),
    ]  # fmt: skip
    people = {each["uuid"]: each["name"] for each in document["metadata"]["parties"]}
    assert people[entries[1]["logged-by"][0]["party-uuid"]] == scene.world.auditee.name


def test_a_finding_that_is_closed_says_so(scene: Scene) -> None:
    found = papers.ready(scene.world, due_on=papers.tomorrow(), workpaper_id=scene.paper["id"])
    assert scene.export(PLAN)["risks"][0]["status"] == "remediating"
    papers.link(scene.world, found["id"])
    step(scene.world.colleague, f"findings/{found['id']}", "close", note="Ten payments had two.")
    (risk,) = scene.export(PLAN)["risks"]
    assert (risk["status"], risk["remediations"][-1]["lifecycle"]) == ("closed", "completed")


def test_drafts_and_what_was_withdrawn_are_nobody_elses_business(scene: Scene) -> None:
    papers.finding(scene.world, workpaper_id=scene.paper["id"], title="A draft")
    gone = scene.send(title="A mistake")
    step(scene.world.auditor, f"findings/{gone['id']}", "withdraw", reason="It was none.")
    assert b"A draft" not in scene.bytes(RESULTS)
    assert b"A mistake" not in scene.bytes(RESULTS)
    found = scene.world.lead.client.get(f"{API}/export/oscal/{PLAN}", params={"engagement": scene.world.id})
    assert (found.status_code, found.json()["code"]) == (409, "NOTHING_TO_EXPORT")


@pytest.mark.parametrize("kind", [RESULTS, PLAN])
def test_of_one_state_there_is_one_document(scene: Scene, clock: MovableClock, kind: str) -> None:
    scene.send()
    first = scene.bytes(kind)
    clock.move(days=3)
    assert scene.bytes(kind, scene.world.lead) == first
    scene.send(title="Another one")
    after = scene.bytes(kind)
    assert after != first
    before, now = valid(kind, first), valid(kind, after)
    assert now["uuid"] != before["uuid"]
    assert now["metadata"]["last-modified"] > before["metadata"]["last-modified"]
    risks = [node["risks"] if kind == PLAN else node["results"][0]["risks"] for node in (before, now)]
    assert risks[1][0] == risks[0][0]


def test_what_is_empty_is_refused(world: World) -> None:
    for kind in (RESULTS, PLAN):
        found = world.lead.client.get(f"{API}/export/oscal/{kind}", params={"engagement": world.id})
        assert (found.status_code, found.json()["code"]) == (409, "NOTHING_TO_EXPORT")


def test_promise_7_the_team_exports_and_nobody_else(scene: Scene) -> None:
    world = scene.world
    for kind in (RESULTS, PLAN):
        path = f"{API}/export/oscal/{kind}"
        for person in (world.auditee, world.stranger, world.admin):
            assert person.client.get(path, params={"engagement": world.id}).status_code == 404
        assert world.nobody.get(path, params={"engagement": world.id}).status_code == 401
        assert world.lead.client.get(path).status_code == 422


def test_every_state_and_every_step_of_a_finding_has_its_risk() -> None:
    assert set(STATUS) == FINDING_MACHINE.states - {"draft", "withdrawn"}
    steps = {line.action for line in FINDING_MACHINE.table if line.target not in ("draft", "withdrawn")}
    assert steps == set(OPENED)
    assert all(STATUS[line.target] == OPENED[line.action] for line in FINDING_MACHINE.table if line.action in OPENED)
