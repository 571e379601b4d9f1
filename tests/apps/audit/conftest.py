"""This app, served on a database of the test's own with its sample data, or with a world in it."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.audit.world import World, open_world
from tests.clocks import A_YEAR, MovableClock
from tests.databases import Databases
from tests.servers import serving_app


@pytest.fixture
def client(new_database: Callable[..., str]) -> Iterator[httpx.Client]:
    with serving_app("audit", new_database("audit")) as client:
        yield client


@pytest.fixture
def world(new_database: Callable[..., str], clock: MovableClock) -> Iterator[World]:
    with open_world(new_database(), clock=clock, **A_YEAR) as world:
        yield world


@pytest.fixture(scope="module")
def shared_world(databases: Databases, worker_id: str, shared_clock: MovableClock) -> Iterator[World]:
    """One for all tests of a module that look at nobody's counts."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url, clock=shared_clock, **A_YEAR) as world:
        yield world
    databases.drop(url)
