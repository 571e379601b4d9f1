"""This app, served on a database of the test's own."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.factory.world import World, open_world
from tests.clocks import MovableClock
from tests.databases import Databases
from tests.servers import serving_app

A_YEAR = {"access_token_expire_minutes": 366 * 24 * 60, "refresh_token_expire_days": 366}
"""Nobody has to sign in again because a test has moved the clock."""


@pytest.fixture
def client(new_database: Callable[..., str]) -> Iterator[httpx.Client]:
    """With the sample data."""
    with serving_app("factory", new_database("factory")) as client:
        yield client


@pytest.fixture
def clock() -> MovableClock:
    """The time that `world` goes by."""
    return MovableClock()


@pytest.fixture
def world(new_database: Callable[..., str], clock: MovableClock) -> Iterator[World]:
    with open_world(new_database(), clock=clock, **A_YEAR) as world:
        yield world


@pytest.fixture(scope="module")
def shared_clock() -> MovableClock:
    """The time that `shared_world` goes by: tests of one module, one after the other, may all move it on."""
    return MovableClock()


@pytest.fixture(scope="module")
def shared_world(databases: Databases, worker_id: str, shared_clock: MovableClock) -> Iterator[World]:
    """One for all tests of a module that look at nobody's counts."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url, clock=shared_clock, **A_YEAR) as world:
        yield world
    databases.drop(url)
