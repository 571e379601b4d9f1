"""Incidents over HTTP: what is proposed as their cause, who says otherwise, and how long they took."""

from typing import Any

import pytest

from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import UNKNOWN, made
from tests.races import Call, at_once, bearer, statuses

PATH = "/api/v1/incidents"


def body(world: World, environment: str = "dev", **values: Any) -> dict[str, Any]:
    return {"service_id": world.service["id"], "environment_id": world.environments[environment],
            "title": "Nobody can pay", **values}  # fmt: skip


def opened(world: World, environment: str = "dev", **values: Any) -> dict[str, Any]:
    return made(world.developer.client.post(PATH, json=body(world, environment, **values)))


def test_the_last_deployment_of_the_day_before_is_proposed(world: World, clock: MovableClock) -> None:
    assert (opened(world)["deployment_id"], opened(world)["attribution"]) == (None, "")
    releases = [world.published(), world.published()]
    world.deployed(releases[0], "dev", "test")
    clock.move(minutes=20)
    (last,) = world.deployed(releases[1], "dev")
    clock.move(hours=1)
    found = opened(world)
    assert (found["deployment_id"], found["release"]) == (last["id"], releases[1]["version"])
    assert found["attribution"] == (
        f"Proposed: the deployment of {releases[1]['version']} to dev succeeded 60 minutes before, and none came after"
        " it."
    )
    assert opened(world, "staging")["deployment_id"] is None
    other = {**body(world), "service_id": world.other_service["id"]}
    assert made(world.developer.client.post(PATH, json=other))["deployment_id"] is None
    (failed,) = world.deployed(world.published(), "dev", succeeds=False)
    assert opened(world)["deployment_id"] == failed["id"]
    clock.move(hours=24)
    assert opened(world)["deployment_id"] is None


def test_an_incident_is_attributed_to_one_deployment_with_the_reason(world: World, clock: MovableClock) -> None:
    first, second = world.deployed(world.published(), "dev", "test")
    clock.move(minutes=30)
    incident = opened(world, "test")
    assert incident["deployment_id"] == second["id"]
    path = f"{PATH}/{incident['id']}"
    attribute = f"{path}/attribute"
    client = world.developer.client
    without = client.post(attribute, json={"deployment_id": first["id"], "reason": " "})
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "reason")
    found = done(client.post(attribute, json={"deployment_id": first["id"], "reason": "It shares the database."}))
    assert (found["deployment_id"], found["attribution"]) == (first["id"], "It shares the database.")
    none = done(client.post(attribute, json={"deployment_id": None, "reason": "The network was down."}))
    assert (none["deployment_id"], none["release"], none["attribution"]) == (None, None, "The network was down.")
    (later,) = world.deployed(world.published(), "dev")
    done(client.post(attribute, json={"deployment_id": second["id"], "reason": "Its log says so."}))
    clock.move(minutes=1)
    waiting = world.requested(world.published())
    (later,) = world.deployed(world.published(service_id=world.other_service["id"]), "dev")
    for deployment in (waiting, later):
        late = client.post(attribute, json={"deployment_id": deployment["id"], "reason": "Perhaps."})
        assert late.status_code == 409, late.text
    assert client.post(attribute, json={"deployment_id": UNKNOWN, "reason": "Perhaps."}).status_code == 422
    assert client.post(attribute, json={}).status_code == 422
    assert client.put(path, json={"needs_intervention": 0}).status_code == 422
    clock.move(minutes=29)
    resolved = done(client.post(f"{path}/resolve", json={"resolution": "Rolled back."}))
    assert (resolved["recovery_seconds"], resolved["resolved_by"]) == (3600.0, world.developer.name)
    again = done(client.post(attribute, json={"deployment_id": None, "reason": "It was none, after all."}))
    assert again["recovery_seconds"] is None
    log = done(world.admin.client.get("/api/v1/log", params={"object": f"incident:{incident['id']}"}))["events"]
    assert [each["action"] for each in log[:2]] == ["incident.attributed", "incident.resolved"]
    assert log[-1]["action"] == "incident.opened"


def test_promise_6_when_and_who_come_from_the_server(shared_world: World) -> None:
    world = shared_world
    for said in ({"opened_at": "2020-01-01T00:00:00Z"}, {"opened_by": 1}, {"resolved_at": "2020-01-01T00:00:00Z"}):
        found = world.developer.client.post(PATH, json={**body(world), **said})
        assert (found.status_code, found.json()["errors"][0]["field"]) == (422, next(iter(said)))
    incident = opened(world)
    assert (incident["opened_at"][:19], incident["opened_by"]) == ("2026-03-01T12:00:00", world.developer.name)


@pytest.mark.parametrize("field", ["service_id", "environment_id"])
def test_an_incident_is_of_a_service_in_an_environment(shared_world: World, field: str) -> None:
    found = shared_world.developer.client.post(PATH, json={**body(shared_world), field: UNKNOWN})
    assert (found.status_code, found.json()["errors"][0]["field"]) == (422, field)


def test_an_incident_is_edited_by_its_tag(shared_world: World) -> None:
    world = shared_world
    path = f"{PATH}/{opened(world)['id']}"
    shown = world.viewer.client.get(path)
    tag = {"If-Match": shown.headers["etag"]}
    changes = {"title": "Some cannot pay", "severity": "low", "needs_intervention": False}
    changed = done(world.developer.client.put(path, json=changes, headers=tag))
    assert changed == {**shown.json(), **changes}
    assert world.developer.client.put(path, json=changes, headers=tag).status_code == 412


def test_rights(shared_world: World) -> None:
    world = shared_world
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.agent, 403), (world.outsider.client, 201),
        (world.pipeline, 201), (world.approvers[0].client, 201), (world.manager.client, 201),
    ):  # fmt: skip
        assert client.post(PATH, json=body(world)).status_code == status
    incident = made(world.approvers[0].client.post(PATH, json=body(world)))
    path = f"{PATH}/{incident['id']}"
    assert world.approvers[0].client.put(path, json={"title": "Mine"}).status_code == 200  # who has opened it
    for client, status in (
        (world.nobody, 401), (world.viewer.client, 403), (world.outsider.client, 403), (world.pipeline, 403),
        (world.approvers[1].client, 403), (world.developer.client, 200),
    ):  # fmt: skip
        assert client.put(path, json={"title": "x"}).status_code == status
        none = {"deployment_id": None, "reason": "The network."}
        assert client.post(f"{path}/attribute", json=none).status_code == status
        assert client.post(f"{path}/resolve").status_code == status
    assert world.manager.client.post(f"{path}/resolve").status_code == 409
    for suffix in ("", "/attribute", "/resolve"):
        sent = {"json": {"deployment_id": None}} if suffix == "/attribute" else {}
        method = "POST" if suffix else "GET"
        assert world.manager.client.request(method, f"{PATH}/{UNKNOWN}{suffix}", **sent).status_code == 404


def test_of_those_who_resolve_at_once_one_does(shared_world: World) -> None:
    world = shared_world
    path = f"{PATH}/{opened(world)['id']}"
    headers = bearer(world.manager.tokens["access_token"])
    calls = [Call("POST", f"{path}/resolve", {"resolution": str(number)}, headers=headers) for number in range(12)]
    answers = at_once(world.nobody, calls)
    assert statuses(answers) == {200: 1, 409: 11}
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert done(world.viewer.client.get(path)) == winner


def test_the_list_filters_and_the_team_is_told(world: World) -> None:
    first, second = opened(world), made(world.manager.client.post(PATH, json=body(world, "production")))
    done(world.manager.client.post(f"{PATH}/{first['id']}/resolve", json={"resolution": "It was a cable."}))

    def ids(**params: Any) -> list[int]:
        return [each["id"] for each in done(world.viewer.client.get(PATH, params=params))["items"]]

    assert ids() == [second["id"], first["id"]]
    assert ids(open="true") == ids(environment_id=world.environments["production"]) == [second["id"]]
    assert ids(open="false") == ids(environment_id=world.environments["dev"]) == [first["id"]]
    assert ids(service_id=world.other_service["id"]) == ids(deployment_id=1) == []
    told = done(world.developer.client.get("/api/v1/notifications"))["notifications"]
    assert [each["title"] for each in told] == [
        "Resolved: Nobody can pay", f"{world.service['name']} in production: Nobody can pay"
    ]  # fmt: skip
    assert done(world.outsider.client.get("/api/v1/notifications"))["notifications"] == []
