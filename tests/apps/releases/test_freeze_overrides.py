"""Promise 3: in a freeze nothing starts, save what somebody lets through on the record."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from portico.apps.releases.policy import POLICY
from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import UNKNOWN, made
from tests.races import Call, at_once, bearer, statuses

PATH = "/api/v1/freezes"
# The clock stands at 2026-03-01 12:00 UTC, a Sunday.
WEEKENDS = {"name": "Weekends", "reason": "Nobody is here.", "starts_at": "2025-01-01T00:00:00Z",
            "recurrence": "FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=0", "duration_minutes": 3600,
            "time_zone": "America/New_York"}  # fmt: skip
BODY = {"reason": "Customers cannot pay."}


def frozen(world: World, **values: Any) -> dict[str, Any]:
    return made(world.manager.client.post(PATH, json={**WEEKENDS, **values}))


def claim(world: World, deployment: dict[str, Any]) -> httpx.Response:
    return world.agent.post(f"/api/v1/deployments/{deployment['id']}/claim", json={})


def held_up(world: World, deployment: dict[str, Any]) -> bool:
    """Whether it does not start, for a freeze and for nothing else."""
    refused = claim(world, deployment)
    if refused.status_code == 409:
        assert [rule["rule"] for rule in refused.json()["details"]["rules"]] == ["freeze"], refused.text
    return refused.status_code == 409


def two(world: World, **values: Any) -> list[dict[str, Any]]:
    """Deployments of two services, which do not wait for each other."""
    services = (world.service["id"], world.other_service["id"])
    return [world.requested(world.published(service_id=each), **values) for each in services]


def override(client: httpx.Client, freeze: dict[str, Any], deployment: dict[str, Any]) -> httpx.Response:
    return client.post(f"{PATH}/{freeze['id']}/override", json={"deployment_id": deployment["id"], **BODY})


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"environment_types": ["dev"]},
        {"environment_ids": ["dev"], "service_ids": ["service"], "team_ids": ["team"], "environment_types": ["dev"]},
    ],
)
def test_promise_3_nothing_starts_in_a_freeze_of_its_scope(shared_world: World, scope: dict[str, Any]) -> None:
    world = shared_world
    known = {"dev": world.environments["dev"], "service": world.service["id"], "team": world.team["id"]}
    named = {field: [known.get(each, each) if field.endswith("_ids") else each for each in values]
             for field, values in scope.items()}  # fmt: skip
    freeze = frozen(world, **named)
    deployment = world.requested(world.published())
    assert held_up(world, deployment)
    explained = done(world.viewer.client.get(f"/api/v1/deployments/{deployment['id']}/explain"))
    (rule,) = [each for each in explained["rules"] if each["rule"] == "freeze"]
    assert (rule["state"], rule["name"]) == ("refused", "Weekends")
    done(world.manager.client.post(f"{PATH}/{freeze['id']}/end"))
    world.run(deployment)


@pytest.mark.parametrize("field", ["environment_ids", "environment_types", "service_ids", "team_ids"])
def test_a_freeze_of_another_scope_holds_up_nothing(shared_world: World, field: str) -> None:
    world = shared_world
    others = {
        "environment_ids": world.environments["production"], "environment_types": "production",
        "service_ids": world.other_service["id"], "team_ids": world.others["id"],
    }  # fmt: skip
    freeze = frozen(world, **{field: [others[field]]}, override_group_id=world.group["id"])
    deployment = world.requested(world.published())
    assert override(world.admin.client, freeze, deployment).status_code == 409
    world.run(deployment)
    done(world.manager.client.post(f"{PATH}/{freeze['id']}/end"))


def test_promise_3_a_recorded_override_lets_one_deployment_through(world: World) -> None:
    freeze = frozen(world, override_group_id=world.group["id"])
    through, other = two(world)
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.developer.client, 403), (world.manager.client, 403),
        (world.pipeline, 403), (world.approvers[0].client, 201), (world.admin.client, 409),
    ):  # fmt: skip
        assert override(client, freeze, through).status_code == status
    done(claim(world, through))
    assert held_up(world, other)
    (found,) = world.viewer.client.get(f"{PATH}/{freeze['id']}/overrides").json()
    assert (found["deployment_id"], found["by_name"], found["reason"]) == (
        through["id"], world.approvers[0].name, BODY["reason"]
    )  # fmt: skip
    log = done(world.admin.client.get("/api/v1/log", params={"object": f"freeze:{freeze['id']}"}))["events"][0]
    assert (log["action"], log["actor_name"]) == ("freeze.overridden", world.approvers[0].name)
    assert log["details"]["reason"] == BODY["reason"]
    assert override(world.admin.client, freeze, through).status_code == 409  # it runs: nothing holds it up
    assert world.manager.client.delete(f"{PATH}/{freeze['id']}").status_code == 409


def test_promise_3_a_scheduled_deployment_is_held_up_when_its_time_comes(world: World, clock: MovableClock) -> None:
    freeze = frozen(world, starts_at="2026-03-02T12:00:00Z")
    first, second = two(world, scheduled_at="2026-03-07T12:00:00Z")
    later = world.requested(world.published(), scheduled_at="2026-03-10T12:00:00Z")
    assert override(world.admin.client, freeze, later).status_code == 409  # a Tuesday
    made(override(world.admin.client, freeze, first))  # before the freeze holds
    clock.move(days=6, hours=1)  # a Saturday
    assert not held_up(world, first)
    assert held_up(world, second)


def test_what_is_not_held_up_needs_no_override(
    shared_world: World,
) -> None:
    world = shared_world
    freeze = frozen(world)
    gone = world.requested(world.published())
    done(world.manager.client.post(f"/api/v1/deployments/{gone['id']}/cancel", json={"reason": "No."}))
    assert override(world.admin.client, freeze, gone).status_code == 409
    assert override(world.admin.client, freeze, {"id": UNKNOWN}).status_code == 422
    assert override(world.admin.client, {"id": UNKNOWN}, gone).status_code == 404
    waiting = world.requested(world.published())
    path = f"{PATH}/{freeze['id']}/override"
    for body in ({"deployment_id": waiting["id"]}, {"deployment_id": waiting["id"], "reason": "", "by": 1}):
        assert world.admin.client.post(path, json=body).status_code == 422
    done(world.manager.client.post(f"{PATH}/{freeze['id']}/end"))
    assert override(world.admin.client, freeze, waiting).status_code == 409


def test_of_those_who_override_at_once_one_does(shared_world: World) -> None:
    world = shared_world
    freeze = frozen(world, override_group_id=world.group["id"])
    deployment = world.requested(world.published())
    tokens = [each.tokens["access_token"] for each in (world.admin, *world.approvers)]
    body = {"deployment_id": deployment["id"], **BODY}
    calls = [Call("POST", f"{PATH}/{freeze['id']}/override", body, headers=bearer(token)) for token in tokens * 5]
    assert statuses(at_once(world.nobody, calls)) == {201: 1, 409: 14}
    assert len(world.viewer.client.get(f"{PATH}/{freeze['id']}/overrides").json()) == 1
    done(world.manager.client.post(f"{PATH}/{freeze['id']}/end"))


def test_promise_3_a_freeze_is_answered_when_no_start_that_began_before_it_goes_on(world: World) -> None:
    first, second = two(world)
    with psycopg.connect(world.url) as start, ThreadPoolExecutor() as others:
        start.execute("SELECT pg_advisory_xact_lock_shared(%s)", [POLICY])  # as a claim has it until its commit
        world.run(first)  # starts do not wait for each other
        freezing = others.submit(frozen, world)
        with pytest.raises(TimeoutError):
            freezing.result(timeout=0.5)
        start.commit()
        freezing.result()
    assert held_up(world, second)
