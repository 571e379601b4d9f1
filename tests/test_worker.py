"""`portico worker`, beside the server and alone, and the sweeps it runs by itself."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import psycopg

from portico import worker
from portico.kernel.database import Database
from portico.kernel.job_runs import Run
from portico.kernel.jobs import KERNEL, RegisteredJob, enqueue
from portico.kernel.runtime import Runtime
from tests.commands import eventually, portico_serve, run, served
from tests.kernel.job_worker import in_transaction, statuses
from tests.servers import settings_of

SWEEP = f"{KERNEL}.sweep_jobs"
QUICK = {"JOB_LOST_AFTER": "1", "JOB_CONCURRENCY": "2"}


def test_the_server_runs_a_worker_and_starts_it_again(database_url: str, tmp_path: Path) -> None:
    worker.known_jobs(())  # so that this process may queue them
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=database_url, **QUICK) as serving:
        first = eventually(lambda: _workers(database_url), within=30)
        assert len(first) == 1
        in_transaction(database_url, lambda transaction: enqueue(transaction, SWEEP))
        eventually(lambda: statuses(database_url).get("succeeded"), within=30)

        (pid,) = _children(serving.process.pid)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: _workers(database_url) - first, within=30)

        serving.process.send_signal(signal.SIGTERM)
        assert serving.process.wait(20) == 0
    assert len(_workers(database_url) - first) == 0, "it was not drained: it has not signed off"


def test_the_worker_ends_with_a_server_that_is_killed(database_url: str, tmp_path: Path) -> None:
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=database_url, **QUICK) as serving:
        eventually(lambda: _workers(database_url), within=30)
        (pid,) = _children(serving.process.pid)
        serving.process.kill()
        eventually(lambda: not Path(f"/proc/{pid}").exists(), within=10)


def test_without_a_worker_jobs_wait(database_url: str, tmp_path: Path) -> None:
    command = portico_serve("store", "--no-worker")
    with served(command, folder=tmp_path, DATABASE_URL=database_url) as serving:
        assert _children(serving.process.pid) == []
        assert _workers(database_url) == set()


def test_sweeps_remove_what_is_due_and_nothing_else(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("""
            INSERT INTO portico.idempotency_keys (app, caller, key, fingerprint, status, headers, body, created_at)
            SELECT 'store', '1', age, '', 200, '{}', '', now() - age::interval FROM unnest('{23 h, 25 h}'::text[]) age;
            INSERT INTO portico.login_failures (app, subject, failures, until)
            SELECT 'store', age::bytea, 1, now() - age::interval FROM unnest('{-1 min, 1 min}'::text[]) AS age;
            INSERT INTO store.sessions (id, user_id, created_at, rotated_at, expires_at, ended_at, address, user_agent)
            SELECT gen_random_uuid(), u.id, now(), now(), now() - age::interval, now(), age, ''
            FROM (SELECT min(id) AS id FROM store.users) AS u, unnest('{-1 day, 1 h, 25 h}'::text[]) AS age;
            INSERT INTO items.users (email, username) VALUES ('one@example.com', 'one');
            INSERT INTO items.api_keys (id, user_id, name, digest, hint, scopes, created_at, expires_at)
            SELECT gen_random_uuid(), u.id, age, age::bytea, '', '{}', now(), now() - age::interval
            FROM items.users AS u, unnest('{-1 day, 1 h, 25 h}'::text[]) AS age""")
        _, young, waiting = (_old_job(connection, status) for status in ("succeeded", "failed", "todo"))
        connection.execute(
            "UPDATE portico_queue.procrastinate_events SET at = now() - interval '8 days' WHERE job_id <> %s", [young]
        )
    jobs = worker.known_jobs(("store", "items"))
    asyncio.run(_run_all([found for found in jobs.values() if found.job.cron], store_url))
    with psycopg.connect(store_url) as connection:
        for query, left in (
            ("SELECT key FROM portico.idempotency_keys", {"23 h"}),
            ("SELECT convert_from(subject, 'UTF8') FROM portico.login_failures", {"-1 min"}),
            ("SELECT address FROM store.sessions", {"-1 day", "1 h"}),
            ("SELECT name FROM items.api_keys", {"-1 day", "1 h"}),
            ("SELECT id FROM portico_queue.procrastinate_jobs", {young, waiting}),
            ("SELECT id FROM portico.jobs", {young, waiting}),
            ("SELECT job_id FROM portico.job_effects", {young, waiting}),
        ):
            assert {value for (value,) in connection.execute(query)} == left, query


def test_an_operator_lists_dead_letters_and_queues_them_again(database_url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database_url, "ENVIRONMENT": "testing"}
    assert "none" in run("jobs", "dead", folder=tmp_path, **settings).stdout
    with psycopg.connect(database_url) as connection:
        job_id = _old_job(connection, "failed")
    assert f"{job_id} tiny.note" in " ".join(run("jobs", "dead", folder=tmp_path, **settings).stdout.split())
    assert run("jobs", "retry", str(job_id), folder=tmp_path, **settings).returncode == 0
    assert statuses(database_url) == {"todo": 1}
    assert run("jobs", "retry", str(job_id), folder=tmp_path, **settings).returncode == 1


def _old_job(connection: psycopg.Connection[Any], status: str) -> int:
    (job_id,) = connection.execute(
        """
        INSERT INTO portico_queue.procrastinate_jobs (queue_name, task_name) VALUES ('tiny.default', 'tiny.note')
        RETURNING id"""
    ).fetchone() or (0,)
    connection.execute("INSERT INTO portico.jobs (id, app, name) VALUES (%s, 'tiny', 'tiny.note')", [job_id])
    connection.execute("INSERT INTO portico.job_effects (job_id, step) VALUES (%s, '')", [job_id])
    for each in () if status == "todo" else ("doing", status):
        connection.execute(
            "UPDATE portico_queue.procrastinate_jobs SET status = %s::portico_queue.procrastinate_job_status"
            " WHERE id = %s",
            [each, job_id],
        )
    return int(job_id)


async def _run_all(jobs: list[RegisteredJob], url: str) -> None:
    database = Database(url, pool_size=2)
    await database.open()
    runtime = Runtime(settings=settings_of(url), database=database)
    for found in jobs:
        await found.job.run(Run(id=0, app=found.app, name=found.name, runtime=runtime))
    await database.close()


def _workers(url: str) -> set[int]:
    """The workers that have given a sign of life lately."""
    query = "SELECT id FROM portico_queue.procrastinate_workers WHERE last_heartbeat > now() - interval '2 s'"
    with psycopg.connect(url) as connection:
        return {worker_id for (worker_id,) in connection.execute(query)}


def _children(pid: int) -> list[int]:
    """The job workers among the children of a server."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid and b"worker" in command:
            found.append(int(folder.name))
    return found
