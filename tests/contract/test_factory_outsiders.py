"""What another company has is nobody's: every route of the factory, called about rows of theirs by people of ours.

The calls are made from the OpenAPI document: whatever they name, in the path, the query or the body, is theirs.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from portico.kernel.migrations import upgrade
from tests.apps.factory.everything import fill, tables
from tests.apps.factory.world import World, open_world
from tests.contract.factory_calls import NUMBERS, THING, Subject, clients, operations
from tests.contract.openapi_calls import Operation
from tests.databases import Databases

PERSONAL = "/api/v1/auth/"
CALLS = [each for each in operations() if not each.path.startswith(PERSONAL)]
ABOUT_A_THING = [each for each in CALLS if each.parameters("path")]


MARK = re.compile(r"theirs-\w+")
SAID: set[str] = set()
"""What we have said ourselves of theirs: from then on it may stand in rows of ours."""


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        for mark in NUMBERS:
            fill(url, getattr(world, mark).id, number=NUMBERS[mark], mark=mark)
        yield world
    databases.drop(url)


@pytest.fixture(scope="module")
def theirs(world: World) -> Subject:
    return Subject(world.theirs, "theirs")


def rows_of(world: World, company: Any) -> dict[str, Any]:
    """All that a company has, as it stands."""
    found = {}
    with psycopg.connect(world.url) as owner:
        for table in tables(world.url):
            key = "id" if table == "companies" else "company_id"
            query = sql.SQL("SELECT array_agg(md5(t::text) ORDER BY md5(t::text)) FROM {} AS t WHERE {} = %s").format(
                sql.Identifier("factory", table), sql.Identifier(key)
            )
            found[table] = owner.execute(query, [company.id]).fetchone()
    return found


def names_theirs(operation: Operation) -> bool:
    return any(THING.search(each["name"]) for each in operation.parameters("path") if each["name"] != "job_id")


@pytest.mark.parametrize("caller", ["admin", "manager", "floor", "key", "system"])
@pytest.mark.parametrize("full", [False, True], ids=["what must be said", "all that may be said"])
def test_what_is_theirs_is_not_there(world: World, theirs: Subject, caller: str, full: bool) -> None:
    """Nothing of theirs is shown, refused in a telling way, or changed: whoever of ours calls whatever route."""
    before = rows_of(world, world.theirs)
    client = clients(world.ours)[caller]
    for operation in CALLS:
        found = operation.call(client, theirs, full=full)
        where = f"{caller} {operation}: {found.status_code} {found.text[:300]}"
        if operation.path == "/api/v1/companies/{company_id}" and caller == "system":
            continue  # all companies are the SystemAdmin's
        assert found.status_code < 500, where
        if names_theirs(operation):
            assert found.status_code in (403, 404, 422), where
        SAID.update(MARK.findall(found.request.content.decode() + str(found.url)))
        assert set(MARK.findall(found.text)) <= SAID, where
    after = rows_of(world, world.theirs)
    changed = {table for table in after if after[table] != before[table]}
    assert changed <= ({"companies"} if caller == "system" else set())


@pytest.mark.parametrize("operation", ABOUT_A_THING, ids=str)
def test_theirs_and_nobodys_are_refused_alike(world: World, theirs: Subject, operation: Operation) -> None:
    """Else one could count what another company has."""
    nobodys = Unknown(world.theirs, "theirs")
    for client in (world.ours.admin.client, world.ours.key):
        answers = [operation.call(client, each) for each in (theirs, nobodys)]
        told = [_without_names(each.json()) for each in answers]
        assert told[0] == told[1]
        assert answers[0].status_code == answers[1].status_code


class Unknown(Subject):
    """What nobody has."""

    @property
    def number(self) -> int:
        return 999_999_999

    def uuid(self, name: str) -> UUID:
        return UUID(int=0)


def _without_names(problem: dict[str, Any]) -> str:
    text = str({name: value for name, value in problem.items() if name != "trace_id"})
    return re.sub(r"\b(777|999999999)\b|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "it", text)
