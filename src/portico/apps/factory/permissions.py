"""Who may do what within a company. The authorization tests are made from this table.

Who runs the installation, a SystemAdmin, does so in the company that the request names.
"""

from enum import StrEnum

from portico.identity.public import KEY_ALONE, Allowed, Caller, Permissions
from portico.kernel.errors import Forbidden

OPERATOR, MANAGER, COMPANY_ADMIN, SYSTEM_ADMIN, INTEGRATION = (
    "Operator", "ProjectManager", "CompanyAdmin", "SystemAdmin", "Integration",
)  # fmt: skip
RANKS = {INTEGRATION: 0, OPERATOR: 1, MANAGER: 2, COMPANY_ADMIN: 3, SYSTEM_ADMIN: 4}
"""One manages accounts of strictly lower rank."""

MANAGERS = frozenset({MANAGER, COMPANY_ADMIN, SYSTEM_ADMIN})
ADMINS = frozenset({COMPANY_ADMIN, SYSTEM_ADMIN})
PEOPLE = frozenset({OPERATOR, *MANAGERS})


class Action(StrEnum):
    """The names are the scopes of API keys."""

    WORK = "floor:work"  # queue, scan, start, pause, end, report; operators at their own workstation
    READ = "sync:read"  # projects, pieces, stock, genealogy
    SYNC = "sync:write"
    PLAN = "orders:write"  # projects, work orders, cut plans, shipments
    RECEIVE = "lots:write"  # receive, release, move, adjust, split, merge, reverse
    BLOCK = "lots:block"  # block, unblock, reject, recall
    SUPERVISE = "floor:supervise"  # report more than there was, reopen what is completed
    INSPECT = "quality:record"
    DISPOSE = "quality:dispose"
    DELETE = "things:delete"  # softly, and restore
    CONFIGURE = "company:write"  # users of lower roles, workstations, API keys, routings, reasons, shifts
    COMPANIES = "companies:write"


SCOPES = (Action.READ, Action.SYNC)
"""What an API key may be for."""

ALLOWED: Allowed = {
    Action.WORK: PEOPLE,
    Action.READ: frozenset({*PEOPLE, INTEGRATION}),
    Action.SYNC: KEY_ALONE,
    Action.PLAN: MANAGERS,
    Action.RECEIVE: MANAGERS,
    Action.BLOCK: MANAGERS,
    Action.SUPERVISE: MANAGERS,
    Action.INSPECT: PEOPLE,
    Action.DISPOSE: MANAGERS,
    Action.DELETE: ADMINS,
    Action.CONFIGURE: ADMINS,
    Action.COMPANIES: SYSTEM_ADMIN,
}


class Access(Permissions):
    """What this caller may do, in which company, and, for an operator, at which workstation."""

    def __init__(self, caller: Caller, *, address: str, company_id: str, workstation_id: int | None = None) -> None:
        super().__init__(ALLOWED, caller, address)
        self.roles = caller.roles
        self.user_id = caller.user_id
        self.user_name = caller.name
        self.address = address
        self.company_id = company_id
        self.workstation_id = workstation_id
        """Where the session is at home; None: it is at home nowhere."""

    @property
    def is_operator(self) -> bool:
        return OPERATOR in self.roles

    def require_at(self, workstation_id: int) -> None:
        """Raise `Forbidden` where the caller may not work there: operators work at their own station alone."""
        self.require(Action.WORK)
        if self.is_operator and self.workstation_id != workstation_id:
            raise Forbidden("Sign in at this workstation to work there.")

    def outranks(self, role: str) -> bool:
        """Whether the caller manages accounts with this role."""
        return max((RANKS[own] for own in self.roles), default=-1) > RANKS[role]
