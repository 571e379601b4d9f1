"""What the forms of the release manager's pages hold, for the authorization table."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from tests.apps.releases.world import World
from tests.contract import releases_targets as targets
from tests.contract.browsing import Visitor
from tests.contract.shop import PASSWORD, unique

Target = targets.Target

TARGETS: Mapping[str, Callable[[World], Target]] = {
    "/pages/releases/{release_id}": targets.published,
    "POST /pages/releases/{release_id}/candidate": lambda world: {"release_id": world.draft()["id"]},
    "POST /pages/releases/{release_id}/publish": lambda world: {"release_id": world.draft()["id"]},
    "/pages/deployments/{deployment_id}": targets.queued,
    "POST /pages/deployments/{deployment_id}/retry": targets.failed,
    "POST /pages/deployments/{deployment_id}/rollback": targets.succeeded_twice,
    "POST /pages/deployments/{deployment_id}/review": targets.emergency,
    "POST /pages/deployments/{deployment_id}/override": targets.freeze_in_force,
    "/pages/approvals/{deployment_id}": targets.awaiting,
    "/pages/incidents/{incident_id}": targets.incident,
    "/pages/freezes/{freeze_id}": targets.freeze,
}
"""By route, or else by the longest beginning of its path."""


def target_of(world: World, method: str, path: str) -> Target:
    exact = TARGETS.get(f"{method} {path}")
    found = exact or TARGETS.get(max((each for each in TARGETS if path.startswith(each)), key=len, default=""))
    return found(world) if found else {}


Fields = Callable[[World, Target], dict[str, str]]
FORMS: Mapping[str, Fields] = {
    "/pages/sign-in": lambda world, target: {"name": world.viewer.email, "password": PASSWORD},
    "/pages/releases/{release_id}/deploy": lambda world, target: {"environment_id": str(world.environments["dev"])},
    "/pages/deployments/{deployment_id}/rollback": lambda world, target: {"reason": "It is slow"},
    "/pages/deployments/{deployment_id}/review": lambda world, target: {"review": "It was right"},
    "/pages/deployments/{deployment_id}/override": lambda world, target: {
        "reason": "It mends the leak", "freeze_id": str(target["freeze_id"])
    },
    "/pages/approvals/{deployment_id}": lambda world, target: {
        "decision": "approved", "content_hash": target["content_hash"]
    },
    "/pages/incidents/new": lambda world, target: {
        "service_id": str(world.service["id"]), "environment_id": str(world.environments["dev"]), "title": "It is down"
    },
    "/pages/incidents/{incident_id}/attribute": lambda world, target: {
        "deployment_id": str(target["deployment_id"]), "reason": "It began with it"
    },
    "/pages/freezes/new": lambda world, target: {
        "name": unique("freeze"), "reason": "Nobody is there", "starts_at": "2030-01-01T00:00",
        "ends_at": "2030-01-02T00:00", "time_zone": "UTC",
    },
}  # fmt: skip
QUERIES: Mapping[str, str] = {"/pages/dora/rows": "?metric=deployment_frequency"}


def visit(world: World, visitor: Visitor, method: str, path: str, target: Target) -> httpx.Response:
    """Open a page, or send the form on it."""
    address = path.format(**target) + QUERIES.get(path, "")
    if method == "GET":
        return visitor.open(address)
    fields: dict[str, Any] = FORMS[path](world, target) if path in FORMS else {}
    return visitor.send(address, **fields)
