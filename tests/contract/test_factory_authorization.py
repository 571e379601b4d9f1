"""Every route of the factory, called by everybody: the answers are those of `factory_authorization.txt`.

The calls are made from the OpenAPI document and name the rows of the callers' own company. What a call has changed is
put back before the next one.
"""

import re
from collections.abc import Iterator

import httpx
import pytest

from portico.apps.factory.access import COOKIE
from portico.identity.tokens import Tokens
from portico.kernel.clock import system_clock
from portico.kernel.migrations import upgrade
from tests.apps.factory.everything import fill, refill
from tests.apps.factory.world import World, open_world
from tests.contract.authorization import Cell, Table
from tests.contract.factory_calls import NUMBERS, Subject, clients, operations
from tests.contract.openapi_calls import Operation
from tests.contract.shop import PASSWORD
from tests.databases import Databases
from tests.servers import settings_of

CALLERS = ("nobody", "operator", "floor", "manager", "admin", "system", "key")
TABLE = Table("factory", modes=("everywhere",), callers=CALLERS)
ROLES = {"operator": "Operator", "manager": "ProjectManager", "admin": "CompanyAdmin", "system": "SystemAdmin"}
ROWS = {f"{method} {path}": answers for method, path, answers in TABLE.rows()}
CALLS = {str(each): each for each in operations()}
SIGN_IN = "POST /api/v1/auth/login"
TAKES_A_TOKEN = "POST /api/v1/auth/refresh"
PAGES = "/pages/"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
NUMBER = str(NUMBERS["ours"])
PARTS = {"kind": "lot", "action": "start", "command": "start"}
ENDS_THE_SESSION = ("POST /api/v1/auth/logout", "POST /api/v1/auth/logout-all")


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        fill(url, world.ours.id, number=NUMBERS["ours"], mark="ours")
        (station,) = world.sql("SELECT * FROM factory.workstations WHERE id = %(id)s", id=NUMBERS["ours"])
        world.ours.station = station
        yield world
    databases.drop(url)


def answer(world: World, row: str, caller: str, client: httpx.Client) -> httpx.Response:
    path = row.partition(" ")[2]
    if row == SIGN_IN:
        return client.post(path, json={"email": world.ours.manager.email, "password": PASSWORD})
    if row == TAKES_A_TOKEN:
        return client.post(path, json={"refresh_token": world.account("Operator").tokens["refresh_token"]})
    if row in ENDS_THE_SESSION:
        if caller == "floor":
            client = world.at_station(world.ours.station)
        elif caller in ROLES:
            client = world.account(ROLES[caller], None if caller != "system" else world.home).client
        return client.post(path)
    return CALLS[row].call(client, Subject(world.ours, "ours"))


def visit(world: World, row: str, caller: str, client: httpx.Client) -> httpx.Response:
    """Ask for a page with the cookie of the caller's session. Forms come without the token of their page."""
    method, _, path = row.partition(" ")
    kind, _, token = client.headers.get("authorization", "").partition(" ")
    cookies = {}
    if kind == "Bearer":
        tokens = Tokens("factory", settings_of(world.url))
        claims = tokens.read_access(token, system_clock())
        cookies = {"factory_session": tokens.page(claims, now=system_clock())}
        cookies |= {COOKIE: str(world.ours.id)} if caller == "system" else {}
    with world.visitor(cookies) as visitor:
        return visitor.request(method, PLACEHOLDER.sub(lambda found: PARTS.get(found[1], NUMBER), path))


@pytest.mark.parametrize("row", [row for row in ROWS if PAGES in row])
def test_every_visitor_of_a_page_gets_the_answer_of_the_table(world: World, row: str) -> None:
    method, _, path = row.partition(" ")
    callers = clients(world.ours)
    for caller, expected in zip(CALLERS, ROWS[row], strict=True):
        Cell(method, path, "", caller, expected).check(visit(world, row, caller, callers[caller]))


@pytest.mark.parametrize("row", [row for row in ROWS if row in CALLS])
def test_every_caller_of_a_route_gets_the_answer_of_the_table(world: World, row: str) -> None:
    method, _, path = row.partition(" ")
    callers = clients(world.ours)
    for caller, expected in zip(CALLERS, ROWS[row], strict=True):
        found = answer(world, row, caller, callers[caller])
        Cell(method, path, "", caller, expected).check(found)
        if found.is_success and method != "GET":
            refill(world.url, world.ours.id, number=NUMBERS["ours"], mark="ours")


def test_the_table_has_exactly_the_routes_of_the_app() -> None:
    TABLE.check_routes()


def test_every_route_of_the_document_is_called() -> None:
    called = {row for row in ROWS if row in CALLS}
    assert called == set(CALLS)
    assert all(isinstance(each, Operation) for each in CALLS.values())
