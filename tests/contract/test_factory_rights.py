"""The rights that the contract names, line by line: the permissions, and the answers of every route, agree with them.

Over HTTP the answers are tried by `test_factory_authorization.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import pytest

from portico.apps.factory.permissions import (
    COMPANY_ADMIN,
    INTEGRATION,
    MANAGER,
    OPERATOR,
    RANKS,
    SCOPES,
    SYSTEM_ADMIN,
    Access,
    Action,
)
from portico.identity.public import Caller
from portico.kernel.errors import Forbidden
from tests.contract.authorization import Table

API = "/api/v1"
CALLERS = ("nobody", "operator", "floor", "manager", "admin", "system", "key")
TABLE = Table("factory", modes=("everywhere",), callers=CALLERS)
ANSWERS = {
    f"{method} {path.removeprefix(API)}": dict(zip(CALLERS, answers, strict=True))
    for method, path, answers in TABLE.rows()
    if path.startswith(API)
}
STATION = 7


@dataclass(frozen=True)
class Right:
    """A line: for operator, project manager, company administrator, SystemAdmin and integration key, in this order.

    `y` may, `own` may at the workstation where one has signed in.
    """

    what: str
    rights: str
    actions: Sequence[Action]
    routes: Sequence[str]

    def allows(self, caller: str) -> bool:
        operator, manager, admin, system, key = self.rights.split()
        return {
            "nobody": False,
            "operator": operator == "y",
            "floor": operator in ("y", "own"),
            "manager": manager == "y",
            "admin": admin == "y",
            "system": system == "y",
            "key": key == "y",
        }[caller]

    def covers(self, route: str) -> bool:
        """A line ends with `*` where it holds for everything that begins so."""
        return any(route.startswith(each[:-1]) if each.endswith("*") else route == each for each in self.routes)


CONTRACT = (
    Right("queue, scan, start, pause, end, report at the own workstation", "own y y y -", [Action.WORK], [
        "GET /queue", "POST /scans", "POST /work-orders/{order_id}/start", "POST /operations/{operation_id}/start",
        "POST /operations/{operation_id}/pause", "POST /operations/{operation_id}/resume",
        "POST /operations/{operation_id}/end", "POST /operations/{operation_id}/report", "POST /downtimes*",
    ]),
    Right("sync", "- - - - y", [Action.SYNC], ["POST /sync/*"]),
    Right("projects, work orders, cut plans, shipments", "- y y y -", [Action.PLAN], [
        "POST /projects", "PUT /projects/{project_id}", "POST /components", "PUT /components/{component_id}",
        "POST /assemblies", "PUT /assemblies/{assembly_id}", "POST /pieces", "PUT /pieces/{piece_id}",
        "POST /pieces/{piece_id}/replace", "POST /articles", "PUT /articles/{article_id}",
        "POST /work-orders", "POST /work-orders/{order_id}/release", "POST /work-orders/{order_id}/hold",
        "POST /work-orders/{order_id}/resume", "POST /work-orders/{order_id}/complete",
        "POST /work-orders/{order_id}/close", "POST /work-orders/{order_id}/cancel",
        "POST /work-orders/{order_id}/abort", "POST /operations/{operation_id}/skip",
        "POST /cut-plans*", "POST /shipments*", "PUT /shipments/*", "DELETE /shipments/*",
    ]),
    Right("lots: receive, move, split, merge; reverse a movement", "- y y y -", [Action.RECEIVE], [
        "POST /lots", "PUT /lots/{lot_id}", "POST /lots/{lot_id}/receive", "POST /lots/{lot_id}/release",
        "POST /lots/{lot_id}/split", "POST /lots/{lot_id}/merge", "POST /lots/{lot_id}/move",
        "POST /lots/{lot_id}/adjust", "POST /movements/*", "POST /materials", "PUT /materials/{material_id}",
        "POST /locations", "PUT /locations/{location_id}",
    ]),
    Right("block, unblock, recall", "- y y y -", [Action.BLOCK], [
        "POST /lots/{lot_id}/block", "POST /lots/{lot_id}/unblock", "POST /lots/{lot_id}/reject", "POST /recalls",
    ]),
    Right("over-report, reopen a completed order", "- y y y -", [Action.SUPERVISE], [
        "POST /work-orders/{order_id}/reopen", "POST /reports/{report_id}/reverse",
    ]),
    Right("inspections, nonconformances: record", "y y y y -", [Action.INSPECT], [
        "POST /inspections", "POST /nonconformances",
    ]),
    Right("inspections, nonconformances: disposition", "- y y y -", [Action.DISPOSE], ["POST /nonconformances/*"]),
    Right("soft delete and restore", "- - y y -", [Action.DELETE], [
        *(f"{method} /{noun}/*" for method in ("DELETE", "POST")
          for noun in ("projects", "components", "assemblies", "pieces", "articles", "materials", "locations")),
        "DELETE /workstations/*", "POST /workstations/{workstation_id}/restore", "DELETE /users/*",
        "POST /users/{user_id}/restore",
    ]),
    Right("users of lower roles, workstations, API keys, routings", "- - y y -", [Action.CONFIGURE], [
        "GET /users*", "POST /users", "PUT /users/*", "POST /users/{user_id}/badge", "POST /workstations",
        "PUT /workstations/*", "POST /workstations/{workstation_id}/code", "GET /api-keys", "POST /api-keys",
        "DELETE /api-keys/*", "POST /routings*", "PUT /routings/*", "DELETE /routings/*", "POST /scrap-reasons",
        "PUT /scrap-reasons/*", "DELETE /scrap-reasons/*", "POST /shifts", "PUT /shifts/*", "DELETE /shifts/*",
    ]),
    Right("companies", "- - - y -", [Action.COMPANIES], [
        "POST /companies", "PUT /companies/*", "DELETE /companies/*", "GET /log*",
    ]),
)  # fmt: skip
READ = Right("read projects, pieces, stock, genealogy", "y y y y y", [Action.READ], ["GET /*"])
OWN_ACCOUNT = ("/auth/", "/jobs/")
"""What belongs to one account and is nobody else's."""
PEOPLE_ALONE = ("GET /workflow", "GET /workflow.csv")
"""Who did what is for people of the company."""
MANAGERS_ALONE = ("GET /workflow/statistics",)


def line_of(route: str) -> Right:
    """The first line that names the route, and for what only reads else the one of reading."""
    exact = [line for line in CONTRACT if route in line.routes]
    return (exact or [line for line in CONTRACT if line.covers(route)] or [READ])[0]


def is_of_one_account(route: str) -> bool:
    return route.partition(" ")[2].startswith(OWN_ACCOUNT)


@pytest.mark.parametrize("route", [route for route in ANSWERS if not is_of_one_account(route)])
def test_a_route_answers_as_its_line_says(route: str) -> None:
    line = line_of(route)
    for caller, answer in ANSWERS[route].items():
        is_allowed = line.allows(caller)
        if caller == "key" and route in (*PEOPLE_ALONE, *MANAGERS_ALONE):
            is_allowed = False
        if caller in ("operator", "floor") and route in MANAGERS_ALONE:
            is_allowed = False
        expected = ("2", "404", "409", "422", "400") if is_allowed else ("401",) if caller == "nobody" else ("403",)
        assert answer.startswith(expected), f"{caller} {route}: {answer}, {line.what}"


def test_every_route_that_changes_something_is_in_a_line() -> None:
    changing = [route for route in ANSWERS if not route.startswith("GET ") and not is_of_one_account(route)]
    assert [route for route in changing if line_of(route) is READ] == []


def test_every_line_names_routes_that_there_are() -> None:
    for line in CONTRACT:
        for each in line.routes:
            assert any(route.startswith(each.removesuffix("*")) for route in ANSWERS), each


@pytest.mark.parametrize("line", [*CONTRACT, READ], ids=lambda line: line.what)
def test_the_permissions_are_what_the_line_says(line: Right) -> None:
    for action in line.actions:
        for name, access in ACCESS.items():
            expected = line.allows("floor" if name == "operator" else name)
            assert access.may(action) == expected, f"{name} {action}"


def test_every_action_is_in_a_line() -> None:
    assert {action for line in (*CONTRACT, READ) for action in line.actions} == set(Action)


@pytest.mark.parametrize("action", list(Action))
def test_a_key_may_nothing_that_its_scopes_do_not_name(action: Action) -> None:
    for scope in SCOPES:
        for role in RANKS:
            assert scope == action or not _access(role, scopes={scope}).may(action)


def test_an_operator_works_at_the_own_station_and_others_anywhere() -> None:
    for access in (_access(OPERATOR), _access(OPERATOR, station=STATION + 1), _access(INTEGRATION, scopes=set(SCOPES))):
        with pytest.raises(Forbidden):
            access.require_at(STATION)
    for access in (_access(OPERATOR, station=STATION), _access(MANAGER), _access(SYSTEM_ADMIN)):
        access.require_at(STATION)


def test_one_outranks_strictly_lower_roles_and_who_has_no_role_nobody() -> None:
    ranks = [INTEGRATION, OPERATOR, MANAGER, COMPANY_ADMIN, SYSTEM_ADMIN]
    for own in ranks:
        assert [each for each in ranks if _access(own).outranks(each)] == ranks[: ranks.index(own)]
    nobody = Access(Caller(1, uuid4(), frozenset()), address="", company_id="")
    assert not any(nobody.outranks(role) for role in ranks)
    assert not any(nobody.may(action) for action in Action)


def _access(role: str, *, station: int | None = None, scopes: set[str] | None = None) -> Access:
    caller = Caller(1, uuid4(), frozenset({role}), None if scopes is None else frozenset(scopes))
    return Access(caller, address="", company_id="", workstation_id=station)


ACCESS = {
    "operator": _access(OPERATOR),
    "manager": _access(MANAGER),
    "admin": _access(COMPANY_ADMIN),
    "system": _access(SYSTEM_ADMIN),
    "key": _access(INTEGRATION, scopes=set(SCOPES)),
}
