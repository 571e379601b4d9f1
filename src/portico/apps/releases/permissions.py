"""Who may do what. The authorization tests are made from these tables.

Beside the one role of its account, a caller has the role `approver` where an approver group has it as a member. What
stands in OWN is allowed for the services of the caller's teams alone.
"""

from enum import StrEnum

from portico.identity.public import KEY_ALONE, SIGNED_IN, Allowed, Caller, Permissions
from portico.kernel.errors import Forbidden

VIEWER, DEVELOPER, MANAGER, ADMIN, PIPELINE = ROLES = ("viewer", "developer", "release_manager", "admin", "pipeline")
APPROVER = "approver"
ALL = frozenset({*ROLES, APPROVER})


class Action(StrEnum):
    """The names are the scopes of API keys."""

    READ = "releases:read"
    EDIT_DRAFT = "releases:write"  # create and edit drafts, and make them candidates
    PUBLISH = "releases:publish"  # and withdraw, and archive
    REQUEST = "deployments:request"  # and cancel, retry, roll back
    APPROVE = "deployments:approve"  # in the rule's group, never one's own request
    REVIEW = "deployments:review"  # an emergency, afterwards
    RUN = "deploy:run"  # claim, report, end
    REPORT_GATE = "gates:write"
    REPORT = "reports:write"  # a defect, an incident
    RESOLVE = "reports:resolve"  # and attribute
    WRITE_RUNBOOKS = "runbooks:write"
    FREEZE = "freezes:write"
    OVERRIDE = "freezes:override"  # in the freeze's group; administrators always
    MANAGE_SERVICES = "services:write"  # services and channels, and their import
    CONFIGURE = "configuration:write"  # rules, lifecycles, environments, teams, groups
    READ_USERS = "users:read"
    WRITE_USERS = "users:write"  # and their API keys
    READ_LOG = "log:read"


SCOPES = (
    Action.READ, Action.EDIT_DRAFT, Action.REQUEST, Action.RUN, Action.REPORT_GATE, Action.REPORT,
)  # fmt: skip
"""What an API key may be for: a pipeline's work, and nothing that people answer for."""

ALLOWED: Allowed = {
    Action.READ: ALL,
    Action.EDIT_DRAFT: frozenset({MANAGER, ADMIN}),
    Action.PUBLISH: frozenset({MANAGER, ADMIN}),
    Action.REQUEST: frozenset({MANAGER, ADMIN}),
    Action.APPROVE: SIGNED_IN,
    Action.REVIEW: frozenset({MANAGER, ADMIN}),
    Action.RUN: KEY_ALONE,
    Action.REPORT_GATE: frozenset({MANAGER, ADMIN}),
    Action.REPORT: ALL - {VIEWER},
    Action.RESOLVE: frozenset({MANAGER, ADMIN}),
    Action.WRITE_RUNBOOKS: frozenset({MANAGER, ADMIN}),
    Action.FREEZE: frozenset({MANAGER, ADMIN}),
    Action.OVERRIDE: ADMIN,
    Action.MANAGE_SERVICES: frozenset({MANAGER, ADMIN}),
    Action.CONFIGURE: ADMIN,
    Action.READ_USERS: ADMIN,
    Action.WRITE_USERS: ADMIN,
    Action.READ_LOG: frozenset({MANAGER, ADMIN}),
}
OWN: Allowed = {
    Action.EDIT_DRAFT: frozenset({DEVELOPER, PIPELINE}),
    Action.REQUEST: frozenset({DEVELOPER, PIPELINE}),
    Action.REPORT_GATE: PIPELINE,
    Action.RESOLVE: DEVELOPER,
    Action.WRITE_RUNBOOKS: DEVELOPER,
}


class Access(Permissions):
    """What this caller may do."""

    def __init__(self, caller: Caller, address: str = "") -> None:
        super().__init__(ALLOWED, caller, address)
        self._own = Permissions({**dict.fromkeys(Action, frozenset()), **OWN}, caller)
        self.user_id = caller.user_id
        self.teams = _numbers(caller, "team:")
        self.groups = _numbers(caller, "group:")

    @property
    def is_person(self) -> bool:
        """Whether somebody has signed in, rather than sent an API key."""
        return self.caller is not None and self.caller.scopes is None

    @property
    def people(self) -> int | None:
        """Whose account the caller may see: None for everyone's, else one user's."""
        return None if self.may(Action.READ_USERS) else self.user_id

    def may_for(self, action: Action, team_id: int) -> bool:
        """Whether the caller may do this with the services of a team."""
        return self.may(action) or (team_id in self.teams and self._own.may(action))

    def require_for(self, action: Action, team_id: int) -> None:
        """Raise `Forbidden` where the caller may not do this with the services of a team."""
        if not self.may_for(action, team_id):
            raise Forbidden


def _numbers(caller: Caller, prefix: str) -> frozenset[int]:
    return frozenset(int(role.removeprefix(prefix)) for role in caller.roles if role.startswith(prefix))
