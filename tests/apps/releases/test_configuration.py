"""Teams, groups, services, channels, environments and lifecycles: what they may be, and what keeps them."""

import asyncio
from typing import Any

import pytest

from portico.apps.releases.services.reads import lifecycle_of, team_of
from portico.kernel.database import Database
from tests.apps.releases.world import World, done
from tests.contract.shop import made, unique
from tests.contract.stall import problem
from tests.races import Call, at_once, statuses

NAMED = ["teams", "groups", "services", "environments", "lifecycles"]


def body_of(world: World, kind: str) -> dict[str, Any]:
    body: dict[str, Any] = {"name": unique(kind)}
    if kind == "services":
        body["team_id"] = world.team["id"]
    if kind == "environments":
        body |= {"type": "test", "rank": 9}
    if kind == "lifecycles":
        body["phases"] = [{"name": "first", "environment_ids": [world.environments["dev"]]}]
    return body


@pytest.mark.parametrize("kind", NAMED)
def test_objects_are_made_changed_and_removed_and_names_are_taken_once(world: World, kind: str) -> None:
    path, client = f"/api/v1/{kind}", world.admin.client
    body = body_of(world, kind)
    one = made(client.post(path, json=body))
    assert body.items() <= {**one, "phases": body.get("phases")}.items()
    again = {**body_of(world, kind), "name": body["name"].upper()}
    problem(client.post(path, json=again), 409, "NAME_TAKEN")
    other = made(client.post(path, json=body_of(world, kind)))
    mine = f"{path}/{one['id']}"
    problem(client.put(mine, json={"name": other["name"]}), 409, "NAME_TAKEN")
    tag = client.get(mine).headers["etag"]
    name = unique("renamed")
    changed = client.put(mine, json={"name": f"  {name} "}, headers={"If-Match": tag})
    assert done(changed) == {**one, "name": name}
    assert changed.headers["etag"] != tag
    problem(client.delete(mine, headers={"If-Match": tag}), 412, "PRECONDITION_FAILED")
    for wrong in ({"name": "  "}, {"name": None}, {"nickname": "?"}):
        problem(client.put(mine, json=wrong), 422, "VALIDATION_ERROR")
    listed = client.get(path).json()
    assert {**one, "name": name} in (listed["items"] if kind == "services" else listed)
    assert client.delete(mine).status_code == 204
    problem(client.get(mine), 404, "NOT_FOUND")


def test_a_post_that_is_sent_twice_adds_one(world: World) -> None:
    body, headers = {"name": unique("team")}, {"Idempotency-Key": unique("key")}
    first, second = (world.admin.client.post("/api/v1/teams", json=body, headers=headers) for _ in range(2))
    assert made(first) == made(second)
    assert second.headers["idempotency-replayed"] == "true"


def test_what_is_in_use_stays_and_the_answer_says_why(world: World) -> None:
    world.draft()
    used = {
        f"teams/{world.team['id']}": "services",
        f"services/{world.service['id']}": "releases",
        f"environments/{world.environments['dev']}": "phase environments",
        f"lifecycles/{world.lifecycle['id']}": "services",
    }
    for path, by in used.items():
        found = problem(world.admin.client.delete(f"/api/v1/{path}"), 409, "IN_USE")
        assert found["details"] == {"by": by}
        assert world.admin.client.get(f"/api/v1/{path}").status_code == 200


def test_members_come_and_go(world: World) -> None:
    team, somebody = f"/api/v1/teams/{world.team['id']}", world.viewer.user_id
    member = f"{team}/members/{somebody}"
    tag = world.admin.client.get(team).headers["etag"]
    added = world.admin.client.put(member)
    assert somebody in [each["id"] for each in done(added)["members"]]
    assert added.headers["etag"] != tag
    assert world.admin.client.put(member).headers["etag"] == added.headers["etag"]
    assert world.admin.client.delete(member).status_code == 204
    problem(world.admin.client.delete(member), 404, "NOT_FOUND")
    problem(world.admin.client.put(f"{team}/members/999999"), 404, "NOT_FOUND")
    problem(world.manager.client.put(member), 403, "FORBIDDEN")


def test_services_refer_to_what_there_is(world: World) -> None:
    body = body_of(world, "services")
    for field in ("team_id", "lifecycle_id"):
        found = problem(world.manager.client.post("/api/v1/services", json={**body, field: 999_999}), 422,
                        "VALIDATION_ERROR")  # fmt: skip
        assert [each["field"] for each in found["errors"]] == [field]
    for url in ("javascript:alert(1)", "file:///etc/passwd", "a path"):
        wrong = {**body, "repository_url": url}
        problem(world.manager.client.post("/api/v1/services", json=wrong), 422, "VALIDATION_ERROR")
    body["repository_url"] = "git@git.example.com:shop/ledger.git"
    service = made(world.manager.client.post("/api/v1/services", json=body))
    problem(world.developer.client.put(f"/api/v1/services/{service['id']}", json={"tier": 1}), 403, "FORBIDDEN")
    moved = {"team_id": world.others["id"], "tier": 1, "lifecycle_id": None}
    changed = done(world.manager.client.put(f"/api/v1/services/{service['id']}", json=moved))
    assert (changed["team"], changed["tier"], changed["lifecycle"]) == (world.others["name"], 1, None)


def test_services_come_by_name_in_pages_and_by_team(world: World) -> None:
    for name in ("beta", "Alpha", "gamma"):
        world.new_service(team_id=world.others["id"], name=name)
    query: dict[str, Any] = {"team": world.others["id"], "limit": 2}
    first = done(world.viewer.client.get("/api/v1/services", params=query))
    second = done(world.viewer.client.get("/api/v1/services", params={**query, "cursor": first["next_cursor"]}))
    names = [each["name"] for page in (first, second) for each in page["items"]]
    assert names == ["Alpha", "beta", "gamma", world.other_service["name"]]
    assert first["total"] == 4
    assert done(world.viewer.client.get("/api/v1/services", params={"team": 999_999}))["items"] == []


def channel_names(world: World) -> list[tuple[int, str]]:
    listed = world.viewer.client.get(f"/api/v1/services/{world.service['id']}/channels").json()
    return [(each["position"], each["name"]) for each in listed]


def test_the_first_channel_that_takes_a_version_says_its_lifecycle(world: World) -> None:
    path, client = f"/api/v1/services/{world.service['id']}/channels", world.manager.client
    quick = world.new_lifecycle(["dev"], ["production"])["id"]
    careful = world.new_lifecycle(["staging"])["id"]
    every = made(client.post(path, json={"name": "rest", "version_range": "*", "lifecycle_id": careful}))
    assert lifecycle_and_team(world, "2.1.0") == (careful, world.team["id"])
    new = {"name": "two", "version_range": " >=2.0.0-0   <3.0.0", "lifecycle_id": quick, "position": 1}
    two = made(client.post(path, json=new))
    assert two["version_range"] == ">=2.0.0-0 <3.0.0"
    assert channel_names(world) == [(1, "two"), (2, "rest")]
    for version, lifecycle in (("2.1.0", quick), ("2.0.0-rc.1", quick), ("3.0.0", careful), ("1.9.9", careful)):
        assert lifecycle_and_team(world, version)[0] == lifecycle
    done(client.put(f"{path}/{every['id']}", json={"position": 1}))
    assert channel_names(world) == [(1, "rest"), (2, "two")]
    assert lifecycle_and_team(world, "2.1.0")[0] == careful
    assert client.delete(f"{path}/{every['id']}").status_code == 204
    assert channel_names(world) == [(1, "two")]
    assert lifecycle_and_team(world, "3.0.0")[0] == world.lifecycle["id"]
    problem(client.put(f"{path}/{two['id']}", json={"version_range": "2.x"}), 422, "VALIDATION_ERROR")
    problem(client.put(f"{path}/{two['id']}", json={"lifecycle_id": 999_999}), 422, "VALIDATION_ERROR")
    problem(client.get(f"/api/v1/services/{world.other_service['id']}/channels/{two['id']}"), 404, "NOT_FOUND")
    problem(world.admin.client.delete(f"/api/v1/lifecycles/{quick}"), 409, "IN_USE")


def test_of_those_who_take_a_name_at_once_one_has_it(world: World) -> None:
    body, token = {"name": unique("team")}, world.admin.tokens["access_token"]
    answers = at_once(world.nobody, [Call("POST", "/api/v1/teams", body, token=token)] * 6)
    assert statuses(answers) == {201: 1, 409: 5}


def test_channels_that_come_at_once_have_one_order(world: World) -> None:
    path, token = f"/api/v1/services/{world.service['id']}/channels", world.manager.tokens["access_token"]
    body = {"version_range": "*", "lifecycle_id": world.lifecycle["id"], "position": 1}
    calls = [Call("POST", path, {**body, "name": f"channel {number}"}, token=token) for number in range(6)]
    assert statuses(at_once(world.nobody, calls)) == {201: 6}
    assert [position for position, _ in channel_names(world)] == [1, 2, 3, 4, 5, 6]


def lifecycle_and_team(world: World, version: str) -> tuple[int | None, int | None]:
    async def ask() -> tuple[int | None, int | None]:
        database = Database(world.url, pool_size=1)
        await database.open()
        try:
            async with database.connection() as connection:
                service_id = world.service["id"]
                return await lifecycle_of(connection, service_id, version), await team_of(connection, service_id)
        finally:
            await database.close()

    return asyncio.run(ask())


def test_production_is_always_protected(world: World) -> None:
    path, client = "/api/v1/environments", world.admin.client
    body = {"name": "live", "type": "production", "rank": 5}
    problem(client.post(path, json={**body, "is_protected": False}), 422, "VALIDATION_ERROR")
    assert made(client.post(path, json=body))["is_protected"] is True
    production = f"{path}/{world.environments['production']}"
    problem(client.put(production, json={"is_protected": False}), 422, "VALIDATION_ERROR")
    staging = f"{path}/{world.environments['staging']}"
    assert done(client.put(staging, json={"type": "production"}))["is_protected"] is True
    assert done(client.put(staging, json={"type": "staging", "is_protected": False}))["is_protected"] is False
    problem(client.put(staging, json={"required_gates": ["scan", "scan"]}), 422, "VALIDATION_ERROR")
    assert done(client.put(staging, json={"required_gates": ["scan"]}))["required_gates"] == ["scan"]


def test_environments_come_in_the_order_of_their_ranks(world: World) -> None:
    done(world.admin.client.put(f"/api/v1/environments/{world.environments['production']}", json={"rank": 0}))
    names = [each["name"] for each in world.viewer.client.get("/api/v1/environments").json()]
    assert names == ["dev", "production", "test", "staging"]


@pytest.mark.parametrize(
    "phases",
    [
        [],
        [{"name": "none", "environment_ids": []}],
        [{"name": "too many", "environment_ids": ["dev"], "minimum_environments": 2}],
        [{"name": "one", "environment_ids": ["dev"]}, {"name": "two", "environment_ids": ["test", "dev"]}],
        [{"name": "twice", "environment_ids": ["dev", "dev"]}],
        [{"name": "unknown", "environment_ids": [999_999]}],
        [{"name": "before", "environment_ids": ["dev"], "soak_minutes": -1}],
    ],
)
def test_phases_that_cannot_be_are_refused(world: World, phases: list[dict[str, Any]]) -> None:
    known = world.environments
    body = [{**each, "environment_ids": [known.get(one, one) for one in each["environment_ids"]]} for each in phases]
    path = f"/api/v1/lifecycles/{world.lifecycle['id']}"
    problem(world.admin.client.put(path, json={"phases": body}), 422, "VALIDATION_ERROR")
    assert done(world.admin.client.get(path)) == world.lifecycle


def test_phases_are_replaced_all_together(world: World) -> None:
    known = world.environments
    phases = [
        {"name": "anywhere", "environment_ids": [known["staging"], known["dev"]], "minimum_environments": 2,
         "is_optional": True, "soak_minutes": 90},
        {"name": "live", "environment_ids": [known["production"]]},
    ]  # fmt: skip
    path = f"/api/v1/lifecycles/{world.lifecycle['id']}"
    changed = done(world.admin.client.put(path, json={"phases": phases}))["phases"]
    assert changed == [
        {"position": 1, **phases[0], "environment_ids": [known["dev"], known["staging"]]},
        {"position": 2, "minimum_environments": 1, "is_optional": False, "soak_minutes": 0, **phases[1]},
    ]
