"""Steps that are taken at the same moment: of those that exclude one another one is taken, and it leaves one trace."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.apps.audit import papers
from tests.apps.audit.papers import link, ready, sent, step, workpaper
from tests.apps.audit.vault import events
from tests.apps.audit.world import API, Person, World, done
from tests.clocks import MovableClock
from tests.races import Call, at_once, statuses


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def soon(shared_clock: MovableClock) -> str:
    return str(shared_clock().date() + timedelta(30))


def call(person: Person, path: str, body: Any = None, *, method: str = "POST", **headers: str) -> Call:
    token = person.tokens["access_token"]
    return Call(method, f"{API}/{path}", {} if body is None else body, token=token, headers=headers)


def one_of(world: World, *calls: Call) -> httpx.Response:
    """The only answer that is a success; the others name what is legal now."""
    answers = at_once(world.nobody, calls)
    assert statuses(answers) == {200: 1, 409: len(calls) - 1}, [each.text for each in answers]
    for each in answers:
        assert each.is_success or isinstance(each.json()["details"]["legal"], list)
    return next(each for each in answers if each.is_success)


def prepared(world: World) -> str:
    path = f"workpapers/{workpaper(world)['id']}"
    step(world.auditor, path, "prepare")
    return path


def test_of_two_reviewers_one_takes_a_workpaper(world: World) -> None:
    path = prepared(world)
    taken = one_of(world, call(world.reviewer, f"{path}/review"), call(world.lead, f"{path}/review")).json()
    assert taken["reviewed_by"]["name"] in (world.reviewer.name, world.lead.name)
    assert done(world.auditor.client.get(f"{API}/{path}")) == taken
    assert len(events(world, "workpaper.taken_for_review", thing=path.replace("workpapers/", "workpaper:"))) == 1


def test_of_an_approval_and_a_return_one_counts(world: World) -> None:
    path = prepared(world)
    step(world.reviewer, path, "review")
    back = {"reason": "Which payments?"}
    answer = one_of(world, call(world.reviewer, f"{path}/approve"), call(world.lead, f"{path}/return", back))
    assert done(world.auditor.client.get(f"{API}/{path}"))["state"] == answer.json()["state"]


def test_of_an_approval_and_an_edit_the_approval_is_of_what_was_read(world: World) -> None:
    """Either the edit comes first and there is nothing to approve, or what was approved has a newer draft."""
    path = prepared(world)
    step(world.reviewer, path, "review")
    edit = call(world.colleague, path, {"conclusion": "Other"}, method="PATCH")
    approval, edited = at_once(world.nobody, [call(world.reviewer, f"{path}/approve"), edit])
    assert (edited.status_code, edited.json()["edition"]) == (200, 2)
    _, first = done(world.lead.client.get(f"{API}/{path}/versions"))
    approved = approval.status_code == 200
    assert (first["state"], first["conclusion"]) == (  # type: ignore[index]
        "approved" if approved else "in_review", "Three had one approval.",
    )  # fmt: skip


def test_a_finding_is_agreed_to_or_withdrawn(world: World) -> None:
    path = f"findings/{sent(world)['id']}"
    away = call(world.auditor, f"{path}/withdraw", {"reason": "It was four eyes."})
    answer = one_of(world, call(world.auditee, f"{path}/agree"), away).json()
    assert done(world.lead.client.get(f"{API}/{path}"))["state"] == answer["state"]
    assert len(done(world.lead.client.get(f"{API}/{path}/notes"))) == 2


def test_a_finding_is_closed_once(world: World, soon: str) -> None:
    found = ready(world, due_on=soon)
    link(world, found["id"])
    path = f"findings/{found['id']}/close"
    people = (world.auditor, world.colleague, world.reviewer, world.lead)
    closed = one_of(world, *(call(each, path, {"note": f"By {each.name}."}) for each in people)).json()
    [logged] = events(world, "finding.closed", thing=f"finding:{found['id']}")
    assert logged["details"]["note"] == f"By {closed['closed_by']['name']}."


def test_an_engagement_moves_on_once(world: World) -> None:
    number = world.new_engagement()["id"]
    one_of(world, *[call(world.lead, f"engagements/{number}/submit-review")] * 4)
    assert len(events(world, "engagement.submitted_for_review", thing=f"engagement:{number}")) == 1


def _draft_of_finding(world: World) -> tuple[str, dict[str, str]]:
    return f"findings/{papers.finding(world)['id']}", {"cause": "?"}


def _draft_of_workpaper(world: World) -> tuple[str, dict[str, str]]:
    return f"workpapers/{workpaper(world)['id']}", {"objective": "?"}


def _procedure(world: World) -> tuple[str, dict[str, str]]:
    return f"procedures/{papers.procedure(world)['id']}", {"title": "?"}


def _engagement(world: World) -> tuple[str, dict[str, str]]:
    return f"engagements/{world.new_engagement()['id']}", {"objective": "?"}


@pytest.mark.parametrize("make", [_draft_of_finding, _draft_of_workpaper, _procedure, _engagement])
def test_of_two_edits_of_what_both_have_seen_one_is_lost_by_name(
    world: World, make: Callable[[World], tuple[str, dict[str, str]]]
) -> None:
    path, body = make(world)
    tag = {"If-Match": world.lead.client.get(f"{API}/{path}").headers["ETag"]}
    answers = at_once(world.nobody, [call(world.lead, path, body, method="PATCH", **tag)] * 3)
    assert statuses(answers) == {200: 1, 412: 2}


def test_the_same_step_sent_twice_with_a_key_is_taken_once_and_answered_twice(world: World) -> None:
    path = prepared(world)
    again = call(world.reviewer, f"{path}/review", **{"Idempotency-Key": f"take {path}"})
    answers = at_once(world.nobody, [again] * 3)
    assert set(statuses(answers)) <= {200, 409}  # one that is still running is asked to wait
    repeated = world.reviewer.client.post(again.path, json={}, headers=dict(again.headers))
    first = next(each for each in answers if each.is_success)
    assert (repeated.status_code, repeated.json()) == (200, first.json())
    assert repeated.headers["ETag"] == first.headers["ETag"]
    other = world.reviewer.client.post(f"{API}/{path}/approve", json={}, headers=dict(again.headers))
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(events(world, "workpaper.taken_for_review", thing=path.replace("workpapers/", "workpaper:"))) == 1
