"""The rights that the contract names, line by line: the permissions, and the answers of every route, agree with them.

Over HTTP the answers are tried by `test_releases_authorization.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import pytest

from portico.apps.releases.permissions import (
    ADMIN,
    APPROVER,
    DEVELOPER,
    MANAGER,
    PIPELINE,
    SCOPES,
    VIEWER,
    Access,
    Action,
)
from portico.identity.public import Caller
from tests.contract.authorization import Table

API = "/api/v1"
TEAM, ANOTHER = 1, 2
CALLERS = ("nobody", "viewer", "own", "other", "manager", "approver", "admin", "key")
TABLE = Table("releases", modes=("everywhere",), callers=CALLERS)
ANSWERS = {
    f"{method} {path.removeprefix(API)}": dict(zip(CALLERS, answers, strict=True))
    for method, path, answers in TABLE.rows()
}


@dataclass(frozen=True)
class Right:
    """A line: for viewer, developer, release manager, approver, administrator and pipeline key, in this order.

    `y` may, `own` may with the own team's services, `group` may who is in the group, `scope` may the key of the scope.
    Of the callers in the table of answers, only the approver is in a group.
    """

    what: str
    rights: str
    actions: Sequence[Action]
    routes: Sequence[str]

    def allows(self, caller: str) -> bool:
        viewer, developer, manager, approver, admin, key = self.rights.split()
        return {
            "nobody": False,
            "viewer": viewer == "y",
            "own": developer in ("y", "own"),
            "other": developer == "y",
            "manager": manager == "y",
            "approver": approver in ("y", "group"),
            "admin": admin == "y",
            "key": key in ("y", "own", "scope"),
        }[caller]


CONTRACT = (
    Right("create draft, edit draft", "- own y - y own", [Action.EDIT_DRAFT], [
        "POST /releases", "PUT /releases/{release_id}", "DELETE /releases/{release_id}",
        "POST /releases/{release_id}/candidate",
    ]),
    Right("publish, withdraw, archive", "- - y - y -", [Action.PUBLISH], [
        "POST /releases/{release_id}/publish", "POST /releases/{release_id}/withdraw",
        "POST /releases/{release_id}/archive",
    ]),
    Right("request deployment", "- own y - y own", [Action.REQUEST], [
        "POST /deployments", "POST /deployments/{deployment_id}/cancel", "POST /deployments/{deployment_id}/retry",
        "POST /deployments/{deployment_id}/rollback",
    ]),
    Right("approve or reject", "- - group group group -", [], ["POST /deployments/{deployment_id}/approvals"]),
    Right("claim and run a deployment", "- - - - - scope", [Action.RUN], [
        "POST /deployments/{deployment_id}/claim", "POST /deployments/{deployment_id}/heartbeat",
        "POST /deployments/{deployment_id}/succeed", "POST /deployments/{deployment_id}/fail",
        "PATCH /deployments/{deployment_id}/stages/{number}",
    ]),
    Right("report defect, open incident", "- y y y y y", [Action.REPORT], [
        "POST /releases/{release_id}/defects", "POST /incidents",
    ]),
    Right("resolve defect, attribute and resolve incident", "- own y - y -", [Action.RESOLVE], [
        "POST /defects/{defect_id}/resolve", "PUT /incidents/{incident_id}",
        "POST /incidents/{incident_id}/attribute", "POST /incidents/{incident_id}/resolve",
    ]),
    Right("freeze: create, end", "- - y - y -", [Action.FREEZE], [
        "POST /freezes", "PUT /freezes/{freeze_id}", "DELETE /freezes/{freeze_id}", "POST /freezes/{freeze_id}/end",
    ]),
    Right("freeze: override", "- - group group y -", [], ["POST /freezes/{freeze_id}/override"]),
    Right("rules, lifecycles, environments, users, keys", "- - - - y -",
          [Action.CONFIGURE, Action.READ_USERS, Action.WRITE_USERS], [
        "POST /approval-rules", "PUT /approval-rules/{rule_id}", "DELETE /approval-rules/{rule_id}",
        "POST /lifecycles", "PUT /lifecycles/{lifecycle_id}", "DELETE /lifecycles/{lifecycle_id}",
        "POST /environments", "PUT /environments/{environment_id}", "DELETE /environments/{environment_id}",
        "POST /teams", "PUT /teams/{team_id}", "DELETE /teams/{team_id}",
        "PUT /teams/{team_id}/members/{user_id}", "DELETE /teams/{team_id}/members/{user_id}",
        "POST /groups", "PUT /groups/{group_id}", "DELETE /groups/{group_id}",
        "PUT /groups/{group_id}/members/{user_id}", "DELETE /groups/{group_id}/members/{user_id}",
        "POST /users", "GET /users/{user_id}", "PUT /users/{user_id}", "DELETE /users/{user_id}",
        "GET /users/{user_id}/api-keys", "POST /users/{user_id}/api-keys", "DELETE /users/{user_id}/api-keys/{key_id}",
    ]),
    Right("audit log, its export and verification", "- - y - y -", [Action.READ_LOG], [
        "GET /log", "GET /log/head", "GET /log/verify", "GET /audit-logs", "GET /audit-logs.csv",
        "GET /hooks/deliveries",
    ]),
)  # fmt: skip
BEYOND = (
    Right("services, channels, imports", "- - y - y -", [Action.MANAGE_SERVICES], [
        "POST /services", "PUT /services/{service_id}", "DELETE /services/{service_id}",
        "POST /services/{service_id}/channels", "PUT /services/{service_id}/channels/{channel_id}",
        "DELETE /services/{service_id}/channels/{channel_id}", "POST /services/{service_id}/import/git",
    ]),
    Right("review an emergency", "- - y - y -", [Action.REVIEW], ["POST /deployments/{deployment_id}/review"]),
    Right("report a gate", "- - y - y own", [Action.REPORT_GATE], ["PUT /releases/{release_id}/gates/{name}"]),
    Right("write runbooks", "- own y - y -", [Action.WRITE_RUNBOOKS], [
        "POST /runbooks", "PUT /runbooks/{runbook_id}", "DELETE /runbooks/{runbook_id}",
    ]),
    Right("follow a runbook", "- y y y y y", [Action.REPORT], [
        "POST /runbooks/{runbook_id}/runs", "PATCH /runbook-runs/{run_id}/steps/{number}",
        "POST /runbook-runs/{run_id}/end",
    ]),
)  # fmt: skip
LINES = CONTRACT + BEYOND

PERSONAL = (
    "POST /auth/", "GET /auth/", "DELETE /auth/", "GET /notifications", "PUT /notifications", "POST /notifications",
    "GET /jobs/", "POST /jobs/", "GET /webhooks", "POST /webhooks", "DELETE /webhooks", "GET /events", "POST /events",
)  # fmt: skip
"""What belongs to one account and is nobody's else."""
SIGNED = ("POST /hooks/github", "POST /hooks/gitlab", "POST /hooks/cdevents")
"""Who sends these signs them."""
READS = ("POST /services/{service_id}/next-version",)
"""What writes nothing, though it is a POST."""


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.what)
def test_the_routes_answer_as_the_line_says(line: Right) -> None:
    for route in line.routes:
        for caller, answer in ANSWERS[route].items():
            expected = ("2",) if line.allows(caller) else ("401",) if caller == "nobody" else ("403", "404")
            assert answer.startswith(expected), f"{caller} {route}"


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.what)
def test_the_permissions_are_what_the_line_says(line: Right) -> None:
    for action in line.actions:
        for name, access in ACCESS.items():
            assert access.may_for(action, TEAM) == line.allows(name), f"{name} {action}"


def test_whoever_has_signed_in_reads_everything_else() -> None:
    named = {route for line in LINES for route in line.routes}
    reads = [*READS, *(route for route in ANSWERS if route.startswith("GET /") and "/pages/" not in route)]
    for route in reads:
        if route not in named and not route.startswith(PERSONAL):
            answers = dict(ANSWERS[route])
            assert answers.pop("nobody") == "401", route
            assert {answer[:1] for answer in answers.values()} == {"2"}, route


def test_every_route_that_changes_something_is_in_a_line() -> None:
    named = {route for line in LINES for route in line.routes} | {*SIGNED, *READS}
    changing = {route for route in ANSWERS if not route.startswith("GET ") and "/pages/" not in route}
    assert {route for route in changing - named if not route.startswith(PERSONAL)} == set()


def test_every_action_is_in_a_line() -> None:
    named = {action for line in LINES for action in line.actions}
    assert set(Action) - named == {Action.READ, Action.APPROVE, Action.OVERRIDE}


@pytest.mark.parametrize("action", list(Action))
def test_a_key_may_nothing_that_its_scopes_do_not_name(action: Action) -> None:
    for scope in SCOPES:
        if scope != action:
            assert not _access("pipeline", TEAM, scopes={scope}).may_for(action, TEAM)
            assert not _access("admin", TEAM, scopes={scope}).may_for(action, TEAM)


def _access(role: str, team: int, *, scopes: set[str] | None = None) -> Access:
    roles = {role, f"team:{team}", *(["group:1", APPROVER] if role == APPROVER else [])}
    return Access(Caller(1, uuid4(), frozenset(roles), None if scopes is None else frozenset(scopes)))


ACCESS = {
    "viewer": _access(VIEWER, TEAM),
    "own": _access(DEVELOPER, TEAM),
    "other": _access(DEVELOPER, ANOTHER),
    "manager": _access(MANAGER, ANOTHER),
    "approver": _access(APPROVER, TEAM),
    "admin": _access(ADMIN, ANOTHER),
    "key": _access(PIPELINE, TEAM, scopes=set(SCOPES)),
}
