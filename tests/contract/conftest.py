"""Served apps for all tests of a module: those that change what is there make objects of their own."""

from collections.abc import Iterator

import pytest

from tests.contract.shop import Shop, open_shop, seeded
from tests.contract.stall import Stall, open_stall
from tests.databases import Databases


@pytest.fixture(scope="module")
def shop(databases: Databases, worker_id: str) -> Iterator[Shop]:
    """The store in sandbox mode."""
    with seeded(databases, worker_id) as url, open_shop(url, "sandbox") as shop:
        yield shop


@pytest.fixture(scope="module")
def private_shop(databases: Databases, worker_id: str) -> Iterator[Shop]:
    """The store in private mode."""
    with seeded(databases, worker_id) as url, open_shop(url, "private") as shop:
        yield shop


@pytest.fixture(scope="module")
def stall(databases: Databases, worker_id: str) -> Iterator[Stall]:
    """Items in sandbox mode."""
    with open_stall(databases, worker_id, "sandbox") as stall:
        yield stall


@pytest.fixture(scope="module")
def private_stall(databases: Databases, worker_id: str) -> Iterator[Stall]:
    """Items in private mode."""
    with open_stall(databases, worker_id, "private") as stall:
        yield stall
