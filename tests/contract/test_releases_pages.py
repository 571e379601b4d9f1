"""The pages of the release manager over real HTTP: the board, a release, the inbox, the metrics, freezes, incidents."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.releases.world import SHA, World, done, open_world
from tests.clocks import MovableClock
from tests.contract.browsing import Visitor, assert_page
from tests.contract.shop import PASSWORD, UNKNOWN, Account, made, unique
from tests.databases import Databases

FREEZE = {"name": "Quiet", "reason": "Stocktaking", "time_zone": "Europe/Sofia", "starts_at": "2026-03-01T10:00"}
NEVER = '<script>alert(1)</script>"><img src=x>'


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url, clock=MovableClock()) as world:
        world.rule()
        yield world
    databases.drop(url)


@contextmanager
def browsing(world: World, account: Account) -> Iterator[Visitor]:
    with Visitor(world.nobody.base_url) as visitor:
        visitor.sign_in(account.email, PASSWORD)
        yield visitor


@pytest.fixture
def manager(world: World) -> Iterator[Visitor]:
    with browsing(world, world.manager) as visitor:
        yield visitor


def read(visitor: Visitor, path: str) -> str:
    """The text of a page, without its markup."""
    page = visitor.open(path)
    assert_page(page, 200)
    main = page.text.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def went(answer: httpx.Response) -> str:
    """Where a form that was taken leads, without the words of thanks."""
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["location"]
    assert "sign-in" not in location
    return location.partition("?")[0]


def ready(world: World, **values: str) -> dict[str, object]:
    """A release that may go into production but for the approval."""
    release = world.published(service_id=world.new_service(team_id=world.team["id"])["id"], **values)
    world.deployed(release, "dev", "test", "staging")
    return release


def test_who_has_not_signed_in_is_led_to_the_form_and_back(world: World) -> None:
    with Visitor(world.nobody.base_url) as visitor:
        asked = visitor.open("/pages/dora?team=1")
        assert asked.headers["location"] == "/pages/sign-in?next=/pages/dora%3Fteam%3D1"
        sent = {"name": world.viewer.email, "password": PASSWORD}
        assert visitor.send("/pages/sign-in", **sent).headers["location"] == "/pages/board"


def test_the_board_shows_what_runs_where_and_what_is_wrong(world: World, manager: Visitor) -> None:
    release = ready(world)
    service = release["service"]
    world.deployed(world.published("9.9.9", service_id=release["service_id"]), "dev", succeeds=False)  # type: ignore[arg-type]
    shown = read(manager, f"/pages/board?team={world.team['id']}")
    assert re.search(rf"{service} .*?{release['version']} 0 s ago by {world.manager.name} ✕ failed 9\.9\.9", shown)
    assert world.other_service["name"] not in shown
    assert world.other_service["name"] in read(manager, "/pages/board?team=&at=")
    before = read(manager, "/pages/board?at=2026-02-28T12:00")
    assert before.count("nothing runs") == 4 * (before.count(", tier 3"))
    assert_page(manager.open("/pages/board?at=yesterday"), 422)


def test_a_release_is_published_and_its_deployment_is_explained_approved_and_rolled_back(
    world: World, manager: Visitor
) -> None:
    draft = world.draft(notes="**Read** this")
    page = f"/pages/releases/{draft['id']}"
    assert "It is draft: only what is published is deployed." in read(manager, page)
    assert went(manager.send(f"{page}/candidate")) == page
    assert went(manager.send(f"{page}/publish")) == page
    shown = read(manager, f"{page}?done=publish")
    assert "The release is published." in shown
    assert "**Read** this" in shown, "notes are text"
    world.deployed(draft, "dev", "test", "staging")
    fields = {"environment_id": str(world.environments["production"]), "reason": "Friday"}
    assert_page(manager.send(f"{page}/deploy", **fields, is_emergency="on"), 422)
    later = went(manager.send(f"{page}/deploy", **fields, scheduled_at="2026-03-01T18:00"))
    assert "Not before 2026-03-01 18:00 UTC" in read(manager, later)
    assert went(manager.send(f"{later}/cancel", reason="Not today")) == later
    assert "· cancelled" in read(manager, later)
    deployment = went(manager.send(f"{page}/deploy", **fields))
    assert re.search(r"approvals … missing 0 of 1|approvals … missing", read(manager, page))
    assert "Nothing waits for you." in read(manager, "/pages/approvals"), "it is their own request"
    with browsing(world, world.approvers[0]) as approver:
        content = re.search(r'name="content_hash" value="([0-9a-f]{64})"', approver.open("/pages/approvals").text)
        assert content
        path = deployment.replace("deployments", "approvals")
        wrong = {"decision": "approved", "content_hash": "0" * 64}
        assert_page(approver.send(path, **wrong), 409)
        answer = {"decision": "approved", "comment": "Looks good", "content_hash": content[1]}
        assert went(approver.send(path, **answer)) == "/pages/approvals"
        assert "✓ approved Looks good" in read(approver, "/pages/approvals")
    assert "It may start: every rule is satisfied" in read(manager, deployment)
    assert_page(manager.send(path, **answer), 409)
    world.run({"id": int(deployment.rpartition("/")[2])})
    shown = read(manager, deployment)
    assert "✓ succeeded" in shown
    assert f"approved {world.approvers[0].name}" in shown


def test_what_one_may_not_do_is_greyed_out_and_refused(world: World) -> None:
    release = ready(world)
    with browsing(world, world.viewer) as viewer:
        page = f"/pages/releases/{release['id']}"
        assert (
            '<button disabled>Deploy</button> <span class="soft small">You may not do this.' in viewer.open(page).text
        )
        assert_page(viewer.send(f"{page}/withdraw"), 403)
        fields = {"environment_id": str(world.environments["dev"]), "reason": ""}
        assert_page(viewer.send(f"{page}/deploy", **fields), 403)
        assert_page(viewer.open("/pages/freezes/new"), 403)
        assert_page(viewer.send("/pages/incidents/new"), 422)
    for missing in ("releases", "deployments", "incidents"):
        with browsing(world, world.viewer) as viewer:
            assert_page(viewer.open(f"/pages/{missing}/{UNKNOWN}"), 404)


def test_a_freeze_begins_by_the_wall_clock_of_its_zone_and_marks_the_board(world: World, manager: Visitor) -> None:
    release = ready(world)
    wrong = manager.send("/pages/freezes/new", **{**FREEZE, "time_zone": "Nowhere/Else", "ends_at": "2026-03-01T20:00"})
    assert_page(wrong, 422)
    assert 'value="Quiet"' in wrong.text
    assert 'id="time_zone-hint"' in wrong.text
    scope = {"environment_types": "production", "ends_at": "2026-03-01T20:00"}
    assert went(manager.send("/pages/freezes/new", **FREEZE, **scope)) == "/pages/freezes"
    shown = read(manager, "/pages/freezes")
    assert "❄ holds" in shown
    assert "Until 2026-03-01 18:00 UTC" in shown, "eight in the evening in Sofia"
    assert "production ❄ frozen" in read(manager, "/pages/board")
    deployment = world.requested(release, "production")
    assert "Quiet freeze ✕ refused Frozen until 2026-03-01 18:00 UTC: Stocktaking" in read(
        manager, f"/pages/deployments/{deployment['id']}"
    )
    calendar = manager.open("/pages/freezes/calendar.ics")
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "SUMMARY:Freeze: Quiet" in calendar.text
    (held,) = [each for each in done(manager_of(world).get("/api/v1/freezes"))["items"] if each["is_active"]]
    path = f"/pages/deployments/{deployment['id']}/override"
    assert_page(manager.send(path, freeze_id=str(held["id"]), reason="x"), 403)
    with browsing(world, world.admin) as admin:
        went(admin.send(path, freeze_id=str(held["id"]), reason="The shop is down"))
        assert "The shop is down" in read(admin, f"/pages/deployments/{deployment['id']}")
    assert went(manager.send(f"/pages/freezes/{held['id']}/end")) == "/pages/freezes"
    assert "frozen" not in read(manager, "/pages/board")


def manager_of(world: World) -> httpx.Client:
    return world.manager.client


def test_an_incident_is_opened_attributed_and_resolved(world: World, manager: Visitor) -> None:
    release = ready(world)
    fields = {"service_id": str(release["service_id"]), "environment_id": str(world.environments["staging"])}
    again = manager.send("/pages/incidents/new", **fields, title="")
    assert_page(again, 422)
    page = went(manager.send("/pages/incidents/new", **fields, title="No prices", severity="critical"))
    assert "Deployment" in read(manager, page)
    assert went(manager.send(f"{page}/attribute", deployment_id="", reason="The provider was down")) == page
    assert "Deployment none Why The provider was down" in read(manager, page)
    assert went(manager.send(f"{page}/resolve", resolution="They came back")) == page
    assert "✓ resolved" in read(manager, "/pages/incidents")


def test_the_metrics_lead_to_the_rows_behind_them(world: World, manager: Visitor) -> None:
    release = ready(world, changes=[{"sha": SHA, "message": "fix: a", "committed_at": "2026-02-28T12:00:00Z"}])  # type: ignore[arg-type]
    deployment = world.requested(release, "production")
    world.approved({**deployment}, world.approvers[0])
    world.run(deployment)
    service = f"service={release['service_id']}&team=&to=2026-03-01"
    page = manager.open(f"/pages/dora?{service}")
    assert_page(page, 200)
    assert page.text.count('<svg class="chart" role="img"') == 5
    shown = read(manager, f"/pages/dora?{service}")
    assert "Change lead time 1 d the median of 1" in shown
    assert "Failed deployment recovery time no data" in shown
    rows = [html.unescape(link) for link in re.findall(r'href="(/pages/dora/rows[^"]+)"', page.text)]
    assert len(rows) == 5
    for path in rows:
        listed = read(manager, path)
        assert release["version"] in listed or "There are no rows" in listed  # type: ignore[operator]
    assert_page(manager.open("/pages/dora?from=2026-03-02&to=2026-03-01"), 422)
    assert_page(manager.open("/pages/dora?to=9999-12-31"), 422)
    assert_page(manager.open("/pages/dora?from=2025-01-01&to="), 200)


def test_text_of_others_is_text_on_every_page(world: World, manager: Visitor) -> None:
    team = made(world.admin.client.post("/api/v1/teams", json={"name": unique("<b>")}))
    service = world.new_service(team_id=team["id"], name=f"{unique('s')}{NEVER}")
    change = {"sha": SHA, "message": f"feat({NEVER[:8]}): {NEVER}", "author": NEVER}
    release = world.published(service_id=service["id"], notes=NEVER, changes=[change])
    deployment = world.deployed(release, "dev", succeeds=False)[0]
    where = {"service_id": service["id"], "environment_id": world.environments["dev"]}
    incident = made(
        world.manager.client.post("/api/v1/incidents", json={**where, "title": NEVER, "description": NEVER})
    )
    for path in (
        "board", "releases", f"releases/{release['id']}", f"deployments/{deployment['id']}", "incidents",
        f"incidents/{incident['id']}", "dora", "dora/rows?metric=change_fail_rate", "freezes", "approvals",
    ):  # fmt: skip
        page = manager.open(f"/pages/{path}")
        assert_page(page, 200)
        assert "<img" not in page.text, path
