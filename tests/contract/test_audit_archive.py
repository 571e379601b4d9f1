"""Promise 2, over every route that writes: after archiving it is refused, whoever calls it and whatever it is about.

The routes are those of `audit_authorization.txt`, and how they are called is in `audit_targets.py`: a route that is
added is among them by itself.
"""

from collections.abc import Iterator

import httpx
import pytest

from tests.apps.audit.everything import fill, past_rules, place_of
from tests.apps.audit.world import World, open_world
from tests.contract.audit_targets import Target, call, target_of, visit
from tests.contract.test_audit_authorization import CALLERS, PAGES, ROWS

ADDITIONS = "POST /api/v1/engagements/{engagement_id}/additions"
LOOKS = "POST /pages/evidence-versions/{version_id}/verify"
"""Hashing stored bytes changes nothing of the engagement: it is done each night."""
JOBS = "POST /api/v1/jobs/{job_id}/cancel"
"""A job is of who has queued it."""
ARCHIVE = "UPDATE audit.engagements SET state = 'archived', archived_at = now() WHERE id = %(id)s"
LAST = "SELECT max(id) AS id FROM portico.event_log WHERE object = %(object)s"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with open_world(database_url) as world:
        fill(database_url, place_of(world), number=1, mark="base")
        yield world


def caller_of(row: str) -> str | None:
    """Who may do it before the archive, for being of this engagement; None where it is of the firm, or one's own."""
    answers = dict(zip(CALLERS, ROWS[row][2], strict=True))
    if row.startswith("GET ") or row == JOBS or answers["stranger"].startswith(("2", "3")):
        return None
    if row.endswith("/accept-risk"):  # nobody is named for it there
        return "auditee"
    return next((each for each in ("lead", "auditee") if answers[each].startswith(("2", "3"))), None)


def answer(world: World, row: str, caller: str, target: Target) -> httpx.Response:
    method, path, _ = ROWS[row]
    sent = visit if PAGES in path else call
    return sent(world, getattr(world, caller), method, path, target)


def test_promise_2_every_route_that_writes_is_refused_in_an_archive(world: World) -> None:
    writing = {row: caller for row in ROWS if (caller := caller_of(row))}
    of_engagements = {row for row in ROWS if not row.startswith("GET ") and "{engagement_id}" in row}
    assert of_engagements <= set(writing)
    targets = {row: {**target_of(world, *ROWS[row][:2]), "engagement_id": world.id} for row in writing}
    past_rules(world.url, ARCHIVE, id=world.id)
    before = world.sql(LAST, object=f"engagement:{world.id}")
    statuses = {row: answer(world, row, writing[row], targets[row]).status_code for row in writing}
    assert (statuses.pop(ADDITIONS), statuses.pop(LOOKS)) == (201, 303)
    assert {row: status for row, status in statuses.items() if status != 409} == {}
    after = world.sql(
        "SELECT DISTINCT action FROM portico.event_log WHERE object = %(object)s AND id > %(id)s",
        object=f"engagement:{world.id}", id=before[0]["id"],
    )  # fmt: skip
    assert {each["action"] for each in after} == {"addition.made", "evidence.verified"}
