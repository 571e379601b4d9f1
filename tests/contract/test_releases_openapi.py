"""The OpenAPI document of releases: the served app does what it says."""

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
from tests.apps.releases.world import World, open_world
from tests.contract.leading import lead
from tests.contract.shop import made
from tests.databases import Databases

DOCUMENT = document(registry.load("releases"), Settings(_env_file=None))  # type: ignore[call-arg]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 5, "deterministic": True, "database": "none"},
        # The phase of single edge cases takes minutes for so many operations; items and store go through it.
        "phases": {"coverage": {"enabled": False}},
        # 400 and 422 are also the answers to what no schema can say, such as a cursor that no list has given.
        "checks": {"positive_data_acceptance": {"enabled": False}},
    }
)
schema: Any = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@pytest.fixture(scope="module")
def busy_world(databases: Databases, worker_id: str) -> Iterator[World]:
    """With a row of most things, so that requests find some."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        release = world.published()
        world.deployed(release, "dev", "test")
        world.requested(release, "staging")
        post = world.admin.client.post
        made(post(f"/api/v1/releases/{release['id']}/defects", json={"title": "It leaks"}))
        service = {"service_id": world.service["id"], "environment_id": world.environments["dev"], "title": "It broke"}
        made(post("/api/v1/incidents", json=service))
        runbook = made(post("/api/v1/runbooks", json={"title": "Leaks", "steps": [{"title": "Stop it"}]}))
        made(post(f"/api/v1/runbooks/{runbook['id']}/runs"))
        yield world
    databases.drop(url)


@schema.hook
def map_case(context: Any, case: Any) -> Any:
    return lead(case)


@schema.exclude(path="/api/v1/events").parametrize()  # a stream does not end
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_app_answers_as_it_is_documented(case: Any, busy_world: World) -> None:
    # A session of its own for each request: some requests end sessions, or disable users.
    token = busy_world.account("admin").tokens["access_token"]
    case.call_and_validate(base_url=str(busy_world.nobody.base_url), headers={"Authorization": f"Bearer {token}"})
