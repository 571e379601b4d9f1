"""What the calls of the authorization table are made on, and with: all new, so that no call is in another one's way."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.apps.releases.world import DIGEST, SHA, World, done
from tests.contract.shop import PASSWORD, made, unique

Target = dict[str, Any]
"""The parameters of a path, by their names, and what a body needs to know."""
API = "/api/v1"
SOON = datetime(2030, 1, 1, tzinfo=UTC)


def post(world: World, path: str, body: Any) -> dict[str, Any]:
    return made(world.admin.client.post(f"{API}{path}", json=body))


def service_of(world: World) -> dict[str, Any]:
    """A new service of the team, whose releases may go anywhere at once."""
    if not hasattr(world, "anywhere"):
        world.anywhere = world.new_lifecycle(["dev", "test", "staging", "production"])  # type: ignore[attr-defined]
        world.rule()
    return world.new_service(team_id=world.team["id"], lifecycle_id=world.anywhere["id"])  # type: ignore[attr-defined]


def published(world: World) -> Target:
    return {"release_id": world.published(service_id=service_of(world)["id"])["id"]}


def deployment(world: World, environment: str = "dev", **values: Any) -> dict[str, Any]:
    return world.requested({"id": published(world)["release_id"]}, environment, **values)


def queued(world: World) -> Target:
    return {"deployment_id": deployment(world)["id"]}


def awaiting(world: World) -> Target:
    found = deployment(world, "production")
    return {"deployment_id": found["id"], "content_hash": found["content_hash"]}


def running(world: World) -> Target:
    """Claimed by the pipeline, with one stage."""
    path = f"{API}/deployments/{(number := deployment(world)['id'])}"
    done(world.pipeline.post(f"{path}/claim", json={"agent": "pipeline"}))
    done(world.pipeline.patch(f"{path}/stages/1", json={"name": "upload", "state": "running"}))
    return {"deployment_id": number, "number": 1}


def failed(world: World) -> Target:
    return {"deployment_id": world.run(deployment(world), succeeds=False)["id"]}


def succeeded_twice(world: World) -> Target:
    service_id = service_of(world)["id"]
    ended = [world.deployed(world.published(service_id=service_id), "dev")[0] for _ in range(2)]
    return {"deployment_id": ended[1]["id"]}


def emergency(world: World) -> Target:
    """One that is over and was not reviewed."""
    release = world.published(service_id=service_of(world)["id"])
    opened = post(world, "/incidents", incident_body(world, {"service_id": release["service_id"]}))
    asked = {"incident_id": opened["id"], "is_emergency": True}
    found = world.requested(release, "dev", by=world.developer.client, **asked)
    return {"deployment_id": world.run(found)["id"]}


def user(world: World) -> Target:
    return {"user_id": world.account("viewer").user_id}


def key(world: World) -> Target:
    target = user(world)
    made_one = post(world, f"/users/{target['user_id']}/api-keys", {"name": "ci", "scopes": ["releases:read"]})
    return {**target, "key_id": made_one["id"]}


def named(path: str, name: str, **values: Any) -> Callable[[World], Target]:
    """A new object that has a name and these values."""
    return lambda world: {name: post(world, path, {"name": unique("new"), **values})["id"]}


team, group = named("/teams", "team_id"), named("/groups", "group_id")


def member(of: Callable[[World], Target], path: str) -> Callable[[World], Target]:
    def join(world: World) -> Target:
        target = {**of(world), **user(world)}
        done(world.admin.client.put(f"{API}{path.format(**target)}"))
        return target

    return join


def channel(world: World) -> Target:
    service_id = service_of(world)["id"]
    body = channel_body(world, {})
    return {"service_id": service_id, "channel_id": post(world, f"/services/{service_id}/channels", body)["id"]}


def lifecycle(world: World) -> Target:
    return {"lifecycle_id": world.new_lifecycle(["dev"])["id"]}


def imported(world: World) -> Target:
    service_id = service_of(world)["id"]
    queued_one = done(world.manager.client.post(f"{API}/services/{service_id}/import/git", json=GIT))
    return {"service_id": service_id, "job_id": queued_one["job_id"]}


def incident(world: World) -> Target:
    target = succeeded_twice(world)
    found = done(world.viewer.client.get(f"{API}/deployments/{target['deployment_id']}"))
    return {**target, "incident_id": post(world, "/incidents", incident_body(world, found))["id"]}


def defect(world: World) -> Target:
    target = published(world)
    return {"defect_id": post(world, f"/releases/{target['release_id']}/defects", {"title": "It leaks"})["id"]}


def gate(world: World) -> Target:
    target = published(world)
    done(world.manager.client.put(f"{API}/releases/{target['release_id']}/gates/scan", json={"status": "passed"}))
    return target


def freeze(world: World) -> Target:
    return {"freeze_id": post(world, "/freezes", freeze_body(world, {}))["id"]}


def freeze_in_force(world: World) -> Target:
    """One that holds a deployment back, and that the approvers may override."""
    asked = deployment(world)
    body = {
        "name": unique("freeze"), "reason": "Black Friday", "service_ids": [asked["service_id"]],
        "starts_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(), "override_group_id": world.group["id"],
        "ends_at": SOON.isoformat(),
    }  # fmt: skip
    return {"freeze_id": post(world, "/freezes", body)["id"], "deployment_id": asked["id"]}


def runbook(world: World) -> Target:
    return {"runbook_id": post(world, "/runbooks", runbook_body(world, {}))["id"]}


def runbook_run(world: World) -> Target:
    return {"run_id": post(world, f"/runbooks/{runbook(world)['runbook_id']}/runs", {})["id"], "number": 1}


def webhook(world: World) -> Target:
    """Of the developer, who has no others: there may be 20."""
    those: Any = world.developer.client.get(f"{API}/webhooks").json()
    for each in those:
        world.developer.client.delete(f"{API}/webhooks/{each['id']}")
    return {"webhook_id": made(world.developer.client.post(f"{API}/webhooks", json=HOOK))["id"]}


def session(world: World) -> Target:
    """Of the administrator."""
    done(world.nobody.post(f"{API}/auth/login", json={"email": world.admin.email, "password": PASSWORD}))
    those: Any = world.admin.client.get(f"{API}/auth/sessions").json()
    return {"session_id": next(each["id"] for each in those if not each["current"])}


def notification(world: World) -> Target:
    """The developer is told of an incident of the team's."""
    post(world, "/incidents", incident_body(world, {}))
    return {"notification_id": done(world.developer.client.get(f"{API}/notifications"))["notifications"][0]["id"]}


TARGETS: Mapping[str, Callable[[World], Target]] = {
    "/api/v1/auth/sessions/{session_id}": session,
    "/api/v1/users/{user_id}": user,
    "GET /api/v1/users/{user_id}/api-keys": key,
    "/api/v1/users/{user_id}/api-keys/{key_id}": key,
    "/api/v1/teams/{team_id}": team,
    "/api/v1/teams/{team_id}/members": member(team, "/teams/{team_id}/members/{user_id}"),
    "/api/v1/groups/{group_id}": group,
    "/api/v1/groups/{group_id}/members": member(group, "/groups/{group_id}/members/{user_id}"),
    "/api/v1/services/{service_id}": lambda world: {"service_id": service_of(world)["id"]},
    "GET /api/v1/services/{service_id}/channels": channel,
    "/api/v1/services/{service_id}/channels/{channel_id}": channel,
    "/api/v1/services/{service_id}/imports": imported,
    "/api/v1/jobs": imported,
    "/api/v1/environments/{environment_id}": named("/environments", "environment_id", type="dev", rank=50),
    "/api/v1/lifecycles/{lifecycle_id}": lifecycle,
    "/api/v1/releases/{release_id}": published,
    "PUT /api/v1/releases/{release_id}": lambda world: {"release_id": world.draft()["id"]},
    "DELETE /api/v1/releases/{release_id}": lambda world: {"release_id": world.draft()["id"]},
    "POST /api/v1/releases/{release_id}/candidate": lambda world: {"release_id": world.draft()["id"]},
    "POST /api/v1/releases/{release_id}/publish": lambda world: {"release_id": world.draft()["id"]},
    "PUT /api/v1/releases/{release_id}/gates/{name}": lambda world: {**published(world), "name": "scan"},
    "GET /api/v1/releases/{release_id}/gates": gate,
    "POST /api/v1/deployments": published,
    "/api/v1/deployments/{deployment_id}": queued,
    "POST /api/v1/deployments/{deployment_id}/approvals": awaiting,
    "POST /api/v1/deployments/{deployment_id}/retry": failed,
    "POST /api/v1/deployments/{deployment_id}/rollback": succeeded_twice,
    "POST /api/v1/deployments/{deployment_id}/review": emergency,
    "POST /api/v1/deployments/{deployment_id}/heartbeat": running,
    "POST /api/v1/deployments/{deployment_id}/succeed": running,
    "POST /api/v1/deployments/{deployment_id}/fail": running,
    "/api/v1/deployments/{deployment_id}/stages": running,
    "/api/v1/approval-rules/{rule_id}": lambda world: {"rule_id": world.rule("staging", is_active=False)["id"]},
    "/api/v1/incidents/{incident_id}": incident,
    "/api/v1/defects/{defect_id}": defect,
    "/api/v1/freezes/{freeze_id}": freeze,
    "POST /api/v1/freezes/{freeze_id}/override": freeze_in_force,
    "/api/v1/runbooks/{runbook_id}": runbook,
    "/api/v1/runbook-runs/{run_id}": runbook_run,
    "GET /api/v1/webhooks": webhook,
    "/api/v1/webhooks/{webhook_id}": webhook,
    "/api/v1/notifications/{notification_id}": notification,
}
"""By route, or else by the longest beginning of its path."""

GIT = {"url": "https://git.example.com/shop.git"}
HOOK = {"url": "https://example.com/hook"}


def target_of(world: World, method: str, path: str) -> Target:
    exact = TARGETS.get(f"{method} {path}")
    found = exact or TARGETS.get(max((each for each in TARGETS if path.startswith(each)), key=len, default=""))
    return found(world) if found else {}


def incident_body(world: World, of: Target) -> dict[str, Any]:
    service_id = of.get("service_id") or world.service["id"]
    return {"service_id": service_id, "environment_id": world.environments["dev"], "title": "It is down"}


def channel_body(world: World, _: Target) -> dict[str, Any]:
    return {"name": "all", "version_range": "*", "lifecycle_id": world.lifecycle["id"]}


def freeze_body(world: World, _: Target) -> dict[str, Any]:
    times = {"starts_at": SOON.isoformat(), "ends_at": (SOON + timedelta(days=1)).isoformat()}
    return {"name": unique("freeze"), "reason": "Nobody is there", **times}


def runbook_body(world: World, _: Target) -> dict[str, Any]:
    return {"title": unique("Runbook"), "service_id": world.service["id"], "steps": [{"title": "Look at it"}]}


def release_body(world: World, _: Target) -> dict[str, Any]:
    artifacts = [{"name": "image", "digest": DIGEST}]
    return {"service_id": service_of(world)["id"], "version": "1.0.0", "git_sha": SHA, "artifacts": artifacts}


def account_body(_: World, __: Target) -> dict[str, Any]:
    name = unique("new")
    return {"email": f"{name}@example.com", "username": name, "password": PASSWORD}


Body = Callable[[World, Target], Any]
NAMED: Body = lambda world, target: {"name": unique("new")}  # noqa: E731 - one of many alike
BODIES: Mapping[str, Body] = {
    "POST /auth/register": account_body,
    "POST /users": account_body,
    "PUT /users/{user_id}": lambda world, target: {"full_name": "Ada"},
    "POST /users/{user_id}/api-keys": lambda world, target: {"name": "ci", "scopes": ["releases:read"]},
    "POST /teams": NAMED,
    "PUT /teams/{team_id}": NAMED,
    "POST /groups": NAMED,
    "PUT /groups/{group_id}": NAMED,
    "POST /services": lambda world, target: {"name": unique("new"), "team_id": world.team["id"]},
    "PUT /services/{service_id}": NAMED,
    "POST /services/{service_id}/channels": channel_body,
    "PUT /services/{service_id}/channels/{channel_id}": NAMED,
    "POST /services/{service_id}/import/git": lambda world, target: GIT,
    "POST /services/{service_id}/next-version": lambda world, target: {
        "commits": [{"sha": SHA, "message": "feat: all of it"}]
    },
    "POST /environments": lambda world, target: {"name": unique("new"), "type": "dev", "rank": 50},
    "PUT /environments/{environment_id}": NAMED,
    "POST /lifecycles": lambda world, target: {
        "name": unique("new"), "phases": [{"name": "one", "environment_ids": [world.environments["dev"]]}]
    },
    "PUT /lifecycles/{lifecycle_id}": NAMED,
    "POST /releases": release_body,
    "PUT /releases/{release_id}": lambda world, target: {"notes": "Better"},
    "POST /releases/{release_id}/defects": lambda world, target: {"title": "It leaks"},
    "PUT /releases/{release_id}/gates/{name}": lambda world, target: {"status": "passed"},
    "POST /deployments": lambda world, target: {
        "release_id": target["release_id"], "environment_id": world.environments["dev"]
    },
    "POST /deployments/{deployment_id}/approvals": lambda world, target: {
        "decision": "approved", "content_hash": target["content_hash"]
    },
    "POST /deployments/{deployment_id}/rollback": lambda world, target: {"reason": "It is slow"},
    "POST /deployments/{deployment_id}/review": lambda world, target: {"review": "It was right"},
    "POST /deployments/{deployment_id}/claim": lambda world, target: {"agent": "somebody"},
    "POST /deployments/{deployment_id}/fail": lambda world, target: {"cause": "The disk is full"},
    "PATCH /deployments/{deployment_id}/stages/{number}": lambda world, target: {"state": "succeeded"},
    "POST /approval-rules": lambda world, target: {
        "name": unique("rule"), "environment_id": world.environments["staging"], "group_id": world.group["id"],
        "is_active": False,
    },
    "PUT /approval-rules/{rule_id}": NAMED,
    "POST /incidents": incident_body,
    "PUT /incidents/{incident_id}": lambda world, target: {"title": "It is slow"},
    "POST /incidents/{incident_id}/attribute": lambda world, target: {
        "deployment_id": target["deployment_id"], "reason": "It began with it"
    },
    "POST /freezes": freeze_body,
    "PUT /freezes/{freeze_id}": NAMED,
    "POST /freezes/{freeze_id}/override": lambda world, target: {
        "deployment_id": target["deployment_id"], "reason": "It mends the leak"
    },
    "POST /runbooks": runbook_body,
    "PUT /runbooks/{runbook_id}": lambda world, target: {"title": "Another title"},
    "PATCH /runbook-runs/{run_id}/steps/{number}": lambda world, target: {"state": "done"},
    "PUT /notifications/preferences": lambda world, target: {"email": True},
    "POST /webhooks": lambda world, target: HOOK,
}  # fmt: skip
QUERIES: Mapping[str, dict[str, Any]] = {
    "/api/v1/metrics/dora/rows": {"metric": "deployment_frequency"},
    "/api/v1/search": {"q": "leak"},
}


def call(
    world: World, caller: httpx.Client, method: str, path: str, *, target: Target, tokens: Mapping[str, Any]
) -> httpx.Response:
    """Call a route on its target. `tokens` are the caller's own, or those of somebody whose session may end."""
    route = f"{method} {path.removeprefix(API)}"
    bodies: dict[str, Any] = {
        "POST /auth/login": {"email": world.viewer.email, "password": PASSWORD},
        "POST /auth/refresh": {"refresh_token": tokens["refresh_token"]},
        "POST /auth/logout": {"refresh_token": tokens["refresh_token"]},
    }
    body = bodies.get(route) or (BODIES[route](world, target) if route in BODIES else {} if method == "POST" else None)
    does_not_end = path == f"{API}/events"
    return caller.request(
        "HEAD" if does_not_end else method, path.format(**target), params=QUERIES.get(path), json=body
    )  # fmt: skip
