"""Runbooks over HTTP: editions, the runs that follow them, and the search."""

from typing import Any

from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import UNKNOWN, made
from tests.races import Call, at_once, bearer, statuses

PATH = "/api/v1/runbooks"
RUNS = "/api/v1/runbook-runs"
STEPS = [{"title": "Stop the queue", "text": "portico pause"}, {"title": "Empty the cache", "text": ""}]


def written(world: World, **values: Any) -> dict[str, Any]:
    body = {"title": "Payments hang", "text": "When *nobody* can pay.", "service_id": world.service["id"],
            "steps": STEPS, **values}  # fmt: skip
    return made(world.developer.client.post(PATH, json=body))


def test_a_change_is_another_edition(shared_world: World) -> None:
    world = shared_world
    runbook = written(world)
    assert (runbook["edition"], runbook["step_count"], runbook["steps"]) == (1, 2, STEPS)
    path = f"{PATH}/{runbook['id']}"
    shown = world.viewer.client.get(path)
    assert shown.json() == runbook
    tag = {"If-Match": shown.headers["etag"]}
    changed = done(world.developer.client.put(path, json={"steps": STEPS[:1]}, headers=tag))
    assert (changed["edition"], changed["steps"], changed["text"]) == (2, STEPS[:1], runbook["text"])
    assert world.developer.client.put(path, json={"title": "x"}, headers=tag).status_code == 412
    assert world.developer.client.delete(path, headers=tag).status_code == 412
    assert world.developer.client.delete(path).status_code == 204
    assert world.viewer.client.get(path).status_code == 404


def test_a_run_keeps_its_edition_and_says_who_did_what_when(world: World, clock: MovableClock) -> None:
    runbook = written(world)
    incident = made(world.developer.client.post("/api/v1/incidents", json={
        "service_id": world.service["id"], "environment_id": world.environments["dev"], "title": "Nobody can pay",
    }))  # fmt: skip
    run = made(world.developer.client.post(f"{PATH}/{runbook['id']}/runs", json={"incident_id": incident["id"]}))
    done(world.developer.client.put(f"{PATH}/{runbook['id']}", json={"steps": []}))
    clock.move(minutes=5)
    path = f"{RUNS}/{run['id']}"
    stale = {"If-Match": world.viewer.client.get(path).headers["etag"]}
    report = {"state": "done", "note": "It took a while."}
    first = done(world.manager.client.patch(f"{path}/steps/1", json=report, headers=stale))
    assert first["steps"][0] == {**STEPS[0], **report, "by": world.manager.name, "at": "2026-03-01T12:05:00.250000Z"}
    assert (first["edition"], first["steps"][1]["state"]) == (1, "open")
    assert world.manager.client.patch(f"{path}/steps/2", json=report, headers=stale).status_code == 412
    done(world.developer.client.patch(f"{path}/steps/2", json={"state": "skipped"}))
    ended = done(world.developer.client.post(f"{path}/end"))
    assert [each["state"] for each in ended["steps"]] == ["done", "skipped"]
    assert ended["ended_at"][:16] == "2026-03-01T12:05"
    assert world.developer.client.post(f"{path}/end").status_code == 409
    assert world.developer.client.patch(f"{path}/steps/1", json=report).status_code == 409
    in_use = world.developer.client.delete(f"{PATH}/{runbook['id']}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "IN_USE")
    for params, count in (({"incident_id": incident["id"]}, 1), ({"runbook_id": UNKNOWN}, 0), ({"open": "true"}, 0)):
        assert len(done(world.viewer.client.get(RUNS, params=params))["items"]) == count


def test_what_cannot_be_is_refused(shared_world: World) -> None:
    world = shared_world
    client = world.developer.client
    runbook = written(world)
    for origin in ("incident_id", "deployment_id"):
        found = client.post(f"{PATH}/{runbook['id']}/runs", json={origin: UNKNOWN})
        assert (found.status_code, found.json()["errors"][0]["field"]) == (422, origin)
    run = made(client.post(f"{PATH}/{runbook['id']}/runs"))
    for number in (0, 3):
        assert client.patch(f"{RUNS}/{run['id']}/steps/{number}", json={"state": "done"}).status_code == 404
    for body in ({"state": "open"}, {}, {"state": "done", "by": "me"}, {"state": "done", "at": "2020-01-01T00:00:00Z"}):
        assert client.patch(f"{RUNS}/{run['id']}/steps/1", json=body).status_code == 422
    for body in ({"title": ""}, {"steps": [{"text": "x"}]}, {"edition": 7}, {"service_id": UNKNOWN}):
        assert client.put(f"{PATH}/{runbook['id']}", json=body).status_code == 422
    assert client.post(f"{PATH}/{UNKNOWN}/runs").status_code == 404
    assert client.post(f"{RUNS}/{UNKNOWN}/end").status_code == 404


def test_rights(shared_world: World) -> None:
    world = shared_world
    path = f"{PATH}/{written(world)['id']}"
    for client, own, common, edited in (
        (world.nobody, 401, 401, 401), (world.viewer.client, 403, 403, 403), (world.pipeline, 403, 403, 403),
        (world.outsider.client, 403, 403, 403), (world.developer.client, 201, 403, 200),
        (world.manager.client, 201, 201, 200),
    ):  # fmt: skip
        body = {"title": "Payments hang", "service_id": world.service["id"]}
        assert client.post(PATH, json=body).status_code == own
        assert client.post(PATH, json={"title": "Everything hangs"}).status_code == common
        assert client.put(path, json={"title": "Payments hang"}).status_code == edited
    for service_id in (None, world.other_service["id"]):  # it would be everybody's, or another team's
        assert world.developer.client.put(path, json={"service_id": service_id}).status_code == 403
    for client, status in ((world.viewer.client, 403), (world.agent, 403), (world.outsider.client, 201)):
        assert client.post(f"{path}/runs").status_code == status


def test_of_those_who_end_a_run_at_once_one_does(shared_world: World) -> None:
    world = shared_world
    run = made(world.developer.client.post(f"{PATH}/{written(world)['id']}/runs"))
    headers = bearer(world.developer.tokens["access_token"])
    calls = [Call("POST", f"{RUNS}/{run['id']}/end", headers=headers) for _ in range(10)]
    assert statuses(at_once(world.nobody, calls)) == {200: 1, 409: 9}


def test_no_report_of_a_step_is_lost(shared_world: World) -> None:
    world = shared_world
    steps = [{"title": str(number)} for number in range(10)]
    run = made(world.developer.client.post(f"{PATH}/{written(world, steps=steps)['id']}/runs"))
    headers = bearer(world.developer.tokens["access_token"])
    calls = [Call("PATCH", f"{RUNS}/{run['id']}/steps/{number}", {"state": "done"}, headers=headers)
             for number in range(1, 11)]  # fmt: skip
    assert statuses(at_once(world.nobody, calls)) == {200: 10}
    shown = done(world.viewer.client.get(f"{RUNS}/{run['id']}"))
    assert [each["state"] for each in shown["steps"]] == ["done"] * 10
