"""Accounts: who may make, see and change them, and that rights count from the next request on."""

from typing import Any

import pytest

from tests.apps.releases.world import World, done
from tests.contract.shop import PASSWORD, made, unique
from tests.contract.stall import problem
from tests.races import Call, at_once, statuses

USERS = "/api/v1/users"


def newcomer(**values: Any) -> dict[str, Any]:
    name = unique("newcomer")
    return {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **values}


def test_who_registers_is_a_viewer_and_signs_in_by_the_contract(world: World) -> None:
    body = newcomer(full_name="Grace Hopper")
    user = made(world.nobody.post("/api/v1/auth/register", json=body))
    assert (user["role"], user["full_name"], user["is_active"]) == ("viewer", "Grace Hopper", True)
    tokens = done(world.nobody.post("/api/v1/auth/login", json={"email": body["email"], "password": PASSWORD}))
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    client = world.client(Authorization=f"Bearer {tokens['access_token']}")
    assert done(client.get(f"{USERS}/me")) == done(client.get(f"{USERS}/{user['id']}")) == user
    assert done(client.get(USERS)) == {"items": [user], "total": 1, "next_cursor": None}
    problem(client.get(f"{USERS}/{world.admin.user_id}"), 404, "NOT_FOUND")
    problem(client.post("/api/v1/teams", json={"name": "mine"}), 403, "FORBIDDEN")


@pytest.mark.parametrize(("field", "value"), [("role", "admin"), ("is_active", True), ("id", 1)])
def test_nobody_says_at_registration_what_they_may(world: World, field: str, value: Any) -> None:
    problem(world.nobody.post("/api/v1/auth/register", json=newcomer(**{field: value})), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize("field", ["email", "username"])
def test_what_another_user_has_is_400(world: World, field: str) -> None:
    first = made(world.nobody.post("/api/v1/auth/register", json=newcomer()))
    body = newcomer(**{field: first[field].upper()})
    for path, client in (("/api/v1/auth/register", world.nobody), (USERS, world.admin.client)):
        assert problem(client.post(path, json=body), 400, "DUPLICATE")["details"] == {"field": field}


def test_a_user_changes_the_own_account_and_not_the_own_rights(world: World) -> None:
    path = f"{USERS}/{world.viewer.user_id}"
    assert done(world.viewer.client.put(path, json={"full_name": "Ada"}))["full_name"] == "Ada"
    for rights in ({"role": "admin"}, {"is_active": False}):
        problem(world.viewer.client.put(path, json=rights), 403, "FORBIDDEN")
    problem(world.viewer.client.put(f"{USERS}/{world.manager.user_id}", json={"full_name": "?"}), 404, "NOT_FOUND")
    stale = {"If-Match": '"1"'}
    problem(world.viewer.client.put(path, json={"full_name": "Eve"}, headers=stale), 412, "PRECONDITION_FAILED")


def test_a_role_and_a_membership_count_at_once(world: World) -> None:
    somebody = world.account("viewer")
    body = {"service_id": world.service["id"], "version": "7.0.0"}
    path = f"{USERS}/{somebody.user_id}"
    assert somebody.client.post("/api/v1/releases", json=body).status_code in (403, 404)
    done(world.admin.client.put(path, json={"role": "developer"}))
    assert somebody.client.post("/api/v1/releases", json=body).status_code in (403, 404)
    member = f"/api/v1/teams/{world.team['id']}/members/{somebody.user_id}"
    done(world.admin.client.put(member))
    made(somebody.client.post("/api/v1/releases", json=body))
    assert world.admin.client.delete(member).status_code == 204
    assert somebody.client.post("/api/v1/releases", json={**body, "version": "7.0.1"}).status_code in (403, 404)
    done(world.admin.client.put(path, json={"is_active": False}))
    problem(somebody.client.get(path), 401, "UNAUTHORIZED")


def test_the_last_administrator_stays_one(world: World) -> None:
    path = f"{USERS}/{world.admin.user_id}"
    for change in ({"role": "viewer"}, {"is_active": False}):
        problem(world.admin.client.put(path, json=change), 409, "LAST_ADMINISTRATOR")
    problem(world.admin.client.delete(path), 409, "LAST_ADMINISTRATOR")
    done(world.admin.client.put(path, json={"full_name": "still here", "role": "admin"}))
    second = world.account("admin")
    done(second.client.put(path, json={"role": "viewer"}))
    problem(second.client.delete(f"{USERS}/{second.user_id}"), 409, "LAST_ADMINISTRATOR")


def test_administrators_who_dismiss_each_other_at_once_leave_one(world: World) -> None:
    those = [world.admin, *(world.account("admin") for _ in range(3))]
    calls = [
        Call("PUT", f"{USERS}/{those[i - 1].user_id}", {"role": "viewer"}, token=those[i].tokens["access_token"])
        for i in range(4)
    ]
    answers = statuses(at_once(world.nobody, calls))
    left = done(next(one for one in those if one.client.get(f"{USERS}?role=admin").json()["total"] > 0).client.get(
        f"{USERS}?role=admin"))  # fmt: skip
    assert left["total"] >= 1
    assert set(answers) <= {200, 404, 409}
    assert answers[200] == 4 - left["total"]


def test_who_leaves_leaves_what_was_done_and_who_has_approved_stays(world: World) -> None:
    world.rule("dev")
    release = world.published()
    deployment = world.requested(release, "dev", by=world.developer.client)
    world.approved(deployment, world.approvers[0])
    approver = f"{USERS}/{world.approvers[0].user_id}"
    found = problem(world.admin.client.delete(approver), 409, "IN_USE")
    assert found["details"] == {"by": "approvals"}
    done(world.admin.client.put(approver, json={"is_active": False}))
    for gone in (world.manager, world.developer):
        assert world.admin.client.delete(f"{USERS}/{gone.user_id}").status_code == 204
        problem(gone.client.get(f"{USERS}/me"), 401, "UNAUTHORIZED")
    kept = done(world.viewer.client.get(f"/api/v1/releases/{release['id']}"))
    assert (kept["state"], kept["content_hash"]) == ("published", release["content_hash"])
    assert done(world.viewer.client.get(f"/api/v1/deployments/{deployment['id']}"))["requester"] is None


def test_a_pipeline_never_signs_in(world: World) -> None:
    body = newcomer(role="pipeline")
    problem(world.admin.client.post(USERS, json=body), 422, "VALIDATION_ERROR")
    del body["password"]
    user = made(world.admin.client.post(USERS, json=body))
    problem(world.nobody.post("/api/v1/auth/login", json={"email": body["email"], "password": ""}), 401, "UNAUTHORIZED")
    path = f"{USERS}/{user['id']}"
    for change in ({"password": PASSWORD}, {"role": "developer"}):
        problem(world.admin.client.put(path, json=change), 409, "NOT_A_PERSON")
    problem(world.admin.client.put(f"{USERS}/{world.viewer.user_id}", json={"role": "pipeline"}), 409, "NOT_A_PERSON")
    problem(
        world.admin.client.put(f"/api/v1/groups/{world.group['id']}/members/{user['id']}"), 409, "NOT_A_PERSON"
    )  # fmt: skip


def test_keys_are_the_administrators_and_end_when_they_are_revoked(world: World) -> None:
    user = made(world.admin.client.post(USERS, json={**newcomer(role="pipeline"), "password": None}))
    path = f"{USERS}/{user['id']}/api-keys"
    body = {"name": "ci", "scopes": ["releases:read"], "expires_in_days": 7}
    answer = world.admin.client.post(path, json=body)
    key = made(answer)
    assert answer.headers["cache-control"] == "no-store"
    client = world.client(Authorization=f"ApiKey {key['key']}")
    assert done(client.get(f"{USERS}/me"))["id"] == user["id"]
    problem(client.post("/api/v1/releases", json={"service_id": world.service["id"], "version": "1.0.0"}), 403,
            "FORBIDDEN")  # fmt: skip
    listed = world.admin.client.get(path).json()
    assert [each["id"] for each in listed] == [key["id"]]
    assert "key" not in listed[0]
    for scope in ("users:write", "releases:publish", "deployments:approve", "nonsense"):
        problem(world.admin.client.post(path, json={**body, "scopes": [scope]}), 422, "VALIDATION_ERROR")
    own = f"{USERS}/{world.developer.user_id}/api-keys"
    for client_of in (world.developer.client, world.pipeline):
        problem(client_of.get(own), 403, "FORBIDDEN")
        problem(client_of.post(own, json=body), 403, "FORBIDDEN")
        problem(client_of.delete(f"{own}/{key['id']}"), 403, "FORBIDDEN")
    problem(world.admin.client.delete(f"{own}/{key['id']}"), 404, "NOT_FOUND")
    assert world.admin.client.delete(f"{path}/{key['id']}").status_code == 204
    problem(client.get(f"{USERS}/me"), 401, "UNAUTHORIZED")


def test_what_a_pipeline_sends_twice_happens_once(world: World) -> None:
    body = {"service_id": world.service["id"], "version": "8.0.0"}
    headers = {"Idempotency-Key": unique("key")}
    first, second = (world.pipeline.post("/api/v1/releases", json=body, headers=headers) for _ in range(2))
    assert made(first) == made(second)
    assert second.headers["idempotency-replayed"] == "true"
    of_another = world.key("releases:read", "releases:write", team=world.team["id"])
    problem(of_another.post("/api/v1/releases", json=body, headers=headers), 409, "CONFLICT")
    problem(world.nobody.post("/api/v1/releases", json=body, headers=headers), 401, "UNAUTHORIZED")


def test_users_come_in_pages(world: World) -> None:
    seen: list[int] = []
    cursor = None
    while page := done(world.admin.client.get(USERS, params={"limit": 3, **({"cursor": cursor} if cursor else {})})):
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == page["total"]
    assert done(world.admin.client.get(USERS, params={"role": "pipeline"}))["total"] == 2


def test_what_is_done_to_users_is_logged_without_passwords(world: World) -> None:
    done(world.viewer.client.put(f"{USERS}/{world.viewer.user_id}", json={"password": "another long password"}))
    entries = world.admin.client.get("/api/v1/log").json()
    text = str(entries)
    assert "user.changed" in text
    assert "another long password" not in text
    assert "$2b$" not in text
