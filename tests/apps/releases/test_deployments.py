"""Deployments over HTTP: asked for, claimed by one agent, reported on, and ended."""

import asyncio
from typing import Any

import httpx
import pytest

from portico.apps.releases.deployments.jobs import attend_deployments
from portico.apps.releases.deployments.models import DEPLOYMENT_STATES, STATES
from portico.kernel.database import Database
from portico.kernel.job_runs import Run
from portico.kernel.runtime import Runtime
from tests.apps.releases.agents import assert_each_is_run_once
from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import UNKNOWN, made
from tests.races import Call, insist, statuses
from tests.servers import settings_of

PATH = "/api/v1/deployments"


def refused(found: httpx.Response, status: int = 409) -> dict[str, Any]:
    assert found.status_code == status, found.text
    body: dict[str, Any] = found.json()
    return body


def explained(world: World, deployment: dict[str, Any]) -> dict[str, Any]:
    return done(world.viewer.client.get(f"{PATH}/{deployment['id']}/explain"))


def shown(world: World, deployment: dict[str, Any]) -> dict[str, Any]:
    return done(world.viewer.client.get(f"{PATH}/{deployment['id']}"))


def test_the_table_of_states_is_what_the_column_may_hold() -> None:
    assert DEPLOYMENT_STATES.states == set(STATES)


def test_a_deployment_goes_from_request_to_success(world: World, clock: MovableClock) -> None:
    release = world.published()
    names = {"service": world.service["name"], "version": release["version"], "environment": "DEV"}
    deployment = made(world.pipeline.post(PATH, json={**names, "reason": "merged"}))
    assert (deployment["state"], deployment["version"]) == ("queued", release["version"])
    path = f"{PATH}/{deployment['id']}"
    claimed = done(world.agent.post(f"{path}/claim", json={"agent": "runner-7"}))
    assert (claimed["state"], claimed["agent"], claimed["lease_until"]) == (
        "running",
        "runner-7",
        "2026-03-01T12:01:00.250000Z",
    )
    clock.move(seconds=30)
    assert done(world.agent.post(f"{path}/heartbeat"))["lease_until"] == "2026-03-01T12:01:30.250000Z"
    done(world.agent.patch(f"{path}/stages/1", json={"name": "migrate", "log": "one\n"}))
    stage = done(world.agent.patch(f"{path}/stages/1", json={"state": "succeeded", "log": "two\n"}))
    assert (stage["name"], stage["state"], stage["ended_at"]) == ("migrate", "succeeded", "2026-03-01T12:00:30.250000Z")
    ended = done(world.agent.post(f"{path}/succeed"))
    assert (ended["state"], ended["status"], ended["previous_id"]) == ("succeeded", "succeeded", None)
    assert [(each["action"], each["after"]) for each in ended["log"]] == [
        ("request", "requested"), ("queue", "queued"), ("claim", "running"), ("succeed", "succeeded"),
    ]  # fmt: skip
    log = done(world.viewer.client.get(f"{path}/log"))
    assert (log["changes"], log["stages"][0]["log"]) == (ended["log"], "one\ntwo\n")


def test_what_follows_a_success_takes_its_place(world: World) -> None:
    first, second = (world.run(world.requested(world.published())) for _ in range(2))
    assert second["previous_id"] == first["id"]
    assert shown(world, first)["status"] == "superseded"
    assert shown(world, second)["status"] == "succeeded"
    back = world.run(made(world.manager.client.post(f"{PATH}/{second['id']}/rollback", json={"reason": "500s"})))
    assert (back["release_id"], back["is_rollback"], back["rollback_of_id"]) == (
        first["release_id"],
        True,
        second["id"],
    )
    assert shown(world, second)["status"] == "rolled_back"
    for status, found in (("superseded", first), ("rolled_back", second), ("succeeded", back)):
        listed = done(world.viewer.client.get(PATH, params={"status": status}))
        assert [each["id"] for each in listed["items"]] == [found["id"]]
        assert listed["total"] == 1


def test_the_list_is_walked_in_both_orders(world: World) -> None:
    ids = [world.requested(world.published())["id"] for _ in range(5)]
    for sort, expected in (("id", ids), ("-id", ids[::-1])):
        seen, cursor = [], None
        while cursor is not None or not seen:
            params = {"sort": sort, "limit": 2, "status": "queued", "service": world.service["name"].upper()}
            page = done(world.agent.get(PATH, params=params | ({"cursor": cursor} if cursor else {})))
            seen += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
            assert page["total"] == 5
        assert seen == expected
    assert done(world.agent.get(PATH, params={"environment": "nowhere"}))["items"] == []
    wrong = done(world.agent.get(PATH, params={"limit": 1}))["next_cursor"]
    refused(world.agent.get(PATH, params={"sort": "id", "cursor": wrong}), 422)


@pytest.mark.parametrize(
    "body",
    [
        {"version": "1.0.0", "environment": "dev"},
        {"release_id": 1, "version": "1.0.0", "environment": "dev"},
        {"release_id": 1},
        {"release_id": 1, "environment": "dev", "environment_id": 1},
        {"release_id": 1, "environment": "dev", "requester_id": 1},
        {"release_id": UNKNOWN, "environment": "dev"},
        {"service": "x", "version": "1.0", "environment": "dev"},
    ],
)  # fmt: skip
def test_what_is_asked_for_is_named_once(shared_world: World, body: dict[str, Any]) -> None:
    refused(shared_world.manager.client.post(PATH, json=body), 422)


def test_a_request_is_made_for_ones_own_team(shared_world: World) -> None:
    world = shared_world
    release = world.published()
    body = {"release_id": release["id"], "environment": "dev"}
    assert made(world.developer.client.post(PATH, json=body))["requester"] == world.developer.name
    refused(world.outsider.client.post(PATH, json=body), 403)
    refused(world.viewer.client.post(PATH, json=body), 403)
    refused(world.agent.post(PATH, json=body), 403)


def test_only_the_agents_key_reports(shared_world: World) -> None:
    world = shared_world
    deployment = world.requested(world.published())
    path = f"{PATH}/{deployment['id']}"
    refused(world.admin.client.post(f"{path}/claim", json={}), 403)
    done(world.agent.post(f"{path}/claim", json={}))
    other = world.key("deploy:run")
    for call, body in (("heartbeat", None), ("succeed", None), ("fail", {"cause": "x"})):
        assert refused(other.post(f"{path}/{call}", json=body), 403)["code"] == "NOT_THE_AGENT"
    refused(other.patch(f"{path}/stages/1", json={}), 403)
    done(world.agent.post(f"{path}/fail", json={"cause": "disk full"}))
    refused(world.agent.post(f"{path}/succeed"))
    assert shown(world, deployment)["cause"] == "disk full"


def test_a_request_that_is_sent_twice_is_made_once(shared_world: World) -> None:
    body = {"release_id": shared_world.published()["id"], "environment": "dev"}
    key = {"Idempotency-Key": "deploy-once"}
    first, second = (made(shared_world.pipeline.post(PATH, json=body, headers=key)) for _ in range(2))
    assert first == second


def test_a_schedule_is_kept(world: World, clock: MovableClock) -> None:
    deployment = world.requested(world.published(), scheduled_at="2026-03-01T13:00:00Z")
    assert deployment["state"] == "scheduled"
    path = f"{PATH}/{deployment['id']}/claim"
    answer = world.agent.post(path, json={})
    assert [each["rule"] for each in refused(answer)["details"]["rules"]] == ["schedule"]
    assert answer.headers["Retry-After"] == "3599"
    clock.move(hours=1)
    assert explained(world, deployment)["may_start"]
    assert done(world.agent.post(path, json={}))["state"] == "running"  # whether or not a worker has queued it


def test_what_waits_is_cancelled_and_what_ended_is_retried(world: World) -> None:
    client = world.developer.client
    deployment = world.requested(world.published())
    path = f"{PATH}/{deployment['id']}"
    refused(world.outsider.client.post(f"{path}/cancel", json={}), 403)
    refused(client.post(f"{path}/retry", json={}))
    assert done(client.post(f"{path}/cancel", json={"reason": "wrong one"}))["state"] == "cancelled"
    refused(client.post(f"{path}/cancel", json={}))
    refused(world.agent.post(f"{path}/claim", json={}))
    again = made(client.post(f"{path}/retry", json={}))
    assert (again["retry_of_id"], again["state"], again["requester"]) == (
        deployment["id"],
        "queued",
        world.developer.name,
    )


def test_what_is_cancelled_while_it_runs_has_its_lease_to_stop(world: World, clock: MovableClock) -> None:
    first, second = (world.requested(world.published()) for _ in range(2))
    done(world.agent.post(f"{PATH}/{first['id']}/claim", json={}))
    done(world.manager.client.post(f"{PATH}/{first['id']}/cancel", json={}))
    assert "cancelled" in refused(world.agent.post(f"{PATH}/{first['id']}/heartbeat"))["detail"]
    assert not explained(world, second)["may_start"]
    assert refused(world.agent.post(f"{PATH}/{second['id']}/claim", json={}))["code"] == "MAY_NOT_START"
    clock.move(seconds=60)
    assert explained(world, second)["may_start"]
    done(world.agent.post(f"{PATH}/{second['id']}/claim", json={}))


def test_actions_are_told_to_each_caller(shared_world: World) -> None:
    path = f"{PATH}/{shared_world.requested(shared_world.published())['id']}/actions"

    def allowed(client: httpx.Client) -> list[str]:
        found = client.get(path)
        assert found.status_code == 200
        return [each["action"] for each in found.json() if each["allowed"]]

    assert allowed(shared_world.developer.client) == ["cancel"]
    assert allowed(shared_world.agent) == ["claim"]
    assert allowed(shared_world.viewer.client) == []


def test_an_unknown_deployment_is_not_found(shared_world: World) -> None:
    for path in ("", "/explain", "/actions", "/log"):
        refused(shared_world.viewer.client.get(f"{PATH}/{UNKNOWN}{path}"), 404)
    for path, client in (("cancel", shared_world.admin.client), ("claim", shared_world.agent)):
        refused(client.post(f"{PATH}/{UNKNOWN}/{path}", json={}), 404)


def test_promise_5_an_agent_that_falls_silent_is_lost_and_the_next_may_start(world: World, clock: MovableClock) -> None:
    first, second = (world.requested(world.published()) for _ in range(2))
    done(world.agent.post(f"{PATH}/{first['id']}/claim", json={}))
    clock.move(minutes=4, seconds=59)
    assert (
        refused(world.agent.post(f"{PATH}/{second['id']}/claim", json={}))["details"]["rules"][0]["rule"]
        == "one_at_a_time"
    )
    clock.move(seconds=1)
    assert explained(world, second)["may_start"]
    done(world.agent.post(f"{PATH}/{second['id']}/claim", json={}))
    lost = shown(world, first)
    assert (lost["state"], lost["cause"]) == ("failed", "agent lost")
    assert refused(world.agent.post(f"{PATH}/{first['id']}/succeed"))["code"] == "AGENT_LOST"


def test_promise_5_a_report_that_comes_too_late_ends_it(world: World, clock: MovableClock) -> None:
    deployment = world.requested(world.published())
    done(world.agent.post(f"{PATH}/{deployment['id']}/claim", json={}))
    clock.move(minutes=5)
    assert refused(world.agent.post(f"{PATH}/{deployment['id']}/succeed"))["code"] == "AGENT_LOST"
    assert (shown(world, deployment)["state"], shown(world, deployment)["cause"]) == ("failed", "agent lost")


def test_promise_5_one_agent_wins_a_claim(shared_world: World) -> None:
    world = shared_world
    service = world.new_service(team_id=world.team["id"])
    deployment = world.requested(world.published(service_id=service["id"]))
    keys = [world.key("deploy:run").headers["X-API-Key"] for _ in range(4)]
    path = f"{PATH}/{deployment['id']}/claim"
    answers = insist(world.nobody, [Call("POST", path, {}, headers={"X-API-Key": key}) for key in keys * 5])
    assert statuses(answers) == {200: 1, 409: 19}


def test_promise_5_of_two_starts_at_once_one_is_first(shared_world: World) -> None:
    world = shared_world
    service = world.new_service(team_id=world.team["id"])
    release = world.published(service_id=service["id"])
    ids = [world.requested(release)["id"] for _ in range(8)]
    headers = {"X-API-Key": world.agent.headers["X-API-Key"]}
    answers = insist(world.nobody, [Call("POST", f"{PATH}/{id}/claim", {}, headers=headers) for id in ids])
    assert statuses(answers) == {200: 1, 409: 7}
    running = done(world.viewer.client.get(PATH, params={"status": "running", "service_id": service["id"]}))
    assert running["total"] == 1


def test_promise_5_two_agents_run_each_deployment_once(shared_world: World) -> None:
    assert_each_is_run_once(shared_world, services=5, each=8)


def test_the_worker_ends_what_is_lost_and_queues_what_is_due(world: World, clock: MovableClock) -> None:
    lost, due = (
        world.requested(world.published()),
        world.requested(world.published(), scheduled_at="2026-03-01T12:05:00Z"),
    )
    world.rule("staging", expires_minutes=5)
    waiting = world.requested(world.published(), "staging")
    done(world.agent.post(f"{PATH}/{lost['id']}/claim", json={}))
    clock.move(minutes=6)
    asyncio.run(_attend(world.url, clock))
    assert [shown(world, each)["state"] for each in (lost, due, waiting)] == ["failed", "queued", "expired"]
    assert shown(world, lost)["log"][-1]["by_name"] == "portico"


async def _attend(url: str, clock: MovableClock) -> None:
    """As the worker does each minute."""
    runtime = Runtime(settings=settings_of(url), database=Database(url), clock=clock)
    await runtime.open()
    try:
        await attend_deployments(Run(0, "releases", "attend_deployments", runtime))
    finally:
        await runtime.close()
