"""Procedures: a code of their own in the engagement, and there while anything rests on them."""

import pytest

from tests.apps.audit import papers
from tests.apps.audit.world import API, World, done


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def test_a_procedure_is_added_shown_and_changed(world: World) -> None:
    procedure = papers.procedure(world, code="C-1")
    path = f"{API}/procedures/{procedure['id']}"
    shown = world.reviewer.client.get(path)
    assert shown.json() == procedure
    assert procedure["requirement"]["code"] == "p-1"
    changed = world.lead.client.patch(path, json={"title": "Other"}, headers={"If-Match": shown.headers["ETag"]})
    assert done(changed) == {**procedure, "title": "Other"}
    late = world.lead.client.patch(path, json={"title": "Late"}, headers={"If-Match": shown.headers["ETag"]})
    assert late.status_code == 412


def test_the_list_is_that_of_its_engagement_the_newest_first(world: World) -> None:
    engagement_id = world.new_engagement()["id"]
    made = [papers.procedure(world, engagement_id, pack=pack)["id"] for pack in ("control", "transaction", "control")]
    path = f"{API}/engagements/{engagement_id}/procedures"
    page = done(world.auditor.client.get(path, params={"limit": 2}))
    rest = done(world.auditor.client.get(path, params={"limit": 2, "cursor": page["next_cursor"]}))
    assert [each["id"] for each in page["items"] + rest["items"]] == made[::-1]
    assert page["total"] == 3
    assert done(world.auditor.client.get(path, params={"pack": "transaction"}))["total"] == 1


def test_a_code_is_unique_in_its_engagement(world: World) -> None:
    papers.procedure(world, code="TWICE")
    papers.procedure(world, world.new_engagement()["id"], code="TWICE")
    again = world.lead.client.post(f"{world.path}/procedures", json={"code": "TWICE", "title": "t"})
    assert (again.status_code, again.json()["code"]) == (409, "PROCEDURE_EXISTS")
    other = papers.procedure(world)
    changed = world.lead.client.patch(f"{API}/procedures/{other['id']}", json={"code": "TWICE"})
    assert changed.json()["code"] == "PROCEDURE_EXISTS"


def test_a_requirement_has_to_be_there(world: World) -> None:
    body = {"code": "R-1", "title": "t", "requirement_id": 10**9}
    found = world.lead.client.post(f"{world.path}/procedures", json=body)
    assert (found.status_code, found.json()["errors"][0]["field"]) == (422, "requirement_id")


def test_a_procedure_is_removed_while_nothing_rests_on_it(world: World) -> None:
    unused, used = papers.procedure(world), papers.procedure(world)
    papers.workpaper(world, procedure_id=used["id"])
    assert world.auditor.client.delete(f"{API}/procedures/{unused['id']}").status_code == 204
    assert world.auditor.client.get(f"{API}/procedures/{unused['id']}").status_code == 404
    kept = world.auditor.client.delete(f"{API}/procedures/{used['id']}")
    assert (kept.status_code, kept.json()["code"]) == (409, "IN_USE")
    assert "workpapers" in kept.json()["detail"]


def test_nobody_outside_of_the_team_sees_a_procedure(world: World) -> None:
    path = f"{API}/procedures/{papers.procedure(world)['id']}"
    for person in (world.auditee, world.stranger, world.admin):
        assert person.client.get(path).status_code == 404
        assert person.client.get(f"{world.path}/procedures").status_code == 404
        assert person.client.patch(path, json={"title": "mine"}).status_code == 404
        assert person.client.delete(path).status_code == 404
