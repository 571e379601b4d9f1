"""Ten thousand requests of two companies over two connections, and a role that no policy binds."""

from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest

from tests.apps.factory.mixing import run_mixed
from tests.apps.factory.world import open_world
from tests.faults.running import Portico

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_connection_keeps_a_tenant(new_database: Callable[..., str], count: int) -> None:
    with open_world(new_database(), db_pool_size=2, request_timeout=0.3) as world:
        met = run_mixed(world, count, seed=count)
    assert met.total() == count
    assert min(met[each] for each in ("200", "401", "404", "409", "503", "given up")) > 0, met


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_that_policies_do_not_bind_is_refused(new_portico: Callable[..., Portico], right: LiteralString) -> None:
    portico = new_portico()
    portico.stop()
    with psycopg.connect(portico.database.start(), autocommit=True) as owner:
        owner.execute(f"ALTER ROLE portico_app {right}")
        try:
            refused = portico.run("serve", "store", "--port", str(portico.port))
        finally:
            owner.execute(f"ALTER ROLE portico_app NO{right}")
    assert refused.returncode == 1
    assert "bypasses row-level security" in refused.stderr
