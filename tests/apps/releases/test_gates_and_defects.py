"""What outsiders say of a release, over HTTP: gates and defects."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest

from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import UNKNOWN, made
from tests.races import Call, at_once, bearer, statuses

CRITICAL = {"title": "Loses money", "severity": "critical"}


def test_the_last_word_of_a_gate_counts_until_it_expires(world: World, clock: MovableClock) -> None:
    path = f"/api/v1/releases/{world.published()['id']}/gates"
    passed = {
        "source": "ci",
        "status": "passed",
        "url": "https://ci.example.com/1",
        "expires_at": "2026-03-02T12:00:00Z",
    }
    first = world.pipeline.put(f"{path}/unit tests", json=passed)
    gate = done(first)
    assert (gate["name"], gate["status"], gate["is_expired"]) == ("unit tests", "passed", False)
    second = {**passed, "status": "failed", "expires_at": None}
    assert world.pipeline.put(f"{path}/unit tests", json=second, headers={"If-Match": '"9"'}).status_code == 412
    tag = {"If-Match": first.headers["etag"]}
    assert done(world.pipeline.put(f"{path}/unit tests", json=second, headers=tag))["status"] == "failed"
    done(world.manager.client.put(f"{path}/license", json=passed))
    shown = world.viewer.client.get(path).json()
    assert [(each["name"], each["status"]) for each in shown] == [("license", "passed"), ("unit tests", "failed")]
    clock.move(days=1)
    shown = world.viewer.client.get(path).json()
    assert [(each["status"], each["is_expired"]) for each in shown] == [("pending", True), ("failed", False)]


@pytest.mark.parametrize(
    "body",
    [{"status": "green"}, {}, {"status": "passed", "url": "javascript:alert(1)"}, {"status": "passed", "at": "x"},
     {"status": "passed", "expires_at": "2026-03-02T12:00:00"}],
)  # fmt: skip
def test_what_is_no_word_of_a_gate_is_refused(shared_world: World, body: dict[str, str]) -> None:
    path = f"/api/v1/releases/{shared_world.draft()['id']}/gates/tests"
    assert shared_world.pipeline.put(path, json=body).status_code == 422


def test_gates_are_for_pipelines_of_the_team_and_for_managers(shared_world: World) -> None:
    world = shared_world
    own, other = world.draft()["id"], world.draft(service_id=world.other_service["id"])["id"]
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.developer.client, 403), (world.agent, 403),
        (world.pipeline, 200), (world.manager.client, 200), (world.admin.client, 200),
    ):  # fmt: skip
        assert client.put(f"/api/v1/releases/{own}/gates/tests", json={"status": "passed"}).status_code == status
    assert world.pipeline.put(f"/api/v1/releases/{other}/gates/tests", json={"status": "passed"}).status_code == 403
    for found in (world.pipeline.put(f"/api/v1/releases/{UNKNOWN}/gates/tests", json={"status": "passed"}),
                  world.viewer.client.get(f"/api/v1/releases/{UNKNOWN}/gates")):  # fmt: skip
        assert found.status_code == 404
    assert world.pipeline.put(f"/api/v1/releases/{own}/gates/-x", json={"status": "passed"}).status_code == 404


def test_the_last_critical_defect_unblocks_its_release(shared_world: World) -> None:
    world = shared_world
    release = world.published()
    path = f"/api/v1/releases/{release['id']}"
    minor = made(world.approvers[1].client.post(f"{path}/defects", json={"title": "A typo", "severity": "low"}))
    assert done(world.viewer.client.get(path))["state"] == "published"
    two = [made(client.post(f"{path}/defects", json=CRITICAL)) for client in (world.developer.client, world.pipeline)]
    assert done(world.viewer.client.get(path))["state"] == "blocked"
    first = done(world.developer.client.post(f"/api/v1/defects/{two[0]['id']}/resolve", json={"resolution": "1.0.2"}))
    assert (first["resolved_by"], first["resolution"]) == (world.developer.name, "1.0.2")
    assert done(world.viewer.client.get(path))["state"] == "blocked"
    open_ones = done(world.viewer.client.get(f"{path}/defects", params={"open": "true"}))
    assert [each["id"] for each in open_ones["items"]] == [two[1]["id"], minor["id"]]
    done(world.manager.client.post(f"/api/v1/defects/{two[1]['id']}/resolve"))
    assert done(world.viewer.client.get(path))["state"] == "published"
    history = done(world.viewer.client.get(f"{path}/history"))["items"]
    assert [each["action"] for each in history[:2]] == ["release.unblocked", "release.blocked"]


def test_a_draft_with_a_critical_defect_is_blocked_as_soon_as_it_is_published(shared_world: World) -> None:
    world = shared_world
    path = f"/api/v1/releases/{world.draft()['id']}"
    defect = made(world.developer.client.post(f"{path}/defects", json=CRITICAL))
    assert done(world.viewer.client.get(path))["state"] == "draft"
    assert done(world.manager.client.post(f"{path}/publish"))["state"] == "blocked"
    done(world.developer.client.post(f"/api/v1/defects/{defect['id']}/resolve"))
    assert done(world.viewer.client.get(path))["state"] == "published"


def test_a_blocked_release_can_be_withdrawn(shared_world: World) -> None:
    world = shared_world
    path = f"/api/v1/releases/{world.published()['id']}"
    defect = made(world.developer.client.post(f"{path}/defects", json=CRITICAL))
    done(world.manager.client.post(f"{path}/withdraw", json={"reason": "It loses money."}))
    done(world.developer.client.post(f"/api/v1/defects/{defect['id']}/resolve"))
    assert done(world.viewer.client.get(path))["state"] == "withdrawn"


def test_rights_on_defects(shared_world: World) -> None:
    world = shared_world
    path = f"/api/v1/releases/{world.published()['id']}/defects"
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.agent, 403), (world.outsider.client, 201),
        (world.pipeline, 201), (world.approvers[0].client, 201),
    ):  # fmt: skip
        assert client.post(path, json={"title": "Slow"}).status_code == status
    defect = made(world.developer.client.post(path, json={"title": "Slow"}))
    resolve = f"/api/v1/defects/{defect['id']}/resolve"
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.outsider.client, 403), (world.pipeline, 403),
        (world.approvers[0].client, 403), (world.developer.client, 200), (world.manager.client, 409),
    ):  # fmt: skip
        assert client.post(resolve).status_code == status
    for found in (world.developer.client.post(f"/api/v1/defects/{UNKNOWN}/resolve"),
                  world.viewer.client.get(f"/api/v1/defects/{UNKNOWN}"),
                  world.viewer.client.get(f"/api/v1/releases/{UNKNOWN}/defects"),
                  world.developer.client.post(f"/api/v1/releases/{UNKNOWN}/defects", json=CRITICAL)):  # fmt: skip
        assert found.status_code == 404
    assert world.developer.client.post(path, json={**CRITICAL, "reported_by": 1}).status_code == 422


def test_of_those_who_resolve_at_once_one_does(shared_world: World) -> None:
    world = shared_world
    path = f"/api/v1/releases/{world.published()['id']}"
    defects = [made(world.developer.client.post(f"{path}/defects", json=CRITICAL)) for _ in range(3)]
    headers = bearer(world.manager.tokens["access_token"])
    calls = [Call("POST", f"/api/v1/defects/{each['id']}/resolve", headers=headers) for each in defects * 5]
    assert statuses(at_once(world.nobody, calls)) == {200: 3, 409: 12}
    assert done(world.viewer.client.get(path))["state"] == "published"
    history = done(world.viewer.client.get(f"{path}/history"))["items"]
    assert [each["action"] for each in history[:2]] == ["release.unblocked", "release.blocked"]


def test_the_team_is_told_and_a_repeated_report_is_one(shared_world: World) -> None:
    world = shared_world
    release = world.published()
    headers = {"Idempotency-Key": "once"}
    path = f"/api/v1/releases/{release['id']}/defects"
    both = [made(world.manager.client.post(path, json=CRITICAL, headers=headers)) for _ in range(2)]
    assert both[0] == both[1]
    told = done(world.developer.client.get("/api/v1/notifications"))
    titles = [each["title"] for each in told["notifications"]]
    title = f"{world.service['name']} {release['version']}: a critical defect"
    assert titles.count(title) == 1


@pytest.mark.parametrize("kind", ["gates", "defects"])
def test_promise_3_what_is_said_of_a_release_waits_for_the_start_that_began_before_it(
    shared_world: World, kind: str
) -> None:
    world = shared_world
    release_id = world.published()["id"]
    path = f"/api/v1/releases/{release_id}"
    said = {
        "gates": partial(world.pipeline.put, f"{path}/gates/tests", json={"status": "failed"}),
        "defects": partial(world.pipeline.post, f"{path}/defects", json=CRITICAL),
    }
    with psycopg.connect(world.url) as start, ThreadPoolExecutor() as others:
        start.execute("SELECT FROM releases.releases WHERE id = %s FOR SHARE", [release_id])  # as a claim has it
        saying = others.submit(said[kind])
        with pytest.raises(TimeoutError):
            saying.result(timeout=0.5)
        start.commit()
        assert saying.result().is_success
