"""Five journeys through the release manager, each as its people and programs go it: over HTTP, from end to end."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.apps.releases.repositories import Repository, importing_worker
from tests.apps.releases.test_audit_log import exported, sealed
from tests.apps.releases.world import World, done, open_world
from tests.clocks import MovableClock
from tests.commands import eventually
from tests.contract.browsing import Visitor, assert_page
from tests.contract.shop import PASSWORD, made

API = "/api/v1"
LONG = {"access_token_expire_minutes": 60 * 24 * 30}
"""Nobody has to sign in again because a test has moved the clock."""


@pytest.fixture
def world(database_url: str, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GIT_IMPORT_ROOT", str(tmp_path))
    with open_world(database_url, clock=clock, **LONG) as world:
        yield world


def refused(found: httpx.Response, code: str, *, status: int = 409) -> dict[str, Any]:
    assert found.status_code == status, found.text
    body: dict[str, Any] = found.json()
    assert body["code"] == code, body
    return body


def unmet(world: World, deployment: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What stands between a deployment and its start, by the kind of rule."""
    found = done(world.viewer.client.get(f"{API}/deployments/{deployment['id']}/explain"))
    assert found["may_start"] == all(rule["state"] == "satisfied" for rule in found["rules"])
    return {rule["rule"]: rule for rule in found["rules"] if rule["state"] != "satisfied"}


def running(world: World, environment: str) -> dict[str, Any] | None:
    """What the matrix shows of the service in an environment."""
    matrix = done(world.viewer.client.get(f"{API}/matrix"))
    column = [each["name"] for each in matrix["environments"]].index(environment)
    (line,) = [each for each in matrix["services"] if each["id"] == world.service["id"]]
    cell: dict[str, Any] | None = line["cells"][column]
    return cell


def metrics(world: World, **filters: Any) -> dict[str, dict[str, Any]]:
    found = done(world.viewer.client.get(f"{API}/metrics/dora", params={"service": world.service["id"], **filters}))
    return {metric["name"]: metric for metric in found["metrics"]}


def into_production(world: World, release: dict[str, Any], clock: MovableClock) -> dict[str, Any]:
    """The way that a good release takes, approved by the first of the approvers."""
    world.deployed(release, "dev", "test", "staging")
    deployment = world.requested(release, "production")
    world.approved(deployment, world.approvers[0])
    ended = world.run(deployment)
    clock.move(hours=1)
    return ended


def test_publish_from_a_repository(world: World, tmp_path: Path) -> None:
    """Tags become releases; the next version follows from the commits since; what is published never changes."""
    repository = Repository()
    first = repository.commit("feat: Sell things")
    repository.tag("v1.0.0", first)
    second = repository.commit("fix(cart): Count twice", first)
    repository.tag("v1.0.1", second, "Patch\n\nWith care.")
    repository.write(tmp_path / "shop")
    service = f"{API}/services/{world.service['id']}"
    manager = world.manager.client
    with importing_worker(world.url):
        for round_ in range(2):
            job = manager.post(f"{service}/import/git", json={"path": "shop"})
            assert job.status_code == 202, job.text
            eventually(lambda: done(manager.get(job.headers["location"]))["ended"], within=90)  # noqa: B023
            report = done(manager.get(f"{service}/imports/{job.json()['job_id']}"))
            assert (report["imported"], report["unchanged"]) == ((2, 0), (0, 2))[round_]
    listed = done(manager.get(f"{API}/releases", params={"service_id": world.service["id"]}))["items"]
    assert [(each["version"], each["state"]) for each in listed] == [("1.0.1", "published"), ("1.0.0", "published")]
    assert "With care." in manager.get(f"{API}/releases/{listed[0]['id']}/notes.md").text

    commits = [{"message": "fix: Round prices"}, {"message": "feat(search): By colour"}, {"message": "docs: More"}]
    answer = done(world.developer.client.post(f"{service}/next-version", json={"commits": commits}))
    assert (answer["current"], answer["version"], answer["bump"]) == ("1.0.1", "1.1.0", "minor")
    changes = [{"sha": f"{number:040x}", **commit} for number, commit in enumerate(commits, start=1)]
    draft = world.draft(answer["version"], changes=changes)
    path = f"{API}/releases/{draft['id']}"
    assert world.developer.client.post(f"{path}/publish").status_code == 403
    fixed = done(manager.post(f"{path}/candidate"))["content_hash"]
    assert done(manager.post(f"{path}/publish"))["content_hash"] == fixed
    assert manager.put(path, json={"git_sha": "f" * 40}).status_code == 409
    other = {"service_id": world.service["id"], "version": "1.1.0", "git_sha": "f" * 40}
    assert "other content" in refused(manager.post(f"{API}/releases", json=other), "CONFLICT")["detail"]
    assert done(manager.get(path))["content_hash"] == fixed


def test_deploy_to_production_with_two_approvals_across_the_end_of_a_freeze(world: World, clock: MovableClock) -> None:
    """It is noon. Until eight in the evening, in Sofia, nothing starts in production, automatic or not."""
    world.rule(required=2)
    freeze = {
        "name": "Stocktaking", "reason": "The shop counts", "environment_types": ["production"],
        "starts_at": "2026-03-01T10:00:00+02:00", "ends_at": "2026-03-01T20:00:00+02:00", "time_zone": "Europe/Sofia",
    }  # fmt: skip
    made(world.manager.client.post(f"{API}/freezes", json=freeze))
    release = world.published(changes=[{"sha": "a" * 40, "message": "feat: Colours"}])
    early = world.requested(release, "production", by=world.pipeline)
    assert set(unmet(world, early)) == {"approvals", "freeze", "phase"}
    done(world.manager.client.post(f"{API}/deployments/{early['id']}/cancel", json={"reason": "too early"}))
    world.deployed(release, "dev", "test", "staging")

    deployment = world.requested(release, "production")
    path = f"{API}/deployments/{deployment['id']}"
    decision = {"decision": "approved", "content_hash": deployment["content_hash"]}
    refused(world.manager.client.post(f"{path}/approvals", json=decision), "OWN_REQUEST", status=403)
    refused(world.viewer.client.post(f"{path}/approvals", json=decision), "NOT_IN_GROUP", status=403)
    first, second = world.approvers
    refused(
        first.client.post(f"{path}/approvals", json={**decision, "content_hash": "0" * 64}), "CONTENT_CHANGED"
    )  # fmt: skip
    world.approved(deployment, first)
    refused(first.client.post(f"{path}/approvals", json=decision), "ALREADY_DECIDED")
    assert unmet(world, deployment)["approvals"]["by"] == [first.name]
    world.approved(deployment, second)
    assert unmet(world, deployment).keys() == {"freeze"}
    held = refused(world.agent.post(f"{path}/claim", json={}), "MAY_NOT_START")
    assert datetime.fromisoformat(held["details"]["rules"][0]["until"]) == datetime(2026, 3, 1, 18, tzinfo=UTC)

    clock.move(hours=5, minutes=59)
    refused(world.agent.post(f"{path}/claim", json={}), "MAY_NOT_START")
    clock.move(minutes=1)
    assert unmet(world, deployment) == {}
    assert world.run(deployment)["state"] == "succeeded"
    cell = running(world, "production")
    assert cell is not None
    assert (cell["version"], cell["deployment_id"]) == (release["version"], deployment["id"])


def test_bad_night(world: World, clock: MovableClock) -> None:
    """A release breaks production: the line is stopped, the one before comes back, and the numbers tell."""
    world.rule()
    world.rule(is_emergency=True)
    good = world.published()
    into_production(world, good, clock)
    bad = world.published()
    broken = into_production(world, bad, clock)
    assert metrics(world)["change_fail_rate"]["value"] == 0

    where = {"service_id": world.service["id"], "environment_id": world.environments["production"]}
    incident = made(world.developer.client.post(f"{API}/incidents", json={**where, "title": "No checkout"}))
    assert incident["deployment_id"] == broken["id"], "what was deployed last is proposed"
    defect = {"title": "Charges twice", "severity": "critical"}
    defect = made(world.developer.client.post(f"{API}/releases/{bad['id']}/defects", json=defect))
    blocked = done(world.viewer.client.get(f"{API}/releases/{bad['id']}"))
    assert blocked["state"] == "blocked"
    again = {"release_id": bad["id"], "environment_id": world.environments["dev"]}
    refused(world.manager.client.post(f"{API}/deployments", json=again), "MAY_NOT_START")
    freeze = {
        "name": "Stop the line", "reason": "We look into it", **{"environment_ids": [where["environment_id"]]},
        "starts_at": clock().isoformat(), "ends_at": "2026-03-03T00:00:00Z",
    }  # fmt: skip
    freeze = made(world.manager.client.post(f"{API}/freezes", json=freeze))

    clock.move(minutes=10)
    body = {"reason": "Charges twice", "incident_id": incident["id"]}
    back = made(world.manager.client.post(f"{API}/deployments/{broken['id']}/rollback", json=body))
    assert (back["version"], back["is_emergency"]) == (good["version"], True)
    assert set(unmet(world, back)) == {"approvals", "freeze"}, (
        "an emergency has rules of its own, and a freeze holds it"
    )
    world.approved(back, world.approvers[1])
    let_through = {"deployment_id": back["id"], "reason": "It is what we stopped the line for"}
    made(world.admin.client.post(f"{API}/freezes/{freeze['id']}/override", json=let_through))
    world.run(back)
    cell = running(world, "production")
    assert cell is not None
    assert (cell["version"], cell["is_rollback"]) == (good["version"], True)
    assert done(world.viewer.client.get(f"{API}/deployments/{broken['id']}"))["status"] == "rolled_back"
    clock.move(minutes=20)
    done(world.manager.client.post(f"{API}/incidents/{incident['id']}/resolve", json={"resolution": "Rolled back"}))
    review = f"{API}/deployments/{back['id']}/review"
    assert world.manager.client.post(review, json={"review": "Fine"}).status_code == 403, "they had asked for it"
    done(world.admin.client.post(review, json={"review": "Right, and quick"}))

    clock.move(hours=1)
    assert_the_night_is_counted(world, broken, incident)
    done(world.manager.client.post(f"{API}/defects/{defect['id']}/resolve", json={"resolution": "Fixed in the next"}))
    assert done(world.viewer.client.get(f"{API}/releases/{bad['id']}"))["state"] == "published"


def assert_the_night_is_counted(world: World, broken: dict[str, Any], incident: dict[str, Any]) -> None:
    numbers = metrics(world)
    assert (numbers["change_fail_rate"]["numerator"], numbers["change_fail_rate"]["denominator"]) == (1, 3)
    assert numbers["deployment_rework_rate"]["numerator"] == 1
    assert numbers["failed_deployment_recovery_time"]["value"] == 5400, "an hour and a half after it had ended"
    rows = f"{API}/metrics/dora/rows?metric=change_fail_rate&service={world.service['id']}"
    counted = [row for row in done(world.viewer.client.get(rows))["items"] if row["is_counted"]]
    assert [(row["deployment_id"], row["incidents"]) for row in counted] == [(broken["id"], [incident["id"]])]


def test_an_auditor_exports_a_quarter(world: World, clock: MovableClock) -> None:
    """Who released, approved and let through what, in a file that is verified without the server."""
    world.rule()
    release = world.published()
    into_production(world, release, clock)
    with psycopg.connect(world.url, autocommit=True) as owner:
        owner.execute("SELECT portico.seal_events()")
    today = datetime.now(UTC)
    begin = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1).strftime("%Y-%m-%d")
    refused(world.developer.client.get(f"{API}/audit-logs.csv"), "FORBIDDEN", status=403)
    lines = exported(world.manager.client, **{"from": begin})
    assert {"release.published", "deployment.succeeded", "approval_rule.created"} <= {each["action"] for each in lines}
    published = [
        each for each in lines if (each["action"], each["object"]) == ("release.published", f"release:{release['id']}")
    ]
    assert [each["actor_name"] for each in published] == [world.manager.name]
    assert all(sealed(line) == line["hash"] for line in lines)
    assert [line["previous_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    head = done(world.admin.client.get(f"{API}/log/head"))
    assert (int(lines[-1]["seq"]), lines[-1]["hash"]) == (head["seq"], head["hash"])
    assert done(world.admin.client.get(f"{API}/log/verify"))["ok"]
    assert exported(world.manager.client, **{"from": "2020-01-01", "to": "2020-04-01"}) == []


def test_a_team_lead_looks_at_the_board_and_at_the_numbers(world: World, clock: MovableClock) -> None:
    """In a browser without a program of their own: what runs where, and how well the team delivers."""
    world.rule()
    for day in range(3):
        changes = [{"sha": f"{day:040x}", "message": "fix: It", "committed_at": clock().isoformat()}]
        clock.move(hours=23)
        release = world.published(changes=changes)
        into_production(world, release, clock)
    world.deployed(world.published(), "dev", succeeds=False)
    team = world.team["id"]
    api = metrics(world, team=team)
    with Visitor(world.nobody.base_url) as lead:
        lead.sign_in(world.developer.email, PASSWORD)
        board = lead.open(f"/pages/board?team={team}")
        assert_page(board, 200)
        assert world.service["name"] in board.text
        assert world.other_service["name"] not in board.text
        cell = running(world, "production")
        assert cell is not None
        assert f'href="/pages/releases/{cell["release_id"]}">{release["version"]}</a>' in board.text
        assert "failed" in text_of(board)
        last = f"{clock():%Y-%m-%d}"
        page = lead.open(f"/pages/dora?team={team}&from=2026-02-20&to={last}")
        assert_page(page, 200)
        shown = text_of(page)
        assert (api["change_lead_time"]["value"], api["deployment_frequency"]["value"]) == (82800, 3)
        assert "Change lead time 23 h the median of 3" in shown
        assert "Deployment frequency 3 days of 13, with 3 deployments" in shown
        assert "Change fail rate 0 % 0 of 3 deployments" in shown
        assert "Failed deployment recovery time no data" in shown
        link = re.search(r'href="([^"]+metric=change_lead_time[^"]*)"', page.text)
        assert link
        rows = lead.open(html.unescape(link[1]))
        assert_page(rows, 200)
        assert rows.text.count("</code> It") == 3
    with Visitor(world.nobody.base_url) as stranger:
        assert "/pages/sign-in" in stranger.open("/pages/board").headers["location"]


def text_of(page: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
