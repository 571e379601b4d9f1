"""Who may do what: in the firm, and in an engagement. The authorization tests are made from these tables.

What a role of the firm allows holds everywhere; what a role in an engagement allows holds in this one. Whoever has no
role in an engagement does not see that it is there, administrators included.
"""

from enum import StrEnum

from portico.identity.public import SIGNED_IN, Allowed, Caller, Permissions

ADMIN, ENGAGEMENT_LEAD, STAFF = "admin", "engagement_lead", "staff"
"""Roles of the firm. Who signs up is of the staff, and may nothing until an engagement has a role for them."""
FIRM_ROLES = (ADMIN, ENGAGEMENT_LEAD, STAFF)

LEAD, AUDITOR, REVIEWER, AUDITEE = "lead", "auditor", "reviewer", "auditee"
ROLES = (LEAD, AUDITOR, REVIEWER, AUDITEE)
TEAM = frozenset({LEAD, AUDITOR, REVIEWER})


class Action(StrEnum):
    # In the firm.
    ACCOUNT = "account:own"
    READ_CLIENTS = "clients:read"
    CONFIGURE = "firm:write"  # clients, users, frameworks; create an engagement
    MANAGE_ADMINISTRATORS = "administrators:write"
    READ_LOG = "log:read"  # of the whole firm
    # In an engagement.
    SEE = "engagement:read"
    WORK = "engagement:work"  # procedures, imports, tests, samples, workpapers: make and edit
    REVIEW = "workpapers:review"
    FILE_EVIDENCE = "evidence:file"  # an auditee only for own requests
    TAKE_EVIDENCE = "evidence:accept"  # accept or return it
    FIND = "findings:write"  # draft, validate, retest and close
    ANSWER = "requests:answer"  # own requests, and findings that were sent to them
    OWN = "findings:own"  # agree, dispute, plan, remediate
    LEAD = "engagement:lead"  # move the engagement on; members and roles
    READ_OWN_LOG = "engagement:log"


FIRM_ALLOWED: Allowed = {
    Action.ACCOUNT: SIGNED_IN,
    Action.READ_CLIENTS: frozenset({ADMIN, ENGAGEMENT_LEAD}),
    Action.CONFIGURE: frozenset({ADMIN, ENGAGEMENT_LEAD}),
    Action.MANAGE_ADMINISTRATORS: ADMIN,
    Action.READ_LOG: ADMIN,
}

ENGAGEMENT_ALLOWED: dict[Action, frozenset[str]] = {
    Action.SEE: TEAM,
    Action.WORK: TEAM,
    Action.REVIEW: frozenset({REVIEWER, LEAD}),
    Action.FILE_EVIDENCE: TEAM | {AUDITEE},
    Action.TAKE_EVIDENCE: TEAM,
    Action.FIND: TEAM,
    Action.ANSWER: frozenset({AUDITEE}),
    Action.OWN: frozenset({AUDITEE}),
    Action.LEAD: frozenset({LEAD}),
    Action.READ_OWN_LOG: TEAM,
}


class Access(Permissions):
    """What this caller may do in the firm."""

    def __init__(self, caller: Caller, address: str = "") -> None:
        super().__init__(FIRM_ALLOWED, caller, address)
        self.user_id = caller.user_id
        self.user_name = caller.name
