"""Processes of the server are killed while clients read and write."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import SOURCE, eventually
from tests.faults.load import assert_nothing_is_lost, under_load
from tests.faults.running import Portico, children, is_alive

RESTART = 3.0  # seconds until the first answer
BACK = 30.0  # seconds until a worker is back, which imports all code: 3 where nobody else uses the machine


def test_a_killed_parent_is_replaced_within_3_seconds(new_portico: Callable[..., Portico]) -> None:
    new_portico().stop()
    began = time.monotonic()
    portico = new_portico()
    usual = time.monotonic() - began
    with under_load(portico) as load:
        family = children(portico.pid)
        portico.process.kill()
        portico.process.wait()
    began = time.monotonic()
    portico.start()
    portico.wait_until_ready()
    assert time.monotonic() - began < max(RESTART, 2 * usual), "more than any start takes on this machine"
    eventually(lambda: not any(map(is_alive, family)), within=5)
    assert load.statuses() <= {200, 201}, "those who were connected are cut off, and told nothing wrong"
    assert_nothing_is_lost(load, portico)


def test_a_killed_worker_takes_only_its_own_connections_with_it(portico: Portico) -> None:
    workers = portico.workers()
    assert len(workers) == 2
    with under_load(portico) as load:
        first, second = workers
        os.kill(first, signal.SIGKILL)
        (replacement,) = eventually(lambda: portico.workers() - workers, within=BACK)
        os.kill(replacement, signal.SIGKILL)  # twice within seconds, which is no reason to give up
        eventually(lambda: len(portico.listening() - {first, replacement}) == 2, within=BACK)
        load.wait_for_answers()
    assert second in portico.workers()
    assert load.statuses() == {200, 201}
    assert load.refusals == [], "the other worker listens all the time"
    assert 0 < len(load.cuts) <= 2 * 8, "each of the 8 clients at most once for each that was killed"
    assert_nothing_is_lost(load, portico)


def test_who_connects_anew_is_served_by_the_other_worker(portico: Portico) -> None:
    with under_load(portico, keep_alive=False) as load:
        (first, second), killed_at = portico.workers(), time.monotonic()
        os.kill(first, signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{first}").exists(), within=5)
        gone_at = time.monotonic()
        eventually(lambda: len(portico.listening()) == 2, within=BACK)
        load.wait_for_answers()
    assert second in portico.workers()
    assert [cut for cut in load.cuts if not killed_at - 1 < cut.began < gone_at] == []
    assert load.refusals == []
    assert load.statuses() == {200, 201}
    assert_nothing_is_lost(load, portico)


def test_when_all_workers_are_killed_at_once_all_come_back(portico: Portico) -> None:
    with under_load(portico) as load:
        killed = portico.workers()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: len(portico.listening() - killed) == 2, within=BACK)
        load.wait_until_well(time.monotonic(), within=BACK)
    assert load.statuses() == {200, 201}
    assert_nothing_is_lost(load, portico)


@pytest.mark.heavy
def test_a_server_whose_workers_cannot_start_ends_and_says_so(
    new_portico: Callable[..., Portico], data_dir: Path, tmp_path: Path
) -> None:
    """A supervisor notices a server that ends, and nobody one that tries for ever."""
    new_portico().stop()  # the data is there
    is_worker = "'--multiprocessing-fork' in sys.orig_argv"
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nif {is_worker}: sys.exit('a worker that cannot start')\n")
    broken = Portico(data_dir, PYTHONPATH=os.pathsep.join([str(tmp_path), str(SOURCE)]))
    broken.start()
    assert broken.process.wait(20) == 1
    assert broken.log.read_text().splitlines()[-1] == "The workers cannot start; the reason stands above."
