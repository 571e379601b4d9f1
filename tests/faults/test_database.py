"""The database is killed, or hangs, while clients read and write."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.commands import eventually
from tests.faults.load import (
    Load,
    assert_nothing_is_lost,
    assert_only_503_in_between,
    assert_refused_writes_can_be_sent_again,
    under_load,
)
from tests.faults.running import Portico, children

BACK = 5.0  # seconds


@pytest.mark.parametrize("times", [1, pytest.param(5, marks=pytest.mark.long)])
def test_a_killed_database_is_back_within_5_seconds(portico: Portico, times: int) -> None:
    with under_load(portico) as load:
        for _ in range(times):
            before = portico.postmaster()
            os.kill(before, signal.SIGKILL)
            load.wait_until_well(time.monotonic(), within=BACK)
            assert portico.postmaster() != before
    check(load, portico)


def test_a_killed_connection_takes_all_others_with_it_and_all_come_back(portico: Portico) -> None:
    """PostgreSQL cannot trust its shared memory then, and starts itself anew."""
    with under_load(portico) as load:
        found = portico.query("SELECT pid FROM pg_stat_activity WHERE query LIKE '%store.products%'")
        os.kill(max(found)[0], signal.SIGKILL)
        load.wait_until_well(time.monotonic(), within=BACK)
    check(load, portico)


def test_while_there_is_no_database_the_server_says_so_and_lives(portico: Portico) -> None:
    with under_load(portico) as load:
        with portico.database_kept_down():
            os.kill(portico.postmaster(), signal.SIGKILL)
            eventually(lambda: readiness(portico) == (503, "degraded"), within=2.5)
            eventually(lambda: portico.get("/api/products/1/")[0] == 503, within=5)
            assert readiness(portico) == (503, "degraded")
            assert portico.get("/health/live") == (200, {"status": "alive"})
        back = time.monotonic()
        eventually(lambda: readiness(portico) == (200, "ok"), within=BACK)
        load.wait_until_well(back, within=BACK)
    check(load, portico)


@pytest.mark.long
def test_after_a_long_outage_it_is_back_as_soon(portico: Portico) -> None:
    """Who waits ever longer between two attempts is away for as long again when the database is back."""
    with under_load(portico) as load:
        with portico.database_kept_down():
            os.kill(portico.postmaster(), signal.SIGKILL)
            time.sleep(20)  # the outage itself, not a wait for anything
        load.wait_until_well(time.monotonic(), within=BACK)
    check(load, portico)


def test_a_hung_database_is_waited_for_no_longer_than_the_limit(new_portico: Callable[..., Portico]) -> None:
    """It does not answer and its connections stay open, as with a storage that stalls."""
    limit = 1
    portico = new_portico(REQUEST_TIMEOUT=str(limit))
    with under_load(portico) as load:
        postmaster = portico.postmaster()
        family = [postmaster, *children(postmaster)]
        stopped = time.monotonic()
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            eventually(lambda: sum(one.status == 503 for one in load.answers) > 8, within=10)
            assert readiness(portico) == (503, "degraded")
            began = time.monotonic()
            assert portico.get("/health/live")[0] == 200
            assert time.monotonic() - began < 0.5
        finally:
            for pid in reversed(family):
                os.kill(pid, signal.SIGCONT)
        load.wait_until_well(time.monotonic(), within=BACK)
        slowest = max(one.ended - one.began for one in load.answers if one.ended > stopped)
        assert slowest < limit + 2  # s: one for asking the server to cancel, one for this machine
    check(load, portico)


def readiness(portico: Portico) -> tuple[int, str]:
    status, body = portico.get("/health/ready")
    return status, body["status"]


def check(load: Load, portico: Portico) -> None:
    assert_only_503_in_between(load)
    assert_refused_writes_can_be_sent_again(load, portico)
    assert_nothing_is_lost(load, portico)
