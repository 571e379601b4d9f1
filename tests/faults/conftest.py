"""One data folder for the whole run, and on it the servers that a test starts."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portico.kernel.embedded_postgres import EmbeddedPostgres
from tests.faults.running import Portico


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """In a folder that `nobody` can enter, as pytest's own cannot be when root runs the tests."""
    if sys.platform != "linux":
        pytest.skip("finds processes through /proc")
    home = Path(tempfile.mkdtemp(prefix="portico-faults-", dir="/tmp"))
    home.chmod(0o755)
    yield home / "data"
    EmbeddedPostgres(home / "data").stop(force=True)
    shutil.rmtree(home)


@pytest.fixture
def new_portico(data_dir: Path) -> Iterator[Callable[..., Portico]]:
    """Starts servers with these settings; they end with the test."""
    made: list[Portico] = []

    def start(*options: str, **settings: str) -> Portico:
        made.append(Portico(data_dir, **settings))
        made[-1].start(*options)
        made[-1].wait_until_ready()
        return made[-1]

    yield start
    for portico in made:
        portico.end()


@pytest.fixture(scope="module")
def portico(data_dir: Path) -> Iterator[Portico]:
    """A server with two workers, for the tests of a file that leave it running."""
    portico = Portico(data_dir)
    portico.start()
    try:
        portico.wait_until_ready()
        yield portico
    finally:
        portico.end()
