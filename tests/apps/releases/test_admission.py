"""What stands against a start: each rule is told before, and obeyed at it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.apps.releases.test_approvals import decide
from tests.apps.releases.test_deployments import PATH, explained, refused, shown
from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import made, unique
from tests.races import Call, insist


class Bench:
    """A service of one test's own, in a world that others share."""

    def __init__(self, world: World, clock: MovableClock) -> None:
        self.world = world
        self.clock = clock
        self.service = world.new_service(team_id=world.team["id"])

    def published(self, **values: Any) -> dict[str, Any]:
        return self.world.published(service_id=self.service["id"], **values)

    def rule(self, environment: str = "production", **values: Any) -> dict[str, Any]:
        return self.world.rule(environment, service_id=self.service["id"], **values)

    def lifecycle(self, *phases: Any, **values: Any) -> None:
        body = {"lifecycle_id": self.world.new_lifecycle(*phases, **values)["id"]}
        done(self.world.admin.client.put(f"/api/v1/services/{self.service['id']}", json=body))

    def freeze(self, **values: Any) -> dict[str, Any]:
        """A week without this service's deployments, which begins now."""
        now = self.clock()
        body = {
            "name": unique("freeze"), "reason": "Sale.", "service_ids": [self.service["id"]],
            "starts_at": now.isoformat(), "ends_at": now.replace(year=now.year + 1).isoformat(), **values,
        }  # fmt: skip
        return made(self.world.manager.client.post("/api/v1/freezes", json=body))

    def incident(self, environment: str = "production") -> dict[str, Any]:
        body = {
            "service_id": self.service["id"], "environment_id": self.world.environments[environment], "title": "500s",
        }  # fmt: skip
        return made(self.world.manager.client.post("/api/v1/incidents", json=body))

    def unmet(self, deployment: dict[str, Any]) -> dict[str, str]:
        """The rules that stand against it, with their states. A claim now says the same, or starts it."""
        explanation = explained(self.world, deployment)
        found = {each["rule"]: each["state"] for each in explanation["rules"] if each["state"] != "satisfied"}
        assert explanation["may_start"] == (not found)
        if found:
            answer = refused(self.claim(deployment))
            assert {each["rule"]: each["state"] for each in answer["details"]["rules"]} == found
        return found

    def claim(self, deployment: dict[str, Any]) -> Any:
        return self.world.agent.post(f"{PATH}/{deployment['id']}/claim", json={})


@pytest.fixture
def bench(shared_world: World, shared_clock: MovableClock) -> Bench:
    return Bench(shared_world, shared_clock)


def test_every_rule_is_named(bench: Bench) -> None:
    rules = explained(bench.world, bench.world.requested(bench.published()))["rules"]
    assert [each["rule"] for each in rules] == [
        "state", "release_state", "content_hash", "approvals", "freeze", "phase", "defects", "gate", "schedule",
        "one_at_a_time",
    ]  # fmt: skip
    assert all(each["state"] == "satisfied" and not each["missing"] for each in rules)


def test_promise_4_a_release_goes_through_the_phases_in_order(bench: Bench) -> None:
    release = bench.published()
    deployment = bench.world.requested(release, "staging")
    assert bench.unmet(deployment) == {"phase": "missing"}
    bench.world.deployed(release, "dev")
    (dev, test) = [each for each in explained(bench.world, deployment)["rules"] if each["rule"] == "phase"]
    assert (dev["name"], dev["state"], test["name"], test["state"]) == ("dev", "satisfied", "test", "missing")
    bench.world.deployed(release, "test", succeeds=False)
    assert bench.unmet(deployment) == {"phase": "missing"}
    bench.world.deployed(release, "test")
    assert bench.unmet(deployment) == {}
    assert done(bench.claim(deployment))["state"] == "running"


def test_promise_4_a_phase_soaks(bench: Bench, shared_clock: MovableClock) -> None:
    bench.lifecycle(["dev"], ["test"], soak_minutes=60)
    release, other = bench.published(), bench.published()
    bench.world.deployed(release, "dev")
    deployment = bench.world.requested(release, "test")
    shared_clock.move(minutes=59)
    assert bench.unmet(deployment) == {"phase": "missing"}
    answer = bench.claim(deployment)
    assert answer.headers["Retry-After"] == "60"
    bench.world.deployed(other, "dev")  # it runs there no more, and has not soaked
    shared_clock.move(minutes=60)
    assert bench.unmet(deployment) == {"phase": "missing"}
    assert bench.unmet(bench.world.requested(other, "test")) == {}


def test_promise_4_so_many_environments_of_a_phase(bench: Bench) -> None:
    bench.lifecycle(["dev", "test"], ["staging"], minimum_environments=1)
    body = [
        {"name": "both", "environment_ids": [bench.world.environments[each] for each in ("dev", "test")],
         "minimum_environments": 2},
        {"name": "last", "environment_ids": [bench.world.environments["staging"]]},
    ]  # fmt: skip
    lifecycle = made(bench.world.admin.client.post("/api/v1/lifecycles", json={"name": unique("two"), "phases": body}))
    path = f"/api/v1/services/{bench.service['id']}"
    done(bench.world.admin.client.put(path, json={"lifecycle_id": lifecycle["id"]}))
    release = bench.published()
    deployment = bench.world.requested(release, "staging")
    bench.world.deployed(release, "test")
    assert bench.unmet(deployment) == {"phase": "missing"}
    bench.world.deployed(release, "dev")
    assert bench.unmet(deployment) == {}


def test_promise_4_an_optional_phase_is_left_out(bench: Bench) -> None:
    bench.lifecycle(["dev"], ["test"], is_optional=True)
    assert bench.unmet(bench.world.requested(bench.published(), "test")) == {}


def test_promise_4_a_channel_takes_its_versions_through_its_own_lifecycle(bench: Bench) -> None:
    hotfix = bench.world.new_lifecycle(["test"])
    body = {"name": "hotfix", "version_range": ">=9.0.0 <9.1.0", "lifecycle_id": hotfix["id"]}
    made(bench.world.admin.client.post(f"/api/v1/services/{bench.service['id']}/channels", json=body))
    assert bench.unmet(bench.world.requested(bench.published(version="9.0.7"), "test")) == {}
    assert bench.unmet(bench.world.requested(bench.published(version="9.1.0"), "test")) == {"phase": "missing"}


def test_promise_4_an_open_defect_keeps_a_release_from_going_on(bench: Bench) -> None:
    release = bench.published()
    bench.world.deployed(release, "dev")
    deployment, again = bench.world.requested(release, "test"), bench.world.requested(release, "dev")
    body = {"title": "slow", "severity": "low"}
    defect = made(bench.world.manager.client.post(f"/api/v1/releases/{release['id']}/defects", json=body))
    assert bench.unmet(deployment) == {"defects": "refused"}
    assert bench.unmet(again) == {}  # where it goes first, one looks into it
    done(bench.world.manager.client.post(f"/api/v1/defects/{defect['id']}/resolve", json={"resolution": "fine"}))
    assert bench.unmet(deployment) == {}


def test_promise_4_blocked_and_withdrawn_releases_start_nowhere(bench: Bench) -> None:
    manager = bench.world.manager.client
    release = bench.published()
    deployment = bench.world.requested(release)
    body = {"title": "loses data", "severity": "critical"}
    defect = made(manager.post(f"/api/v1/releases/{release['id']}/defects", json=body))
    assert bench.unmet(deployment)["release_state"] == "refused"
    done(manager.post(f"/api/v1/defects/{defect['id']}/resolve", json={}))
    assert bench.unmet(deployment) == {}
    done(manager.post(f"/api/v1/releases/{release['id']}/withdraw", json={}))
    assert bench.unmet(deployment) == {"release_state": "refused"}
    request = {"release_id": release["id"], "environment": "dev"}
    assert refused(manager.post(PATH, json=request))["details"]["rules"][0]["name"] == "release_state"


def test_promise_4_a_draft_is_not_deployed_and_a_candidate_not_where_it_is_protected(bench: Bench) -> None:
    manager = bench.world.manager.client
    draft = bench.world.draft(service_id=bench.service["id"])
    request = {"release_id": draft["id"], "environment": "dev"}
    refused(manager.post(PATH, json=request))
    done(manager.post(f"/api/v1/releases/{draft['id']}/candidate"))
    assert bench.unmet(made(manager.post(PATH, json=request))) == {}
    refused(manager.post(PATH, json={**request, "environment": "production"}))


def test_gates_are_asked_again_at_the_start(bench: Bench, shared_clock: MovableClock) -> None:
    world = bench.world
    body = {"name": unique("gated"), "type": "test", "rank": 7, "required_gates": ["ci"]}
    gated = made(world.admin.client.post("/api/v1/environments", json=body))
    bench.lifecycle(["dev"])
    release = bench.published()
    request = {"release_id": release["id"], "environment_id": gated["id"]}
    deployment = made(world.manager.client.post(PATH, json=request))
    path = f"/api/v1/releases/{release['id']}/gates/ci"

    def report(status: str, **values: Any) -> None:
        done(world.pipeline.put(path, json={"status": status, **values}))

    assert bench.unmet(deployment) == {"gate": "missing"}
    report("failed")
    assert bench.unmet(deployment) == {"gate": "refused"}
    report("passed", expires_at=(shared_clock() + timedelta(hours=1)).isoformat())
    assert explained(world, deployment)["may_start"]
    shared_clock.move(hours=1)
    assert bench.unmet(deployment) == {"gate": "missing"}
    report("passed")
    assert bench.unmet(deployment) == {}


def test_promise_3_nothing_starts_in_a_freeze_save_by_a_recorded_override(bench: Bench) -> None:
    world = bench.world
    held, through = (world.requested(bench.published()) for _ in range(2))
    freeze = bench.freeze()
    assert bench.unmet(held) == bench.unmet(through) == {"freeze": "refused"}
    path = f"/api/v1/freezes/{freeze['id']}/override"
    refused(world.developer.client.post(path, json={"deployment_id": through["id"], "reason": "please"}), 403)
    made(world.admin.client.post(path, json={"deployment_id": through["id"], "reason": "security fix"}))
    (rule,) = [each for each in explained(world, through)["rules"] if each["rule"] == "freeze"]
    assert (rule["name"], rule["by"]) == (freeze["name"], [f"{world.admin.name}: security fix"])
    assert done(bench.claim(through))["state"] == "running"
    assert bench.unmet(held) == {"freeze": "refused", "one_at_a_time": "missing"}


def test_promise_3_what_was_scheduled_before_does_not_start_either(bench: Bench, shared_clock: MovableClock) -> None:
    at = shared_clock() + timedelta(hours=1)
    deployment = bench.world.requested(bench.published(), scheduled_at=at.isoformat())
    freeze = bench.freeze()
    shared_clock.move(hours=1)
    assert bench.unmet(deployment) == {"freeze": "refused"}
    done(bench.world.manager.client.post(f"/api/v1/freezes/{freeze['id']}/end"))
    assert bench.unmet(deployment) == {}


def test_promise_3_a_start_and_a_freeze_at_once_are_in_an_order(bench: Bench) -> None:
    """A start that comes after the answer to the freeze is refused: here the answers tell which came first."""
    world = bench.world
    headers = {"X-API-Key": world.agent.headers["X-API-Key"]}
    for _ in range(5):
        own = Bench(world, bench.clock)
        deployment = world.requested(own.published())
        body = {"name": unique("race"), "reason": "r", "service_ids": [own.service["id"]],
                "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"}  # fmt: skip
        freeze = Call("POST", "/api/v1/freezes", body, token=world.manager.tokens["access_token"])
        claims = [Call("POST", f"{PATH}/{deployment['id']}/claim", {}, headers=headers)] * 3
        answers = insist(world.nobody, [claims[0], freeze, *claims[1:]])
        assert answers[1].status_code == 201
        started = [each for each in answers if each.status_code == 200]
        if started:
            events = [each["id"] for each in _log(world, f"deployment:{deployment['id']}", "deployment.running")]
            frozen = [each["id"] for each in _log(world, f"freeze:{answers[1].json()['id']}", "freeze.created")]
            assert events < frozen
        else:
            assert own.unmet(deployment) == {"freeze": "refused"}


def test_promise_4_a_start_and_a_withdrawal_at_once_are_in_an_order(bench: Bench) -> None:
    world = bench.world
    headers = {"X-API-Key": world.agent.headers["X-API-Key"]}
    for _ in range(5):
        own = Bench(world, bench.clock)
        release = own.published()
        deployment = world.requested(release)
        token = world.manager.tokens["access_token"]
        withdraw = Call("POST", f"/api/v1/releases/{release['id']}/withdraw", {}, token=token)
        claim = Call("POST", f"{PATH}/{deployment['id']}/claim", {}, headers=headers)
        answers = insist(world.nobody, [claim, withdraw, claim])
        assert answers[1].status_code == 200
        if any(each.status_code == 200 for each in (answers[0], answers[2])):
            events = [each["id"] for each in _log(world, f"deployment:{deployment['id']}", "deployment.running")]
            withdrawn = [each["id"] for each in _log(world, f"release:{release['id']}", "release.withdrawn")]
            assert events < withdrawn


def _log(world: World, object: str, action: str) -> list[dict[str, Any]]:
    found = done(world.admin.client.get("/api/v1/log", params={"object": object, "limit": 100}))
    rows: list[dict[str, Any]] = found.get("items") or found["events"]
    return [each for each in rows if each["action"] == action]


def test_a_rollback_goes_by_the_emergency_rule_and_is_reviewed(bench: Bench) -> None:
    world = bench.world
    bench.rule("dev")
    bench.rule("dev", is_emergency=True, group_id=_group(world, world.manager.user_id))
    good, bad = bench.published(), bench.published()
    for release in (good, bad):
        deployment = world.requested(release, by=world.developer.client)
        made(decide(deployment, world.approvers[0]))
        world.run(deployment)
    path = f"{PATH}/{deployment['id']}/rollback"
    refused(world.developer.client.post(path, json={"reason": ""}), 422)
    back = made(world.developer.client.post(path, json={"reason": "500s", "incident_id": bench.incident("dev")["id"]}))
    assert (back["release_id"], back["state"], back["is_emergency"]) == (good["id"], "awaiting_approval", True)
    refused(decide(back, world.approvers[0]), 403)  # of the ordinary rule's group
    made(decide(back, world.manager))
    world.run(back)
    assert shown(world, deployment)["status"] == "rolled_back"
    review = f"{PATH}/{back['id']}/review"
    refused(world.developer.client.post(review, json={"review": "fine"}), 403)
    listed = done(world.viewer.client.get(PATH, params={"needs_review": True, "service_id": bench.service["id"]}))
    assert [each["id"] for each in listed["items"]] == [back["id"]]
    assert done(world.manager.client.post(review, json={"review": "right so"}))["reviewed_by"] == world.manager.name
    refused(world.admin.client.post(review, json={"review": "again"}))


def test_a_rollback_needs_no_phases_and_goes_nowhere_near_a_blocked_release(bench: Bench) -> None:
    world = bench.world
    manager = world.manager.client
    old, good, bad = bench.published(), bench.published(), bench.published()
    deployments = [world.deployed(each, "dev")[0] for each in (old, good, bad)]
    made(manager.post(f"/api/v1/releases/{good['id']}/defects", json={"title": "x", "severity": "critical"}))
    refused(manager.post(f"{PATH}/{deployments[0]['id']}/rollback", json={"reason": "no"}))  # it runs there no more
    back = made(manager.post(f"{PATH}/{deployments[2]['id']}/rollback", json={"reason": "500s"}))
    assert back["release_id"] == old["id"]
    freeze = bench.freeze()
    assert bench.unmet(back) == {"freeze": "refused"}
    made(manager.post(f"/api/v1/releases/{old['id']}/defects", json={"title": "x", "severity": "critical"}))
    assert bench.unmet(back) == {"freeze": "refused", "release_state": "refused"}
    done(manager.post(f"/api/v1/freezes/{freeze['id']}/end"))
    refused(manager.post(f"{PATH}/{deployments[2]['id']}/rollback", json={"reason": "500s"}))


def test_an_emergency_names_its_incident_and_has_a_rule(bench: Bench) -> None:
    world = bench.world
    manager = world.manager.client
    bench.rule("dev")
    body = {"release_id": bench.published()["id"], "environment": "dev", "is_emergency": True}
    refused(manager.post(PATH, json=body), 422)
    incident = bench.incident("dev")
    found = refused(manager.post(PATH, json={**body, "incident_id": incident["id"]}))
    assert "No emergency rule" in found["detail"]
    bench.rule("dev", is_emergency=True)
    deployment = made(manager.post(PATH, json={**body, "incident_id": incident["id"]}))
    made(decide(deployment, world.approvers[0]))
    assert bench.unmet(deployment) == {}
    other = Bench(world, bench.clock).incident("dev")
    refused(manager.post(PATH, json={**body, "incident_id": other["id"]}), 422)
    done(manager.post(f"/api/v1/incidents/{incident['id']}/resolve", json={}))
    refused(manager.post(PATH, json={**body, "incident_id": incident["id"]}), 422)


def _group(world: World, *members: int) -> int:
    group_id: int = made(world.admin.client.post("/api/v1/groups", json={"name": unique("group")}))["id"]
    for user_id in members:
        done(world.admin.client.put(f"/api/v1/groups/{group_id}/members/{user_id}"))
    return group_id
