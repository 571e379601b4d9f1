"""Four eyes (ISA 220): who has worked on a workpaper does not review it; and the queue of reviewers."""

import re

import psycopg
import pytest

from tests.apps.audit import papers
from tests.apps.audit.papers import evidence, step, workpaper
from tests.apps.audit.world import API, Person, World, done
from tests.contract.browsing import Visitor
from tests.contract.shop import PASSWORD

OWN = "You have prepared or edited it: somebody else reviews it."


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def refused(person: Person, path: str, action: str, **body: str) -> str:
    answer = person.client.post(f"{API}/{path}/{action}", json=body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["detail"])


def test_promise_3_who_prepares_a_workpaper_does_not_review_it(world: World) -> None:
    path = f"workpapers/{workpaper(world)['id']}"
    step(world.reviewer, path, "prepare")
    assert papers.legal(world.reviewer, path) == set()
    assert refused(world.reviewer, path, "review") == OWN
    assert refused(world.reviewer, path, "return", reason="?") == OWN
    step(world.lead, path, "review")
    assert refused(world.reviewer, path, "approve") == OWN
    assert step(world.lead, path, "approve")["reviewed_by"]["name"] == world.lead.name


def test_promise_3_who_has_edited_a_version_does_not_review_it(world: World) -> None:
    paper = workpaper(world)
    path = f"workpapers/{paper['id']}"
    done(world.reviewer.client.patch(f"{API}/{path}", json={"objective": "To see."}))
    done(world.lead.client.put(f"{API}/{path}/evidence/{evidence(world)}"))
    done(world.auditor.client.patch(f"{API}/{path}", json={"objective": "To see it."}))
    step(world.auditor, path, "prepare")
    assert refused(world.reviewer, path, "review") == OWN
    assert refused(world.lead, path, "review") == OWN


def test_promise_3_what_one_has_written_stays_ones_own_in_the_next_version(world: World) -> None:
    path = f"workpapers/{workpaper(world, by=world.lead)['id']}"
    step(world.lead, path, "prepare")
    done(world.auditor.client.patch(f"{API}/{path}", json={"title": "Payments"}))
    step(world.auditor, path, "prepare")
    assert refused(world.lead, path, "review") == OWN
    step(world.reviewer, path, "review")


def test_promise_3_who_has_prepared_it_once_does_not_review_it_later(world: World) -> None:
    path = f"workpapers/{workpaper(world)['id']}"
    step(world.lead, path, "prepare")
    step(world.reviewer, path, "return", reason="Again, please.")
    step(world.auditor, path, "prepare")
    assert refused(world.lead, path, "review") == OWN


def test_promise_3_whoever_returned_it_and_then_helped_does_not_review_it(world: World) -> None:
    path = f"workpapers/{workpaper(world)['id']}"
    step(world.auditor, path, "prepare")
    step(world.reviewer, path, "review")
    step(world.reviewer, path, "return", reason="I will do it.")
    done(world.reviewer.client.patch(f"{API}/{path}", json={"conclusion": "Two had one."}))
    step(world.auditor, path, "prepare")
    assert refused(world.reviewer, path, "review") == OWN


def test_promise_3_the_database_holds_it_too(world: World) -> None:
    paper = workpaper(world)
    step(world.auditor, f"workpapers/{paper['id']}", "prepare")
    statement = "UPDATE audit.workpaper_versions SET reviewed_by = prepared_by WHERE workpaper_id = %(id)s"
    with pytest.raises(psycopg.errors.CheckViolation):
        world.sql(statement, id=paper["id"])


def test_promise_1_the_database_keeps_what_was_prepared(world: World) -> None:
    paper = workpaper(world)
    done(world.auditor.client.put(f"{API}/workpapers/{paper['id']}/evidence/{evidence(world)}"))
    step(world.auditor, f"workpapers/{paper['id']}", "prepare")
    of = "(SELECT id FROM audit.workpaper_versions WHERE workpaper_id = %(id)s)"
    for statement in (
        "UPDATE audit.workpaper_versions SET conclusion = 'other' WHERE workpaper_id = %(id)s",
        f"DELETE FROM audit.workpaper_evidence WHERE workpaper_version_id = {of}",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            world.sql(statement, id=paper["id"])


def test_the_queue_has_what_waits_for_me_the_oldest_first(world: World) -> None:
    reviewer = world.person(first_name="Ruth")
    engagements = [world.new_engagement()["id"] for _ in range(2)]
    for engagement_id in engagements:
        world.appoint(engagement_id, reviewer, "reviewer")
    waiting = [_prepared(world, engagement_id) for engagement_id in (*engagements, engagements[0])]
    taken_by_another, own, moved_on = (_prepared(world, engagements[0]) for _ in range(3))
    step(world.reviewer, f"workpapers/{taken_by_another}", "review")
    done(reviewer.client.patch(f"{API}/workpapers/{own}", json={"title": "Mine"}))
    step(reviewer, f"workpapers/{own}", "prepare")
    done(world.auditor.client.patch(f"{API}/workpapers/{moved_on}", json={"title": "Again a draft"}))
    step(reviewer, f"workpapers/{waiting[0]}", "review")
    queue = done(reviewer.client.get(f"{API}/reviews", params={"limit": 2}))
    rest = done(reviewer.client.get(f"{API}/reviews", params={"limit": 2, "cursor": queue["next_cursor"]}))
    assert [each["id"] for each in queue["items"] + rest["items"]] == waiting
    assert (queue["total"], queue["items"][0]["state"]) == (3, "in_review")
    assert queue["items"][0]["client"] == world.company["name"]
    with Visitor(world.nobody.base_url) as visitor:
        visitor.sign_in(reviewer.email, PASSWORD)
        listed = re.findall(r'/pages/workpapers/(\d+)"', visitor.open("/pages/review").text)
    assert [int(each) for each in listed] == waiting
    assert done(world.auditee.client.get(f"{API}/reviews"))["items"] == []
    assert done(world.colleague.client.get(f"{API}/reviews"))["items"] == []


def test_what_somebody_had_taken_who_left_waits_for_the_others(world: World) -> None:
    engagement_id, gone = world.new_engagement()["id"], world.person(first_name="Gus")
    world.appoint(engagement_id, gone, "reviewer")
    paper = _prepared(world, engagement_id)
    step(gone, f"workpapers/{paper}", "review")

    def waits() -> bool:
        return paper in [each["id"] for each in done(world.reviewer.client.get(f"{API}/reviews?limit=100"))["items"]]

    assert not waits()
    assert world.lead.client.delete(f"{API}/engagements/{engagement_id}/members/{gone.id}").status_code == 204
    assert waits()
    assert step(world.reviewer, f"workpapers/{paper}", "approve")["reviewed_by"]["name"] == world.reviewer.name


def _prepared(world: World, engagement_id: int) -> int:
    body = {"procedure_id": papers.procedure(world, engagement_id)["id"], "title": "t", "conclusion": "c"}
    paper = done(world.auditor.client.post(f"{API}/engagements/{engagement_id}/workpapers", json=body))
    step(world.auditor, f"workpapers/{paper['id']}", "prepare")
    return int(paper["id"])
