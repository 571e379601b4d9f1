"""The metrics of what was done through the API: they say what the log says."""

from datetime import timedelta
from typing import Any

import psycopg

from tests.apps.releases.world import World, done, made
from tests.clocks import MovableClock

CHANGES = [{"sha": "a" * 40, "message": "feat: A change", "committed_at": "2026-02-28T12:00:00Z"}]
ENDS = """
    SELECT d.id, d.state, d.ended_at FROM releases.deployments d WHERE d.ended_at IS NOT NULL
    EXCEPT
    SELECT deployment_id, after, at FROM releases.status_changes"""


def test_promise_8_the_metrics_are_what_the_log_says(world: World, clock: MovableClock) -> None:
    world.rule()
    release = world.published(changes=CHANGES)
    world.deployed(release, "dev", "test", "staging")
    first = live(world, release, succeeds=False)
    clock.move(hours=2)
    second = live(world, release)
    incident = made(
        world.manager.client.post(
            "/api/v1/incidents",
            json={
                "title": "Broken", "service_id": world.service["id"], "needs_intervention": True,
                "environment_id": world.environments["production"],
            },
        )
    )  # fmt: skip
    path = f"/api/v1/incidents/{incident['id']}"
    done(
        world.manager.client.post(f"{path}/attribute", json={"deployment_id": second["id"], "reason": "It began then"})
    )
    clock.move(hours=3)
    done(world.manager.client.post(f"{path}/resolve", json={"resolution": "Restarted"}))
    clock.move(hours=1)
    found = {each["name"]: each for each in done(world.viewer.client.get("/api/v1/metrics/dora"))["metrics"]}
    assert [(name, each["value"]) for name, each in found.items()] == [
        ("change_lead_time", timedelta(days=1, hours=2, milliseconds=250).total_seconds()),
        ("deployment_frequency", 1),
        ("failed_deployment_recovery_time", timedelta(hours=3).total_seconds()),
        ("change_fail_rate", 50.0),
        ("deployment_rework_rate", 0.0),
    ]
    assert found["change_fail_rate"]["denominator"] == len((first, second))
    with psycopg.connect(world.url) as connection:
        assert connection.execute(ENDS).fetchall() == []


def live(world: World, release: dict[str, Any], *, succeeds: bool = True) -> dict[str, Any]:
    deployment = world.requested(release, "production")
    world.approved(deployment, world.approvers[0])
    return world.run(deployment, succeeds=succeeds)
