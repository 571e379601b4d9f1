"""Approvals over HTTP: who may give one, what it is for, and what makes it void."""

from functools import partial
from typing import Any

import httpx
import pytest

from tests.apps.releases.test_deployments import PATH, explained, refused, shown
from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import Account, made, unique
from tests.races import Call, insist, statuses

RULES = "/api/v1/approval-rules"


@pytest.fixture
def clock(shared_clock: MovableClock) -> MovableClock:
    return shared_clock


@pytest.fixture
def world(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The shared one, with a service, a group and approvers of the test's own; its rules are for that service."""
    world = shared_world
    service = world.new_service(team_id=world.team["id"])
    group = made(world.admin.client.post("/api/v1/groups", json={"name": unique("approvers")}))
    monkeypatch.setattr(world, "service", service)
    monkeypatch.setattr(world, "group", group)
    monkeypatch.setattr(world, "approvers", [world.account("viewer", group=group["id"]) for _ in range(2)])
    monkeypatch.setattr(world, "rule", partial(world.rule, service_id=service["id"]))
    return world


def decide(deployment: dict[str, Any], by: Account, decision: str = "approved", **values: Any) -> httpx.Response:
    body = {"decision": decision, "content_hash": deployment["content_hash"], **values}
    return by.client.post(f"{PATH}/{deployment['id']}/approvals", json=body)


def claimed(world: World, deployment: dict[str, Any]) -> httpx.Response:
    return world.agent.post(f"{PATH}/{deployment['id']}/claim", json={})


def on_protected(world: World, *, required: int = 2, **values: Any) -> dict[str, Any]:
    """A deployment to dev, which asks for approvals in this world."""
    world.rule("dev", required=required, **values)
    return world.requested(world.published())


def approvals_of(world: World, deployment: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in explained(world, deployment)["rules"] if each["rule"] == "approvals"]


def test_promise_2_distinct_people_approve(world: World) -> None:
    deployment = on_protected(world)
    first, second = world.approvers
    assert (deployment["state"], explained(world, deployment)["may_start"]) == ("awaiting_approval", False)
    made(decide(deployment, first, comment="read it"))
    assert refused(decide(deployment, first))["code"] == "ALREADY_DECIDED"
    (rule,) = approvals_of(world, deployment)
    assert (rule["state"], rule["by"]) == ("missing", [first.name])
    assert rule["missing"] == f"1 more of 2 approvals by {world.group['name']}"
    assert refused(claimed(world, deployment))["details"]["rules"][0]["rule"] == "approvals"
    made(decide(deployment, second))
    assert shown(world, deployment)["state"] == "queued"
    assert done(claimed(world, deployment))["state"] == "running"
    assert [each["user"] for each in shown(world, deployment)["approvals"]] == [first.name, second.name]


def test_promise_2_nobody_approves_their_own_request(world: World) -> None:
    world.rule("dev")
    insider = world.account("release_manager", group=world.group["id"])
    deployment = world.requested(world.published(), by=insider.client)
    assert refused(decide(deployment, insider), 403)["code"] == "OWN_REQUEST"
    assert refused(decide(deployment, insider, "rejected"), 403)["code"] == "OWN_REQUEST"
    made(decide(deployment, world.approvers[0]))
    assert claimed(world, deployment).status_code == 200


def test_promise_2_only_the_rules_group_approves(world: World) -> None:
    deployment = on_protected(world)
    for stranger in (world.admin, world.manager, world.viewer):
        assert decide(deployment, stranger).status_code == 403
    keys = world.pipeline.post(
        f"{PATH}/{deployment['id']}/approvals", json={"decision": "approved", "content_hash": "x"}
    )
    refused(keys, 403)


def test_promise_2_an_approval_is_for_the_content_that_was_seen(world: World) -> None:
    deployment = on_protected(world, required=1)
    other = world.published()["content_hash"]
    found = refused(decide(deployment, world.approvers[0], content_hash=other))
    assert (found["code"], found["details"]["content_hash"]) == ("CONTENT_CHANGED", deployment["content_hash"])
    refused(world.approvers[0].client.post(f"{PATH}/{deployment['id']}/approvals", json={"decision": "approved"}), 422)
    assert shown(world, deployment)["state"] == "awaiting_approval"


def test_promise_2_an_approval_of_another_target_counts_for_nothing(world: World) -> None:
    world.rule("dev")
    release = world.published()
    first, second = (world.requested(release) for _ in range(2))
    made(decide(first, world.approvers[0]))
    assert refused(claimed(world, second))["code"] == "MAY_NOT_START"


def test_promise_2_approvals_run_out(world: World, clock: MovableClock) -> None:
    deployment = on_protected(world, required=1, expires_minutes=30)
    made(decide(deployment, world.approvers[0]))
    clock.move(minutes=29, seconds=59)
    assert explained(world, deployment)["may_start"]
    clock.move(seconds=1)
    assert not explained(world, deployment)["may_start"]
    refused(claimed(world, deployment))
    assert shown(world, deployment)["state"] == "awaiting_approval"
    made(decide(deployment, world.approvers[0]))  # given anew
    assert done(claimed(world, deployment))["state"] == "running"


def test_what_waits_too_long_expires(world: World, clock: MovableClock) -> None:
    deployment = on_protected(world, expires_minutes=30)
    clock.move(minutes=30)
    (state,) = [each for each in explained(world, deployment)["rules"] if each["rule"] == "state"]
    assert state["state"] == "refused"
    refused(decide(deployment, world.approvers[0]))
    assert shown(world, deployment)["state"] == "expired"


@pytest.mark.parametrize("change", [{"required": 1}, {"expires_minutes": 7}, {"name": "renamed"}])
def test_promise_2_a_change_of_the_rule_voids_approvals(world: World, change: dict[str, Any]) -> None:
    rule = world.rule("dev", required=2)
    deployment = world.requested(world.published())
    for approver in world.approvers:
        made(decide(deployment, approver))
    assert explained(world, deployment)["may_start"]
    done(world.admin.client.put(f"{RULES}/{rule['id']}", json=change))
    assert not explained(world, deployment)["may_start"]
    refused(claimed(world, deployment))
    found = shown(world, deployment)
    assert found["state"] == "awaiting_approval"
    assert [each["void_reason"] for each in found["approvals"]] == ["The rule has changed."] * 2
    made(decide(deployment, world.approvers[0]))


def test_promise_2_a_new_rule_is_asked_at_the_start(world: World) -> None:
    deployment = world.requested(world.published())
    assert deployment["state"] == "queued"
    world.rule("dev")
    assert not explained(world, deployment)["may_start"]
    refused(claimed(world, deployment))
    assert shown(world, deployment)["state"] == "awaiting_approval"


def test_promise_2_who_has_left_the_group_counts_no_more(world: World) -> None:
    deployment = on_protected(world, required=1)
    made(decide(deployment, world.approvers[0]))
    path = f"/api/v1/groups/{world.group['id']}/members/{world.approvers[0].user_id}"
    done(world.admin.client.delete(path))
    assert not explained(world, deployment)["may_start"]
    refused(claimed(world, deployment))
    done(world.admin.client.put(path))
    assert done(claimed(world, deployment))["state"] == "running"


def test_promise_2_one_person_counts_for_one_rule(world: World) -> None:
    small = made(world.admin.client.post("/api/v1/groups", json={"name": "small"}))
    both, only = world.approvers
    done(world.admin.client.put(f"/api/v1/groups/{small['id']}/members/{both.user_id}"))
    world.rule("dev", name="wide")
    world.rule("dev", name="narrow", group_id=small["id"])
    deployment = world.requested(world.published())
    assert made(decide(deployment, both))["rule"] == "narrow"  # which fewer people could fill
    assert refused(decide(deployment, both))["code"] == "ALREADY_DECIDED"
    made(decide(deployment, only))
    assert shown(world, deployment)["state"] == "queued"


def test_promise_2_nothing_starts_in_production_without_a_rule(world: World) -> None:
    release = world.published()
    world.deployed(release, "dev", "test", "staging")
    deployment = world.requested(release, "production")
    (rule,) = approvals_of(world, deployment)
    assert (rule["state"], "No approval rule" in rule["missing"]) == ("refused", True)
    refused(claimed(world, deployment))


def test_a_rejection_ends_it_also_after_an_approval(world: World) -> None:
    deployment = on_protected(world)
    made(decide(deployment, world.approvers[0]))
    made(decide(deployment, world.approvers[0], "rejected", comment="not on a Friday"))
    found = shown(world, deployment)
    assert (found["state"], found["log"][-1]["reason"]) == ("rejected", "not on a Friday")
    refused(decide(deployment, world.approvers[1]))
    refused(claimed(world, deployment))


def test_the_inbox_has_what_waits_for_the_caller(world: World) -> None:
    insider = world.account("release_manager", group=world.group["id"])
    deployment = on_protected(world)
    own = world.requested(world.published(), by=insider.client)

    def inbox(account: Account) -> list[int]:
        found = done(account.client.get("/api/v1/approvals", params={"mine": True}))
        assert found["total"] == len(found["items"])
        return [each["deployment_id"] for each in found["items"]]

    first, second = world.approvers
    assert (inbox(first), inbox(insider), inbox(world.admin)) == ([deployment["id"], own["id"]], [deployment["id"]], [])
    made(decide(deployment, first))
    assert (inbox(first), inbox(second)) == ([own["id"]], [deployment["id"], own["id"]])
    made(decide(deployment, insider))
    assert inbox(second) == [own["id"]]
    history = done(world.viewer.client.get("/api/v1/approvals"))
    assert [each["user"] for each in history["items"]][:2] == [insider.name, first.name]


def test_rules_are_made_changed_and_removed_by_administrators(world: World) -> None:
    rule = world.rule("production", required=2, team_id=world.team["id"])
    path = f"{RULES}/{rule['id']}"
    assert rule["group"] == world.group["name"]
    shown_rule = world.viewer.client.get(path)
    assert shown_rule.json() == rule
    assert rule in world.viewer.client.get(RULES).json()
    tag = {"If-Match": shown_rule.headers["etag"]}
    changed = done(world.admin.client.put(path, json={"required": 3}, headers=tag))
    assert changed == {**rule, "required": 3}
    assert world.admin.client.put(path, json={"required": 1}, headers=tag).status_code == 412
    refused(world.manager.client.put(path, json={"required": 1}), 403)
    refused(world.admin.client.put(path, json={"group_id": 999}), 422)
    done(world.admin.client.delete(path))
    refused(world.admin.client.delete(path), 404)


def test_promise_2_two_approvals_at_once_by_one_person_are_one(world: World) -> None:
    deployment = on_protected(world)
    body = {"decision": "approved", "content_hash": deployment["content_hash"]}
    token = world.approvers[0].tokens["access_token"]
    calls = [Call("POST", f"{PATH}/{deployment['id']}/approvals", body, token=token)] * 10
    assert statuses(insist(world.nobody, calls)) == {201: 1, 409: 9}
    assert shown(world, deployment)["state"] == "awaiting_approval"
