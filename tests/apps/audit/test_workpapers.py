"""Workpapers: drafts, versions, and what they rest on."""

import pytest

from tests.apps.audit import papers
from tests.apps.audit.papers import approved, evidence, step, workpaper
from tests.apps.audit.world import API, World, done
from tests.races import Call, at_once, statuses


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def test_a_workpaper_begins_as_a_draft(world: World) -> None:
    paper = workpaper(world)
    assert (paper["state"], paper["edition"], paper["edited_by"]["name"]) == ("draft", 1, world.auditor.name)
    assert (paper["prepared_by"], paper["reviewed_by"], paper["evidence"]) == (None, None, [])
    assert done(world.reviewer.client.get(f"{API}/workpapers/{paper['id']}")) == paper


def test_workpapers_are_numbered_without_gaps_also_at_once(world: World) -> None:
    engagement_id = world.new_engagement()["id"]
    body = {"procedure_id": papers.procedure(world, engagement_id)["id"], "title": "t"}
    headers = {"Authorization": world.auditor.client.headers["Authorization"]}
    path = f"{API}/engagements/{engagement_id}/workpapers"
    assert statuses(at_once(world.nobody, [Call("POST", path, body, headers=headers)] * 8)) == {201: 8}
    page = done(world.lead.client.get(path))
    assert [each["number"] for each in page["items"]] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_a_procedure_of_another_engagement_is_none(world: World) -> None:
    other = papers.procedure(world, world.new_engagement()["id"])
    found = world.auditor.client.post(f"{world.path}/workpapers", json={"procedure_id": other["id"], "title": "t"})
    assert (found.status_code, found.json()["errors"][0]["field"]) == (422, "procedure_id")


def test_a_draft_is_edited_in_place_with_its_tag(world: World) -> None:
    paper = workpaper(world)
    path = f"{API}/workpapers/{paper['id']}"
    tag = world.auditor.client.get(path).headers["ETag"]
    edited = world.colleague.client.patch(path, json={"conclusion": "All is well."}, headers={"If-Match": tag})
    assert done(edited)["edition"] == 1
    assert edited.json()["edited_by"]["name"] == world.colleague.name
    late = world.auditor.client.patch(path, json={"conclusion": "Late"}, headers={"If-Match": tag})
    assert late.status_code == 412


def test_prepare_needs_a_conclusion(world: World) -> None:
    paper = workpaper(world, conclusion=" \n")
    path = f"workpapers/{paper['id']}"
    assert "prepare" not in papers.legal(world.auditor, path)
    refused = world.auditor.client.post(f"{API}/{path}/prepare")
    assert (refused.status_code, refused.json()["detail"]) == (409, "It has no conclusion.")


def test_an_edit_of_what_was_prepared_opens_the_next_version(world: World) -> None:
    paper = workpaper(world)
    path, version_id = f"{API}/workpapers/{paper['id']}", evidence(world)
    done(world.auditor.client.put(f"{path}/evidence/{version_id}"))
    before = approved(world, paper)
    tag = world.auditor.client.get(path).headers["ETag"]
    opened = world.colleague.client.patch(path, json={"conclusion": "Four had one."}, headers={"If-Match": tag})
    now = done(opened)
    assert opened.headers["ETag"] != tag
    assert (now["edition"], now["state"], now["conclusion"], now["reviewed_by"]) == (2, "draft", "Four had one.", None)
    assert now["work_done"] == paper["work_done"]
    assert [each["evidence_version_id"] for each in now["evidence"]] == [version_id]
    newest, first = done(world.lead.client.get(f"{path}/versions"))
    assert (newest["edition"], newest["state"]) == (2, "draft")
    assert first == {name: before[name] for name in first}


def test_two_edits_of_what_was_prepared_open_one_version(world: World) -> None:
    paper = workpaper(world)
    step(world.auditor, f"workpapers/{paper['id']}", "prepare")
    path = f"{API}/workpapers/{paper['id']}"
    headers = {"Authorization": world.colleague.client.headers["Authorization"]}
    calls = [Call("PATCH", path, {"work_done": f"more {number}"}, headers=headers) for number in range(6)]
    assert statuses(at_once(world.nobody, calls)) == {200: 6}
    assert [each["edition"] for each in done(world.lead.client.get(f"{path}/versions"))] == [2, 1]  # type: ignore[index]


def test_evidence_is_linked_to_drafts_only(world: World) -> None:
    paper, version_id = workpaper(world), evidence(world)
    path = f"{API}/workpapers/{paper['id']}/evidence/{version_id}"
    [link] = done(world.auditor.client.put(path))["evidence"]
    assert (link["evidence_version_id"], link["is_sealed"], link["state"]) == (version_id, True, "sealed")
    assert len(done(world.auditor.client.put(path))["evidence"]) == 1
    assert done(world.auditor.client.delete(path))["evidence"] == []
    assert world.auditor.client.delete(path).status_code == 404
    done(world.auditor.client.put(path))
    step(world.auditor, f"workpapers/{paper['id']}", "prepare")
    for method in ("PUT", "DELETE"):
        refused = world.auditor.client.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (409, "WORKPAPER_PREPARED")


def test_evidence_of_another_engagement_is_none(world: World) -> None:
    other = evidence(world, world.new_engagement()["id"])
    refused = world.auditor.client.put(f"{API}/workpapers/{workpaper(world)['id']}/evidence/{other}")
    assert refused.status_code == 404


def test_a_workpaper_is_approved_when_all_its_evidence_is_sealed(world: World) -> None:
    paper, version_id = workpaper(world), evidence(world, is_sealed=False)
    path = f"workpapers/{paper['id']}"
    done(world.auditor.client.put(f"{API}/{path}/evidence/{version_id}"))
    step(world.auditor, path, "prepare")
    step(world.reviewer, path, "review")
    refused = world.reviewer.client.post(f"{API}/{path}/approve")
    assert (refused.status_code, "not sealed" in refused.json()["detail"]) == (409, True)
    papers.seal(world, version_id)
    now = step(world.reviewer, path, "approve", note="Agreed.")
    assert (now["state"], now["reviewed_by"]["name"], now["review_note"]) == (
        "approved",
        world.reviewer.name,
        "Agreed.",
    )
    assert step(world.auditor, path, "lock")["state"] == "locked"


def test_what_is_returned_is_a_draft_with_the_reason(world: World) -> None:
    paper = workpaper(world)
    path = f"workpapers/{paper['id']}"
    step(world.auditor, path, "prepare")
    assert world.reviewer.client.post(f"{API}/{path}/return", json={}).status_code == 422
    returned = step(world.reviewer, path, "return", reason="Which payments?")
    assert (returned["state"], returned["edition"], returned["review_note"]) == ("draft", 1, "Which payments?")
    step(world.auditor, path, "prepare")
    step(world.reviewer, path, "review")
    assert step(world.reviewer, path, "approve")["review_note"] == ""


def test_actions_say_what_may_be_done_and_why_not_the_rest(world: World) -> None:
    path = f"workpapers/{workpaper(world)['id']}"
    assert papers.legal(world.reviewer, path) == {"prepare"}
    step(world.auditor, path, "prepare")
    assert papers.legal(world.reviewer, path) == {"review", "return"}
    listed = {each["action"]: each for each in done(world.auditor.client.get(f"{API}/{path}/actions"))}  # type: ignore[index]
    assert listed["review"]["reasons"] == ["You may not do this."]
    assert world.auditor.client.post(f"{API}/{path}/review").status_code == 403


def test_nobody_outside_of_the_team_sees_a_workpaper(world: World) -> None:
    path = f"{API}/workpapers/{workpaper(world)['id']}"
    for person in (world.auditee, world.stranger, world.admin):
        for ending in ("", "/versions", "/actions"):
            assert person.client.get(f"{path}{ending}").status_code == 404
        assert person.client.get(f"{world.path}/workpapers").status_code == 404
        assert person.client.patch(path, json={"title": "mine"}).status_code == 404
        assert person.client.post(f"{path}/prepare").status_code == 404
