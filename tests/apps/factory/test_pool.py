"""A pool of two connections, and requests of two companies in any order: none inherits the other's tenant."""

from collections.abc import Callable

from tests.apps.factory.mixing import run_mixed
from tests.apps.factory.world import open_world


def test_mixed_requests_see_their_own_company(new_database: Callable[..., str]) -> None:
    with open_world(new_database(), db_pool_size=2, request_timeout=3) as world:
        met = run_mixed(world, 300, seed=5, held=0.05)
    assert met.total() == 300
    assert min(met["200"], met["401"], met["404"], met["409"]) > 0, met
    assert set(met) <= {"200", "401", "404", "408", "409", "503", "given up"}, met
