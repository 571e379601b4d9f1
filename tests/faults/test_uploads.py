"""A server that is killed while a file arrives: nobody sees a part of it, and the sweep takes what was there."""

import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from portico.kernel.jobs import KERNEL, enqueue, register
from portico.kernel.sweeps import KERNEL_JOBS
from tests.commands import eventually
from tests.contract.stall import item
from tests.faults.test_transfer import items_served, process_of
from tests.kernel.job_worker import in_transaction

pytestmark = pytest.mark.heavy
MIB = 1024 * 1024
SIZE = 20 * MIB
LIMIT = 120.0  # seconds, on a busy machine
register(KERNEL, KERNEL_JOBS)


def test_an_upload_cut_by_a_kill_leaves_nothing_for_good(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    with items_served(database_url, tmp_path, FILES_URL=f"file://{folder}") as (serving, client):
        path = f"/api/v1/items/{item(client)['id']}/files"
        with half_sent(client, path) as connection:
            eventually(lambda: sizes(folder) and sizes(folder)[0] >= SIZE // 4, within=LIMIT)
            assert states(database_url) == ["arriving"]
            os.kill(process_of(serving, b"spawn_main"), signal.SIGKILL)
            connection.settimeout(LIMIT)
            assert is_cut(connection), "an answer came although nothing was kept"
        eventually(lambda: answer(client, path) == [], within=LIMIT)
        assert (states(database_url), len(sizes(folder))) == (["arriving"], 1)

        sweep(database_url)
        assert (states(database_url), len(sizes(folder))) == (["arriving"], 1), "it might still be on its way"
        with psycopg.connect(database_url) as owner:
            owner.execute("UPDATE portico.files SET changed_at = changed_at - interval '26 hours'")
        sweep(database_url)
        assert (states(database_url), sizes(folder)) == ([], [])

        whole = client.post(path, params={"name": "whole.bin"}, content=b"x" * MIB)
        assert (whole.status_code, [each["size"] for each in answer(client, path)]) == (201, [MIB])


def half_sent(client: httpx.Client, path: str) -> socket.socket:
    """A request that has promised SIZE bytes and sent half of them."""
    connection = socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=LIMIT)
    head = [
        f"POST {path}?name=half.bin HTTP/1.1", "Host: localhost", f"Authorization: {client.headers['authorization']}",
        "Content-Type: application/octet-stream", f"Content-Length: {SIZE}", "", "",
    ]  # fmt: skip
    connection.sendall("\r\n".join(head).encode() + os.urandom(SIZE // 2))
    return connection


def is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def answer(client: httpx.Client, path: str) -> Any:
    """What the list of files says, or None while the worker is down."""
    try:
        found = client.get(path)
    except httpx.TransportError:
        return None
    return found.json() if found.status_code == 200 else None


def sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


def states(url: str) -> list[str]:
    with psycopg.connect(url) as owner:
        return [state for (state,) in owner.execute("SELECT state FROM portico.files").fetchall()]


def sweep(url: str) -> None:
    """By the worker beside the server."""
    job_id = in_transaction(url, lambda write: enqueue(write, "portico.sweep_files"))
    done = "SELECT FROM portico_queue.procrastinate_jobs WHERE id = %s AND status = 'succeeded'"
    with psycopg.connect(url, autocommit=True) as owner:
        eventually(lambda: owner.execute(done, [job_id]).rowcount, within=LIMIT)
