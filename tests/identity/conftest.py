"""The store, whose users identity is tested with."""

from collections.abc import Iterator

import httpx
import pytest

from tests.clocks import MovableClock
from tests.contract.shop import seeded
from tests.databases import Databases
from tests.servers import serving_app


@pytest.fixture(scope="module")
def still_store(databases: Databases, worker_id: str) -> Iterator[httpx.Client]:
    """A store for all tests of a module that leave it as it is."""
    with seeded(databases, worker_id) as url, serving_app("store", url) as client:
        yield client


@pytest.fixture
def timed_store(store_url: str, clock: MovableClock) -> Iterator[httpx.Client]:
    """A store of the test's own that goes by the test's clock."""
    with serving_app("store", store_url, clock=clock) as client:
        yield client
