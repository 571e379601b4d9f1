"""The rights table of the contract, line by line: the permissions, and the answers of every route, agree with it.

Over HTTP the answers are tried by `test_audit_authorization.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from portico.apps.audit.permissions import (
    ADMIN,
    AUDITEE,
    AUDITOR,
    ENGAGEMENT_ALLOWED,
    ENGAGEMENT_LEAD,
    FIRM_ALLOWED,
    FIRM_ROLES,
    LEAD,
    REVIEWER,
    ROLES,
    STAFF,
    Access,
    Action,
)
from portico.identity.public import Caller
from tests.contract.authorization import Table

API = "/api/v1"
CALLERS = ("nobody", "stranger", "auditee", "auditor", "reviewer", "lead", "admin")
TABLE = Table("audit", modes=("everywhere",), callers=CALLERS)
ANSWERS = {
    f"{method} {path.removeprefix(API)}": dict(zip(CALLERS, answers, strict=True))
    for method, path, answers in TABLE.rows()
}


@dataclass(frozen=True)
class Right:
    """A line, for auditee, auditor, reviewer, lead and admin. A route ends with `*` for all that begins so.

    Where it `is_of_firm`, the lead of another engagement may as well: these are roles of the firm.
    """

    what: str
    rights: str
    actions: Sequence[Action]
    routes: Sequence[str]
    is_of_firm: bool = False

    def allows(self, caller: str) -> bool:
        auditee, auditor, reviewer, lead, admin = (each == "y" for each in self.rights.split())
        return {
            "nobody": False,
            "stranger": self.is_of_firm and lead,
            "auditee": auditee,
            "auditor": auditor,
            "reviewer": reviewer,
            "lead": lead,
            "admin": admin,
        }[caller]

    def covers(self, route: str) -> bool:
        return any(route.startswith(each[:-1]) if each.endswith("*") else route == each for each in self.routes)


CONTRACT = (
    Right("see own requests and findings sent to them; answer, upload", "y - - - -", [Action.ANSWER], [
        "POST /requests/{request_id}/submit",
    ]),
    Right("procedures, imports, tests, samples, workpapers: make and edit", "- y y y -", [Action.WORK], [
        "POST /engagements/{engagement_id}/procedures", "PATCH /procedures/*", "DELETE /procedures/*",
        "POST /engagements/{engagement_id}/requests", "PATCH /requests/*", "POST /requests/{request_id}/send",
        "POST /documents*", "POST /ledgers*", "PATCH /exceptions/*", "POST /exceptions/*", "POST /reconciliations*",
        "POST /engagements/{engagement_id}/populations", "POST /populations*", "PATCH /populations/*",
        "DELETE /populations/*", "POST /engagements/{engagement_id}/samples", "POST /samples*", "PATCH /samples/*",
        "PUT /samples/*", "DELETE /samples/*", "POST /engagements/{engagement_id}/workpapers", "PATCH /workpapers/*",
        "PUT /workpapers/*", "DELETE /workpapers/*", "POST /workpapers/{workpaper_id}/prepare",
        "POST /workpapers/{workpaper_id}/lock", "POST /engagements/{engagement_id}/assessments",
        "POST /engagements/{engagement_id}/frameworks", "DELETE /engagements/{engagement_id}/frameworks/*",
        "POST /engagements/{engagement_id}/additions",
    ]),
    Right("review a workpaper (never one's own)", "- - y y -", [Action.REVIEW], [
        "POST /workpapers/{workpaper_id}/review", "POST /workpapers/{workpaper_id}/return",
        "POST /workpapers/{workpaper_id}/approve",
    ]),
    Right("accept or return evidence", "- y y y -", [Action.TAKE_EVIDENCE], [
        "POST /requests/{request_id}/accept", "POST /requests/{request_id}/return",
        "POST /evidence-versions/{version_id}/seal",
    ]),
    Right("findings: draft, validate, retest and close (never by who fixed it)", "- y y y -", [Action.FIND], [
        "POST /engagements/{engagement_id}/findings", "PATCH /findings/*", "PUT /findings/*", "DELETE /findings/*",
        "POST /findings/{finding_id}/validate", "POST /findings/{finding_id}/revise",
        "POST /findings/{finding_id}/close", "POST /findings/{finding_id}/reopen",
        "POST /findings/{finding_id}/withdraw",
    ]),
    Right("agree, dispute, plan, remediate", "y - - - -", [Action.OWN], [
        "POST /findings/{finding_id}/agree", "POST /findings/{finding_id}/dispute", "POST /findings/{finding_id}/plan",
        "POST /findings/{finding_id}/remediate", "POST /findings/{finding_id}/ready",
    ]),
    Right("accept a risk: who is named in the engagement, and here nobody is", "- - - - -", [], [
        "POST /findings/{finding_id}/accept-risk",
    ]),
    Right("move the engagement on; members and roles", "- - - y -", [Action.LEAD], [
        "PATCH /engagements/{engagement_id}", "PUT /engagements/{engagement_id}/members/*",
        "DELETE /engagements/{engagement_id}/members/*",
        *(f"POST /engagements/{{engagement_id}}/{move}" for move in (
            "start", "submit-review", "resume-fieldwork", "draft-report", "issue", "follow-up", "close", "archive",
        )),
    ]),
    Right("clients, users, frameworks; create an engagement", "- - - y y", [Action.CONFIGURE, Action.READ_CLIENTS], [
        "GET /clients*", "POST /clients", "PATCH /clients/*", "DELETE /clients/*", "GET /users*", "POST /users",
        "PATCH /users/*", "DELETE /users/*", "POST /frameworks*", "DELETE /frameworks/*", "POST /engagements",
    ], is_of_firm=True),
    Right("log, verification, head", "- y y y y", [], ["GET /log*"], is_of_firm=True),
    Right("log of the whole firm", "- - - - y", [Action.READ_LOG, Action.MANAGE_ADMINISTRATORS], []),
)  # fmt: skip
SEE = Right("see the engagement", "- y y y -", [Action.SEE, Action.READ_OWN_LOG], ["GET /*"])
BOTH = (
    "GET /requests", "GET /findings", "GET /requests/*", "GET /findings/*", "GET /evidence", "GET /evidence/*",
    "GET /evidence-versions/{version_id}", "GET /evidence-versions/{version_id}/content",
    "GET /evidence-versions/{version_id}/verify", "POST /evidence", "GET /search",
)  # fmt: skip
"""What the team sees, and an auditee as far as it is theirs: see `test_audit_outsiders.py` and the tests of each."""
OWN_LISTS = (
    "GET /engagements", "GET /reviews", "GET /requests", "GET /findings", "GET /search", "GET /events",
    "POST /events/ticket",
)  # fmt: skip
"""Whoever has signed in is shown their own, which may be nothing."""
FRAMEWORKS = ("GET /frameworks*", "GET /requirements*")
"""Published catalogs are read by the staff."""
CALCULATES = ("POST /samples/plan",)
"""What is computed from the body alone, for whoever has signed in."""
OWN_ACCOUNT = ("/auth/", "/jobs/", "/pages/sign")
PAGES = "/pages/"


def line_of(route: str) -> Right:
    """The first line that names the route, and for what only reads else the one of seeing."""
    exact = [line for line in CONTRACT if route in line.routes]
    return (exact or [line for line in CONTRACT if line.covers(route)] or [SEE])[0]


def is_own(route: str) -> bool:
    path = route.partition(" ")[2]
    return path.startswith(OWN_ACCOUNT) or route in (*OWN_LISTS, *CALCULATES)


def is_among(route: str, patterns: Sequence[str]) -> bool:
    return Right("", "- - - - -", [], patterns).covers(route)


CHECKED = [
    route for route in ANSWERS if not is_own(route) and PAGES not in route and not is_among(route, FRAMEWORKS)
]  # fmt: skip


@pytest.mark.parametrize("route", CHECKED)
def test_a_route_answers_as_its_line_says(route: str) -> None:
    line = line_of(route)
    for caller, answer in ANSWERS[route].items():
        is_allowed = line.allows(caller) or (caller == "auditee" and is_among(route, BOTH))
        expected = ("2",) if is_allowed else ("401",) if caller == "nobody" else ("403", "404")
        assert answer.startswith(expected), f"{caller} {route}: {answer}, {line.what}"


def test_outside_an_engagement_nothing_of_it_is_there() -> None:
    """Who is no member is told that there is nothing, not that it is forbidden."""
    of_firm = [line for line in CONTRACT if line.is_of_firm or "log" in line.what]
    for route in CHECKED:
        if not any(line.covers(route) for line in of_firm):
            for caller in ("stranger", "admin"):
                assert ANSWERS[route][caller] == "404", f"{caller} {route}"


def test_every_route_that_changes_something_is_in_a_line() -> None:
    changing = [route for route in CHECKED if not route.startswith("GET ") and route not in BOTH]
    assert [route for route in changing if line_of(route) is SEE] == []


def test_every_line_names_routes_that_there_are() -> None:
    for line in CONTRACT:
        assert not line.routes or any(line.covers(route) for route in ANSWERS), line.what


@pytest.mark.parametrize("line", [*CONTRACT, SEE], ids=lambda line: line.what)
def test_the_permissions_are_what_the_line_says(line: Right) -> None:
    in_engagement = {LEAD: "lead", AUDITOR: "auditor", REVIEWER: "reviewer", AUDITEE: "auditee"}
    in_firm = {ENGAGEMENT_LEAD: "lead", ADMIN: "admin", STAFF: "auditor"}
    for action in line.actions:
        if action in ENGAGEMENT_ALLOWED:
            for role in ROLES:
                assert (role in ENGAGEMENT_ALLOWED[action]) == line.allows(in_engagement[role]), f"{role} {action}"
        else:
            for role in FIRM_ROLES:
                assert access(role).may(action) == line.allows(in_firm[role]), f"{role} {action}"


def test_every_action_is_in_a_line_and_in_one_table() -> None:
    named = {action for line in (*CONTRACT, SEE) for action in line.actions}
    assert named | {Action.ACCOUNT, Action.FILE_EVIDENCE} == set(Action)  # an account is one's own, papers both bring
    assert ENGAGEMENT_ALLOWED[Action.FILE_EVIDENCE] == set(ROLES)
    assert FIRM_ALLOWED.keys() | ENGAGEMENT_ALLOWED.keys() == set(Action)
    assert not FIRM_ALLOWED.keys() & ENGAGEMENT_ALLOWED.keys()


def access(role: str) -> Access:
    return Access(Caller(1, UUID(int=1), frozenset({role})))
