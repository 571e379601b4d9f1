"""Assessments: by a framework that was chosen, never changed, the newest counts."""

from typing import Any

import psycopg
import pytest

from tests.apps.audit import papers
from tests.apps.audit.oscal import catalog, control, send
from tests.apps.audit.world import API, World, done
from tests.contract.shop import made, unique


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


class Scene:
    """An engagement of its own that assesses by a framework of its own."""

    def __init__(self, world: World, **groups: Any) -> None:
        self.world = world
        self.engagement: int = world.new_engagement()["id"]
        self.path = f"{API}/engagements/{self.engagement}"
        self.framework: int = made(send(world.lead.client, catalog(unique("catalog"), **groups)))["id"]
        self.codes = self._codes(withdrawn=True)

    def choose(self) -> "Scene":
        made(self.world.auditor.client.post(f"{self.path}/frameworks", json={"framework_id": self.framework}))
        return self

    def assess(self, code: str, result: str = "satisfied", **values: Any) -> Any:
        return made(self.ask(code, result=result, **values))

    def ask(self, code: str, **values: Any) -> Any:
        body = {
            "requirement_id": self.codes[code], "method": "examine", "result": "satisfied", "observation": "Seen.",
            **values,
        }  # fmt: skip
        return self.world.auditor.client.post(f"{self.path}/assessments", json=body)

    def read(self, path: str, **params: Any) -> Any:
        return done(self.world.reviewer.client.get(f"{self.path}/{path}", params=params))

    def _codes(self, **params: Any) -> dict[str, int]:
        path = f"{API}/frameworks/{self.framework}/requirements"
        listed = done(self.world.lead.client.get(path, params=params))["items"]
        return {each["code"]: each["id"] for each in listed}


def refused(found: Any, status: int, code: str = "VALIDATION_ERROR") -> Any:
    assert (found.status_code, found.json()["code"]) == (status, code), found.text
    return found.json().get("errors")


def test_an_assessment_says_what_who_and_when(world: World) -> None:
    scene = Scene(world).choose()
    found = scene.assess("ac-2", "other-than-satisfied", method="interview", observation=" Nobody knew. ")
    assert (found["method"], found["result"], found["observation"]) == (
        "interview", "other-than-satisfied", "Nobody knew."
    )  # fmt: skip
    assert (found["requirement"]["code"], found["requirement"]["family"]) == ("ac-2", "ac")
    assert found["assessed_by"] == {"id": str(world.auditor.id), "name": world.auditor.name}
    assert found["counts"] is True
    assert done(world.reviewer.client.get(f"{API}/assessments/{found['id']}")) == found


def test_the_newest_counts(world: World) -> None:
    scene = Scene(world).choose()
    first = scene.assess("ac-1", "other-than-satisfied")
    second = scene.assess("ac-1", "satisfied")
    assert [(each["id"], each["counts"]) for each in scene.read("assessments")["items"]] == [
        (second["id"], True), (first["id"], False)
    ]  # fmt: skip
    assert [each["id"] for each in scene.read("assessments", counting=True)["items"]] == [second["id"]]
    assert scene.read("assessments", result="other-than-satisfied")["total"] == 1
    assert scene.read("assessments", requirement_id=scene.codes["ac-2"])["total"] == 0


def test_the_summary_counts_by_family(world: World) -> None:
    withdrawn = control("ac-9", props=[{"name": "status", "value": "withdrawn"}])
    scene = Scene(world, ac=[control("ac-1"), control("ac-2"), withdrawn], au=[control("au-1")]).choose()
    scene.assess("ac-1", "other-than-satisfied")
    scene.assess("ac-1", "satisfied")
    scene.assess("au-1", "other-than-satisfied")
    (found,) = scene.read("assessments/summary")["frameworks"]
    counts = ("total", "satisfied", "other_than_satisfied", "not_assessed")
    assert [found[name] for name in counts] == [3, 1, 1, 1]
    assert [(each["id"], *(each[name] for name in counts)) for each in found["families"]] == [
        ("ac", 2, 1, 0, 1), ("au", 1, 0, 1, 0)
    ]  # fmt: skip


def test_what_there_is_to_assess(world: World) -> None:
    scene = Scene(world).choose()
    scene.assess("ac-2", "other-than-satisfied")
    open_ones = scene.read("requirements", result="not-assessed", limit=3)
    assert [each["code"] for each in open_ones["items"]] == ["ac-1", "ac-2.1", "ac-2.2"]
    assert open_ones["total"] == 7
    rest = scene.read("requirements", result="not-assessed", cursor=open_ones["next_cursor"])
    assert [each["code"] for each in rest["items"]] == ["ac-10", "au-1", "au-2", "au-2.1"]
    (other,) = scene.read("requirements", result="other-than-satisfied", family="ac")["items"]
    assert (other["code"], other["method"]) == ("ac-2", "examine")


def test_one_assesses_by_what_was_chosen(world: World) -> None:
    scene = Scene(world)
    refused(scene.ask("ac-1"), 409, "FRAMEWORK_NOT_CHOSEN")
    scene.choose().choose()
    assert [each["id"] for each in scene.read("frameworks")] == [scene.framework]
    scene.assess("ac-1")


def test_a_choice_is_taken_back_until_it_was_used(world: World) -> None:
    scene = Scene(world).choose()
    path = f"{scene.path}/frameworks/{scene.framework}"
    assert world.auditor.client.delete(path).status_code == 204
    assert world.auditor.client.delete(path).status_code == 404
    scene.choose().assess("ac-1")
    refused(world.auditor.client.delete(path), 409, "IN_USE")


def test_what_is_named_has_to_be_of_the_engagement(world: World) -> None:
    scene = Scene(world).choose()
    elsewhere = papers.workpaper(world)
    for name, number in (("procedure_id", elsewhere["procedure"]["id"]), ("workpaper_id", elsewhere["id"])):
        assert refused(scene.ask("ac-1", **{name: number}), 422) == [{"field": name, "message": "not found"}]
    scene.codes["none"] = 999_999_999
    assert refused(scene.ask("none"), 422) == [{"field": "requirement_id", "message": "not found"}]


def test_what_is_withdrawn_is_not_assessed(world: World) -> None:
    withdrawn = control("ac-9", props=[{"name": "status", "value": "withdrawn"}])
    scene = Scene(world, ac=[control("ac-1"), withdrawn]).choose()
    assert refused(scene.ask("ac-9"), 422) == [{"field": "requirement_id", "message": "is withdrawn"}]


def test_procedure_and_workpaper_are_shown(world: World) -> None:
    scene = Scene(world).choose()
    made_one = papers.procedure(world, scene.engagement, requirement_id=scene.codes["ac-1"])
    body = {"procedure_id": made_one["id"], "title": "Accounts", "conclusion": "Three are too many."}
    paper = made(world.auditor.client.post(f"{scene.path}/workpapers", json=body))
    found = scene.assess("ac-1", procedure_id=made_one["id"], workpaper_id=paper["id"])
    assert found["procedure"] == {"id": made_one["id"], "code": made_one["code"], "title": made_one["title"]}
    assert found["workpaper"] == {"id": paper["id"], "number": paper["number"]}


def test_promise_1_nobody_changes_or_deletes_an_assessment(world: World) -> None:
    found = Scene(world).choose().assess("ac-1")
    for method in ("PUT", "PATCH", "DELETE"):
        assert world.lead.client.request(method, f"{API}/assessments/{found['id']}", json={}).status_code == 405
    with psycopg.connect(world.url, options="-c role=portico_app") as connection:
        for statement in ("UPDATE audit.assessments SET result = 'satisfied'", "DELETE FROM audit.assessments"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


def test_promise_2_an_archived_engagement_is_assessed_no_more(world: World) -> None:
    scene = Scene(world).choose()
    scene.assess("ac-1")
    world.archive(scene.engagement)
    refused(scene.ask("ac-1"), 409, "ENGAGEMENT_ARCHIVED")
    refused(
        world.auditor.client.post(f"{scene.path}/frameworks", json={"framework_id": scene.framework}),
        409, "ENGAGEMENT_ARCHIVED",
    )  # fmt: skip
    refused(world.auditor.client.delete(f"{scene.path}/frameworks/{scene.framework}"), 409, "ENGAGEMENT_ARCHIVED")
    with psycopg.connect(world.url) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(
            "INSERT INTO audit.engagement_frameworks SELECT engagement_id, framework_id + 1, at, user_id, user_name"
            " FROM audit.engagement_frameworks WHERE engagement_id = %s",
            [scene.engagement],
        )


def test_promise_7_the_auditee_sees_no_assessment(world: World) -> None:
    scene = Scene(world).choose()
    found = scene.assess("ac-1")
    paths = (f"{scene.path}/assessments", f"{scene.path}/assessments/summary", f"{scene.path}/frameworks",
             f"{scene.path}/requirements", f"{API}/assessments/{found['id']}")  # fmt: skip
    for person in (world.auditee, world.stranger, world.admin):
        assert [person.client.get(path).status_code for path in paths] == [404] * 5
