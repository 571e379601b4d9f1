"""A worker that is killed while it has a document read: the document is read again, and what it finds is there once."""

import os
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.apps.audit.foreign_files import picture
from tests.apps.audit.vault import uploaded
from tests.apps.audit.world import API, World
from tests.commands import eventually, portico_serve, served
from tests.faults.running import children

pytestmark = pytest.mark.heavy
LIMIT = 120.0  # seconds, on a busy machine
TESSERACT = """#!/bin/sh
cat > /dev/null
echo begun >> {folder}/tries
while ! test -e {folder}/go; do sleep 0.05; done
echo Invoice 4711
"""


def test_a_document_whose_worker_is_killed_is_read_once(database_url: str, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "tesseract").write_text(TESSERACT.format(folder=tmp_path))
    (programs / "tesseract").chmod(0o755)
    settings = {
        "DATABASE_URL": database_url, "PORTICO_DATA_DIR": str(tmp_path / "data"), "JOB_LOST_AFTER": "2",
        "LOG_LEVEL": "ERROR", "PATH": f"{programs}:{os.environ['PATH']}",
    }  # fmt: skip
    with served(portico_serve("audit"), folder=tmp_path, **settings) as serving:
        world = World(serving.client, database_url)
        [job] = uploaded(world, ("invoice.png", picture()))
        eventually(lambda: tries(tmp_path) == 1, within=LIMIT)
        os.kill(worker_of(serving.process.pid), signal.SIGKILL)
        eventually(lambda: tries(tmp_path) == 2, within=LIMIT)
        (tmp_path / "go").touch()
        path = f"{API}/documents/jobs/{job['job_id']}"
        found: Any = eventually(lambda: ended(world.auditor.client.get(path).json()), within=LIMIT)
        world.close()
    assert (found["status"], found["result"]["pieces"]) == ("done", 1)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT text FROM audit.chunks").fetchall() == [("Invoice 4711",)]


def ended(job: Any) -> Any:
    return job if job["status"] in ("done", "failed") else None


def tries(folder: Path) -> int:
    file = folder / "tries"
    return len(file.read_text().splitlines()) if file.exists() else 0


def worker_of(pid: int) -> int:
    return next(each for each in children(pid) if b"worker" in Path(f"/proc/{each}/cmdline").read_bytes())
