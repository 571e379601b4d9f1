"""The worker is killed again and again while it has jobs: nothing is lost, nothing happens twice, nothing is stuck."""

import time

import psycopg
import pytest

from tests.kernel.job_worker import in_transaction, kill, queue_notes, settled, start, wait_for_notes
from tests.kernel.tiny import make_tables, notes

pytestmark = pytest.mark.heavy
STUCK_AFTER = 60.0  # seconds after the last kill


@pytest.mark.parametrize(("kills", "jobs"), [(5, 200), pytest.param(50, 2000, marks=pytest.mark.long)])
def test_killed_workers_lose_nothing_and_repeat_no_effect(database_url: str, kills: int, jobs: int) -> None:
    make_tables(database_url)
    in_transaction(database_url, lambda transaction: queue_notes(transaction, jobs))
    began = time.monotonic()
    process = start(database_url)
    try:
        for killed in range(1, kills + 1):
            wait_for_notes(database_url, killed * jobs // (kills + 5))
            kill(process)
            process = start(database_url)
        last_kill = time.monotonic()
        assert settled(database_url, within=STUCK_AFTER) == {"succeeded": jobs}
        ended = time.monotonic()
    finally:
        process.terminate()
        process.wait(10)
    assert notes(database_url) == [(number, f"x{number}") for number in range(jobs)]
    query = "SELECT sum(losses), count(*) FILTER (WHERE losses > 0) FROM portico.jobs"
    with psycopg.connect(database_url) as connection:
        losses, met = connection.execute(query).fetchone() or (0, 0)
    assert losses >= kills, "no kill met a job that ran"
    print(  # noqa: T201 - the figures of the full run
        f"\n{jobs} jobs, {kills} kills: {losses} tries of {met} jobs cut short; "
        f"{ended - began:.0f} s in all, {ended - last_kill:.1f} s after the last kill"
    )
