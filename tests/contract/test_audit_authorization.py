"""Every route of the audit app, called by everybody: the answers are those of `audit_authorization.txt`.

How a route is called is in `audit_targets.py`: on what, and with which body. A route that is added has a line in the
table, and there a target where its path names something, and a body where it takes one.
"""

from collections.abc import Iterator

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.audit.everything import fill, place_of
from tests.apps.audit.world import Person, World, open_world
from tests.contract.audit_targets import call, target_of, visit
from tests.contract.authorization import Cell, Table
from tests.databases import Databases

CALLERS = ("nobody", "stranger", "auditee", "auditor", "reviewer", "lead", "admin")
TABLE = Table("audit", modes=("everywhere",), callers=CALLERS)
PAGES = "/pages/"
END_THE_SESSION = tuple(f"/api/v1/auth/{name}" for name in ("refresh", "logout", "logout-all", "password"))

ROWS = {f"{method} {path}": (method, path, answers) for method, path, answers in TABLE.rows()}


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    try:
        with open_world(url) as world:
            fill(url, place_of(world), number=1, mark="base")
            yield world
    finally:
        databases.drop(url)


def person_of(world: World, caller: str, path: str) -> Person | None:
    """Who calls; somebody new, where the call ends the session."""
    if caller == "nobody":
        return None
    if path in END_THE_SESSION:
        return world.person("engagement_lead" if caller in ("lead", "stranger") else "staff")
    found: Person = getattr(world, caller)
    return found


def answers(world: World, method: str, path: str) -> Iterator[tuple[str, httpx.Response]]:
    """What each caller is answered. What a call has changed is not used for the next one."""
    target = target_of(world, method, path)
    for caller in CALLERS:
        person = person_of(world, caller, path)
        if PAGES in path:
            found = visit(world, person, method, path, target)
        else:
            found = call(world, person, method, path, target)
        yield caller, found
        if found.status_code < 400 and method != "GET":
            target = target_of(world, method, path)


@pytest.mark.parametrize("row", list(ROWS))
def test_every_caller_of_a_route_gets_the_answer_of_the_table(world: World, row: str) -> None:
    method, path, expected = ROWS[row]
    for (caller, found), answer in zip(answers(world, method, path), expected, strict=True):
        Cell(method, path, "", caller, answer).check(found)


def test_the_table_has_exactly_the_routes_of_the_app() -> None:
    TABLE.check_routes()
