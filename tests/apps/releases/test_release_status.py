"""What becomes of a release: where it runs, how far it has come, and what withdrawing it tells."""

from typing import Any

from tests.apps.releases.world import World, done


def status(world: World, release: dict[str, Any]) -> str:
    return str(done(world.viewer.client.get(f"/api/v1/releases/{release['id']}"))["status"])


def test_the_status_comes_from_the_deployments(world: World) -> None:
    first, second, third = (world.published(f"1.0.{number}") for number in range(3))
    assert status(world, first) == "published"
    world.deployed(first, "dev")
    assert status(world, first) == "deployed"
    world.deployed(second, "dev", succeeds=False)
    assert (status(world, first), status(world, second)) == ("deployed", "failed")
    world.deployed(third, "dev")
    assert (status(world, first), status(world, third)) == ("superseded", "deployed")
    listed = done(world.viewer.client.get("/api/v1/releases", params={"service": world.service["id"]}))["items"]
    assert [each["status"] for each in listed] == ["deployed", "failed", "superseded"]


def test_withdrawing_tells_where_it_still_runs(world: World) -> None:
    release = world.published("1.0.0")
    ended = world.deployed(release, "dev", "test")
    under_way = world.requested(release, "staging")
    done(world.agent.post(f"/api/v1/deployments/{under_way['id']}/claim", json={}))
    refused = world.manager.client.post(f"/api/v1/releases/{release['id']}/archive")
    assert (refused.status_code, refused.json()["details"]) == (409, {"environments": ["dev", "test", "staging"]})
    found = done(world.manager.client.post(f"/api/v1/releases/{release['id']}/withdraw"))
    assert (found["state"], found["status"]) == ("withdrawn", "withdrawn")
    assert [(each["environment"], each["deployment_id"], each["state"]) for each in found["still_running"]] == [
        ("dev", ended[0]["id"], "succeeded"), ("test", ended[1]["id"], "succeeded"),
        ("staging", under_way["id"], "running"),
    ]  # fmt: skip
    listed = done(world.viewer.client.get(f"/api/v1/releases/{release['id']}/deployments"))
    assert [(each["id"], each["environment"], each["state"]) for each in listed["items"]] == [
        (under_way["id"], "staging", "running"), (ended[1]["id"], "test", "succeeded"),
        (ended[0]["id"], "dev", "succeeded"),
    ]  # fmt: skip


def test_progress_names_each_phase_and_what_it_lacks(world: World) -> None:
    release = world.published("1.0.0")
    assert phases(world, release) == {
        "dev": "missing",
        "test": "missing",
        "staging": "missing",
        "production": "missing",
    }
    world.deployed(release, "dev", "test")
    found = progress(world, release)
    assert phases(world, release) == {
        "dev": "satisfied", "test": "satisfied", "staging": "missing", "production": "missing",
    }  # fmt: skip
    assert found["lifecycle_id"] == world.lifecycle["id"]
    dev, _, staging, _ = found["phases"]
    assert dev["environments"][0]["since"] is not None
    assert "staging" in staging["missing"]
    assert world.viewer.client.get("/api/v1/releases/999999/progress").status_code == 404


def progress(world: World, release: dict[str, Any]) -> dict[str, Any]:
    return done(world.viewer.client.get(f"/api/v1/releases/{release['id']}/progress"))


def phases(world: World, release: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["state"] for each in progress(world, release)["phases"]}
