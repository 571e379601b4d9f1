"""Folders of jobs."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from portico.kernel.work_folders import LEFT_BEHIND, sweep_work_folders, work_folder

PREFIX = "portico-tried-"


async def test_a_folder_is_gone_with_its_job_whatever_came_of_it() -> None:
    work = work_folder(PREFIX)
    folder = await work.__aenter__()
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "file").touch()
    assert not await work.__aexit__(RuntimeError, RuntimeError(), None), "what went wrong is not swallowed"
    assert not folder.exists()


def test_folders_that_a_killed_worker_left_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    long_ago = time.time() - 2 * LEFT_BEHIND
    for name in (f"{PREFIX}old", f"{PREFIX}new", "other"):
        (tmp_path / name / "repository").mkdir(parents=True)
        if not name.endswith("new"):
            os.utime(tmp_path / name, (long_ago, long_ago))
    asyncio.run(sweep_work_folders(PREFIX))
    assert {each.name for each in tmp_path.iterdir()} == {f"{PREFIX}new", "other"}
