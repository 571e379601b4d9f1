"""The OpenAPI document of the factory: the served app does what it says."""

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
from tests.apps.factory.floor import Floor, report
from tests.apps.factory.measuring import Station, at
from tests.apps.factory.structure import planned
from tests.apps.factory.world import API, World, open_world
from tests.contract.leading import lead
from tests.contract.shop import made
from tests.databases import Databases

DOCUMENT = document(registry.load("factory"), Settings(_env_file=None))  # type: ignore[call-arg]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 2, "deterministic": True, "database": "none"},
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
        floor = Floor(world)
        planned(world.ours)
        _, operation = floor.running()
        bar = floor.bar()
        made(report(floor.sawyer, operation, good=1, consumed=[{"lot": bar, "qty": 1}], produced=[{"code": "frame"}]))
        station = Station(world)
        station.shift(at("06:00"), at("14:00"))
        station.stop(at("07:00"), at("08:00"))
        (lot,) = world.sql("SELECT id FROM factory.lots WHERE code = %(code)s", code=bar)
        body = {"lot_id": lot["id"], "name": "Length", "result": "fail", "nonconformance": {"title": "Too long"}}
        made(floor.manager.post(f"{API}/inspections", json=body))
        yield world
    databases.drop(url)


@schema.hook
def map_case(context: Any, case: Any) -> Any:
    return lead(case, "X-Company")


@schema.parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_app_answers_as_it_is_documented(case: Any, busy_world: World) -> None:
    # A session of its own for each request: some requests end sessions, or disable users.
    token = busy_world.account("CompanyAdmin").tokens["access_token"]
    case.call_and_validate(base_url=str(busy_world.nobody.base_url), headers={"Authorization": f"Bearer {token}"})
