"""What tests of every kind start from: a fresh database, an app that is served on one."""

import os
from collections.abc import Callable, Iterator

import httpx
import pytest

from portico.identity import passwords
from portico.kernel.migrations import upgrade
from tests.clocks import MovableClock
from tests.databases import Databases, embedded_server
from tests.servers import seed, serving_app


def pytest_itemcollected(item: pytest.Item) -> None:
    if "faults" in item.path.parts and not item.get_closest_marker("heavy"):
        item.add_marker("alone")


FULL_COST, LEAST_COST = passwords.COST, 4  # of bcrypt: 0.25 s a password, and 1 ms


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Where the time that a password takes is not the point: servers of a process of their own have the full cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", LEAST_COST)
        yield


@pytest.fixture
def full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test of passwords themselves. Those in sample data were hashed before, by whichever test asked for it."""
    monkeypatch.setattr(passwords, "COST", FULL_COST)


@pytest.fixture(scope="session")
def databases(testrun_uid: str) -> Iterator[Databases]:
    """On the server that TEST_DATABASE_URL names, else on an embedded one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Databases(given, testrun_uid)
        return
    with embedded_server(testrun_uid) as url:
        yield Databases(url, testrun_uid)


@pytest.fixture
def new_database(databases: Databases, worker_id: str) -> Iterator[Callable[..., str]]:
    """Makes databases that live as long as the test: migrated, and seeded for the app that is named."""
    made: list[str] = []

    def make(app: str | None = None) -> str:
        def fill(url: str) -> None:
            upgrade(url)
            if app is not None:
                seed(app, url)

        made.append(databases.clone(app or "empty", fill, worker=worker_id))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture
def database_url(new_database: Callable[..., str]) -> str:
    """A database of the test's own: migrated and empty."""
    return new_database()


@pytest.fixture
def store_url(new_database: Callable[..., str]) -> str:
    """A database of the test's own, with the store's sample data."""
    return new_database("store")


@pytest.fixture
def store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of the store in sandbox mode, with its sample data."""
    monkeypatch.setenv("STORE_MODE", "sandbox")
    with serving_app("store", store_url) as client:
        yield client


@pytest.fixture
def private_store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of the store in private mode, with its sample data."""
    monkeypatch.setenv("STORE_MODE", "private")
    with serving_app("store", store_url) as client:
        yield client


@pytest.fixture
def clock() -> MovableClock:
    """The time that the test's own app goes by."""
    return MovableClock()


@pytest.fixture(scope="module")
def shared_clock() -> MovableClock:
    """The time of an app that tests of one module share: one after the other, they may all move it on."""
    return MovableClock()
