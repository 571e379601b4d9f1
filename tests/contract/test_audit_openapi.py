"""The OpenAPI document of Smart Audit: the served app does what it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from portico import registry
from portico.kernel.app import document
from portico.kernel.migrations import upgrade
from portico.kernel.settings import Settings
from tests.apps.audit.everything import fill, place_of
from tests.apps.audit.world import World, open_world
from tests.contract.leading import lead
from tests.databases import Databases

DOCUMENT = document(registry.load("audit"), Settings(_env_file=None))  # type: ignore[call-arg]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 5, "deterministic": True, "database": "none"},
        # The phase of single edge cases takes minutes for so many operations; items and store go through it.
        "phases": {"coverage": {"enabled": False}},
        # 400 and 422 are also the answers to what no schema can say, such as a cursor that no list has given.
        "checks": {"positive_data_acceptance": {"enabled": False}},
    }
)
LEADS = "INSERT INTO audit.members (engagement_id, user_id, role) VALUES (%(engagement)s, %(user)s, 'lead')"
schema: Any = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@pytest.fixture(scope="module")
def busy_world(databases: Databases, worker_id: str) -> Iterator[World]:
    """With a few rows in every table, so that requests find some."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        for number in (1, 2, 3):
            fill(url, place_of(world), number=number, mark=f"m{number}")
        yield world
    databases.drop(url)


@schema.hook
def map_case(context: Any, case: Any) -> Any:
    return lead(case)


def test_each_schema_has_a_name_of_its_own() -> None:
    """Two of one name would be called after the modules that they are in."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


# Rows without bytes are no documents, and a stream does not end.
@schema.exclude(path_regex="/(content|verify|binder.zip|events)$").parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_app_answers_as_it_is_documented(case: Any, busy_world: World) -> None:
    # A session of its own for each request: some requests end sessions, or disable users.
    person = busy_world.person("admin")
    busy_world.sql(LEADS, engagement=busy_world.id, user=person.user_id)
    token = person.tokens["access_token"]
    case.call_and_validate(base_url=str(busy_world.nobody.base_url), headers={"Authorization": f"Bearer {token}"})
