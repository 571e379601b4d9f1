"""Every route of the release manager, called by everybody: the answers are those of `releases_authorization.txt`."""

from collections.abc import Iterator

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.releases.world import World, open_world
from tests.contract import releases_forms
from tests.contract.authorization import Cell, Table
from tests.contract.browsing import Visitor
from tests.contract.releases_targets import call, target_of
from tests.contract.shop import PASSWORD, Account
from tests.databases import Databases

CALLERS = ("nobody", "viewer", "own", "other", "manager", "approver", "admin", "key")
TABLE = Table("releases", modes=("everywhere",), callers=CALLERS)
PAGES = "/pages/"
END_THE_SESSION = ("/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/logout-all")

ROWS = {f"{method} {path}": (method, path, answers) for method, path, answers in TABLE.rows()}


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    try:
        with open_world(url) as world:
            yield world
    finally:
        databases.drop(url)


def account_of(world: World, caller: str, *, is_new: bool) -> Account | None:
    """Who calls, where that is somebody who signs in; somebody new, where the call could end the session."""
    match caller:
        case "viewer":
            return world.account("viewer") if is_new else world.viewer
        case "own":
            return world.account("developer", team=world.team["id"]) if is_new else world.developer
        case "other":
            return world.account("developer", team=world.others["id"]) if is_new else world.outsider
        case "manager":
            return world.account("release_manager") if is_new else world.manager
        case "approver":
            return world.account("viewer", group=world.group["id"]) if is_new else world.approvers[0]
        case "admin":
            return world.account("admin") if is_new else world.admin
    return None


def answers(world: World, method: str, path: str) -> Iterator[tuple[str, httpx.Response]]:
    """What each caller is answered. What a call has changed is not used for the next one."""
    target = target_of(world, method, path)
    for caller in CALLERS:
        ends_it = path in END_THE_SESSION
        account = account_of(world, caller, is_new=ends_it)
        client = account.client if account else world.pipeline if caller == "key" else world.nobody
        tokens = (account or (world.account("viewer") if ends_it else world.viewer)).tokens
        found = call(world, client, method, path, target=target, tokens=tokens)
        yield caller, found
        if found.is_success and method != "GET":
            target = target_of(world, method, path)


@pytest.mark.parametrize("row", [row for row in ROWS if PAGES not in row])
def test_every_caller_of_a_route_gets_the_answer_of_the_table(world: World, row: str) -> None:
    method, path, expected = ROWS[row]
    for (caller, found), answer in zip(answers(world, method, path), expected, strict=True):
        Cell(method, path, "", caller, answer).check(found)


def visits(world: World, method: str, path: str) -> Iterator[tuple[str, httpx.Response]]:
    """What each caller is shown. To pages a program is nobody: they know no API keys."""
    for caller in CALLERS:
        target = releases_forms.target_of(world, method, path)
        account = account_of(world, caller, is_new=False)
        with Visitor(world.nobody.base_url) as visitor:
            if account is not None:
                visitor.sign_in(account.email, PASSWORD)
            yield caller, releases_forms.visit(world, visitor, method, path, target)


@pytest.mark.parametrize("row", [row for row in ROWS if PAGES in row])
def test_every_visitor_of_a_page_gets_the_answer_of_the_table(world: World, row: str) -> None:
    method, path, expected = ROWS[row]
    for (caller, found), answer in zip(visits(world, method, path), expected, strict=True):
        Cell(method, path, "", caller, answer).check(found)


def test_the_table_has_exactly_the_routes_of_the_app() -> None:
    TABLE.check_routes()
