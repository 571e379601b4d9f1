"""Promise 7: who has nothing to do with something sees nothing of it, over every route that there is.

The calls are made from the OpenAPI document. Three sets of rows stand in every table of engagements, each with a mark
in its texts: `internal` is of our engagement and for its team alone; `own` was sent to our auditee, or is the answer;
`theirs` is of the engagement of another lead, for another client. `firm` is of no engagement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import sql

from portico import registry
from portico.kernel.migrations import upgrade
from tests.apps.audit import vault
from tests.apps.audit.everything import OF_THE_FIRM, Place, add, fill, place_of, tables
from tests.apps.audit.listening import listening, now, told, until
from tests.apps.audit.world import API, World, open_world
from tests.contract.browsing import Visitor
from tests.contract.openapi_calls import Api, Operation
from tests.contract.shop import PASSWORD, made
from tests.databases import Databases

INTERNAL, OWN, THEIRS = 777, 555, 999
THING = re.compile(
    r"(^|_)ids?$|^(engagement|request|procedure|evidence|workpaper|finding|ledger|population|sample|framework"
    r"|requirement|assessment|left|right|client)$"
)
DOCUMENT = Api("audit", THING, texts={"q": "internal"})
PERSONAL = "/api/v1/auth/"
STREAM = f"{API}/events"
"""It does not end: what it tells has a test of its own."""
CALLS = [each for each in DOCUMENT.operations() if not each.path.startswith(PERSONAL) and each.path != STREAM]
MARK = re.compile(r"\b(internal|own|theirs|firm)-\w+")
OF_THE_FIRMS_OWN = ("client_id", "user_id", "job_id", "framework_id", "requirement_id", "mapping_id")
"""What is of no engagement, or has no mark."""
BYTES = ("/content", "/verify")
"""What needs the bytes of a document, which rows alone have not."""


@dataclass(frozen=True)
class Rows:
    """What calls name: rows of one set. What they say themselves has the mark `said`."""

    world: World
    number: int
    engagement_id: int
    mark: str = "said"

    def number_of(self, name: str) -> int:
        if name in ("engagement_id", "engagement"):
            return self.engagement_id
        return self.world.company["id"] if name in ("client_id", "client") else self.number

    def uuid(self, name: str) -> UUID:
        return UUID(int=0) if name == "session_id" else self.world.colleague.id


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        other = world.other_engagement
        foreign = Place(other["id"], other["client"]["id"], world.stranger.user_id)
        for place, number, mark in ((place_of(world), INTERNAL, "internal"), (foreign, THEIRS, "theirs")):
            fill(url, place, number=number, mark=mark, but=OF_THE_FIRM)
            fill(url, place, number=number, mark="firm", but=set(tables(url)) - OF_THE_FIRM)
            _log(url, place, mark)
        _send(world)
        yield world
    databases.drop(url)


def _log(url: str, place: Place, mark: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute(
            "INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details) VALUES"
            " ('audit', '1', 'somebody', '', 'something.done', %s, jsonb_build_object('title', %s::text))",
            [f"engagement:{place.engagement_id}", f"{mark}-logged"],
        )


def _send(world: World) -> None:
    """A request that our auditee is asked, its answer, and a finding that was sent there; what was said of it before
    is the team's."""
    who, one = world.auditee.user_id, {"mark": "own", "belongs_to": INTERNAL, "id": OWN, "number": OWN}
    url, place = world.url, place_of(world)
    add(url, place, "requests", **one, assignee_id=who, state="requested", sent_at="2025-07-01Z")
    add(url, place, "evidence", **one, request_id=OWN)
    add(url, place, "evidence_versions", **one, evidence_id=OWN, received_by=who)
    sent = {"owner_id": who, "requirement_id": INTERNAL, "sent_at": "2025-07-01Z"}
    add(url, place, "findings", **one, **sent, state="validation")
    add(url, place, "finding_notes", mark="internal", finding_id=OWN, at="2025-06-30Z")


def kept(world: World) -> dict[str, Any]:
    """All rows with a mark, as they stand."""
    query = """
        SELECT array_agg(md5(t::text) ORDER BY md5(t::text)) FROM {} AS t WHERE t::text ~ '(internal|own|theirs)-'"""
    with psycopg.connect(world.url) as owner:
        return {
            table: owner.execute(sql.SQL(query).format(sql.Identifier("audit", table))).fetchone()
            for table in tables(world.url)
        }


def marks(found: httpx.Response) -> set[str]:
    return set(MARK.findall(found.text))


def names_a_thing(operation: Operation) -> bool:
    those = [each["name"] for each in operation.parameters("path")]
    return any(THING.search(name) and name not in OF_THE_FIRMS_OWN for name in those)


@pytest.mark.parametrize("full", [False, True], ids=["what must be said", "all that may be said"])
@pytest.mark.parametrize(
    ("caller", "number", "forbidden"),
    [
        ("auditee", INTERNAL, {"internal", "theirs", "firm"}),
        ("auditee", THEIRS, {"internal", "theirs", "firm"}),
        ("other_auditee", OWN, {"internal", "own", "theirs", "firm"}),
        ("foreign_auditee", INTERNAL, {"internal", "own", "theirs", "firm"}),
        ("stranger", INTERNAL, {"internal", "own"}),
        ("stranger", OWN, {"internal", "own"}),
        ("auditor", THEIRS, {"theirs"}),
        ("admin", INTERNAL, {"internal", "own", "theirs"}),
        ("nobody", INTERNAL, {"internal", "own", "theirs", "firm"}),
    ],
)
def test_promise_7_what_is_not_for_the_caller_is_not_there(
    world: World, caller: str, number: int, forbidden: set[str], full: bool
) -> None:
    """Nothing of it is shown, refused in a telling way, or changed: whatever route they call."""
    before = kept(world)
    client = world.nobody if caller == "nobody" else getattr(world, caller).client
    rows = Rows(world, number, world.other_engagement["id"] if number == THEIRS else world.id)
    for operation in CALLS:
        found = operation.call(client, rows, full=full)
        where = f"{caller} {operation}: {found.status_code} {found.text[:300]}"
        assert found.status_code < 500, where
        assert not marks(found) & forbidden, where
        if names_a_thing(operation):
            assert found.status_code in (401, 403, 404, 405, 413, 415, 422), where
    assert kept(world) == before


def test_promise_7_an_auditee_sees_of_the_own_things_nothing_internal(world: World) -> None:
    seen = set()
    for operation in CALLS:
        if operation.method == "GET":
            found = operation.call(world.auditee.client, Rows(world, OWN, world.id))
            where = f"{operation}: {found.status_code} {found.text[:300]}"
            assert found.status_code < 500 or operation.path.endswith(BYTES), where
            assert not marks(found) & {"internal", "theirs"}, where  # a finding names the requirement it is about
            seen |= {str(operation)} if "own" in marks(found) else set()
    own = {"GET /api/v1/requests", "GET /api/v1/requests/{request_id}"}
    own |= {"GET /api/v1/findings", "GET /api/v1/findings/{finding_id}"}
    assert own <= seen


def test_promise_7_the_portal_shows_of_the_own_things_nothing_internal(world: World) -> None:
    """Pages are in no document."""
    with Visitor(world.nobody.base_url) as visitor:
        visitor.sign_in(world.auditee.email, PASSWORD)
        for path in ("", f"/requests/{OWN}", f"/findings/{OWN}"):
            found = visitor.client.get(f"/pages/portal{path}")
            assert found.status_code == 200
            assert "own" in marks(found), path
            assert not marks(found) & {"internal", "theirs"}, path


@pytest.mark.parametrize("mode", ["lexical", "hybrid", "semantic"])
def test_promise_7_no_search_finds_for_an_auditee_what_is_internal(world: World, mode: str) -> None:
    for person in (world.auditee, world.other_auditee, world.foreign_auditee, world.stranger, world.admin):
        for q in ("internal", "own", "title", "text"):
            found = person.client.get(f"{API}/search", params={"q": q, "mode": mode})
            forbidden = {"internal", "theirs"} if person is world.auditee else {"internal", "own"}
            assert not marks(found) & forbidden, (mode, q, found.text[:300])


def test_the_team_sees_what_the_others_do_not(world: World) -> None:
    """Else the tests above would see nothing because there is nothing to be seen."""
    showing = set()
    for operation in CALLS:
        if operation.method == "GET":
            found = operation.call(world.lead.client, Rows(world, INTERNAL, world.id))
            showing |= {operation.path} if "internal" in marks(found) else set()
    expected = {
        f"{API}/{path}"
        for path in (
            "search", "requests/{request_id}", "findings/{finding_id}", "procedures/{procedure_id}",
            "engagements/{engagement_id}/requests", "engagements/{engagement_id}/findings",
            "engagements/{engagement_id}/procedures", "engagements/{engagement_id}/workpapers",
            "engagements/{engagement_id}/populations", "engagements/{engagement_id}/samples",
        )
    }  # fmt: skip
    assert expected <= showing, sorted(expected - showing)


def test_promise_7_no_stream_tells_of_what_is_not_for_the_listener(world: World) -> None:
    """Whatever can be done to things of all three kinds is done by who may, and none of it is told to the others."""
    told_by = [each.path for each in DOCUMENT.operations() if "event-stream" in str(each.described["responses"])]
    app = registry.load("audit")
    assert (told_by, app.sockets, app.listeners) == ([STREAM], (), None), "other ways to hear need such a test as well"
    begun, other = now(world.lead), world.other_engagement["id"]
    for caller, number in (("auditee", OWN), ("lead", OWN), ("lead", INTERNAL), ("stranger", THEIRS)):
        for operation in CALLS:
            if operation.method != "GET" and names_a_thing(operation):
                rows = Rows(world, number, other if number == THEIRS else world.id)
                operation.call(getattr(world, caller).client, rows, full=True)
    world.appoint(other, world.admin, "auditor", by=world.stranger)
    ours, colleagues = vault.request(world), vault.request(world, to=world.other_auditee)
    asked = {"title": "Statements", "assignee_id": str(world.foreign_auditee.id)}
    end = made(world.stranger.client.post(f"{API}/engagements/{other}/requests", json=asked))
    vault.step(world.stranger, end, "send")
    heard = {}
    for caller, last in {
        "lead": ours, "auditee": ours, "other_auditee": colleagues, "foreign_auditee": end, "stranger": end,
        "admin": end,
    }.items():  # fmt: skip
        with listening(getattr(world, caller), begun) as events:
            heard[caller] = until(events, f"request:{last['id']}")
        assert not MARK.search(str(heard[caller])), "nothing of any content is told"
    own, paper = {f"request:{OWN}", f"finding:{OWN}"}, f"evidence-version:{OWN}"
    assert own <= {key for _, key in told(heard["auditee"])} <= own | {paper}
    assert heard["other_auditee"] == heard["foreign_auditee"] == []
    for caller, where in (("lead", world.id), ("auditee", world.id), ("stranger", other), ("admin", other)):
        assert {each["data"]["payload"]["engagement"] for each in heard[caller]} == {where}, caller
    assert own | {f"workpaper:{INTERNAL}"} <= {key for _, key in told(heard["lead"])}, "else nothing was to be heard"
