"""A binder as somebody has it who has no access to the server: unpacked, with a Python that knows nothing of ours."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.apps.audit.world import World

Change = Callable[[Path], object]


def binder(world: World, folder: Path, path: str | None = None) -> Path:
    """Download and unpack; answers the folder."""
    answer: httpx.Response = world.lead.client.get(f"{path or world.path}/binder.zip")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert "content-length" not in answer.headers, "it is sent while it is made"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    (unpacked,) = folder.iterdir()
    return unpacked


def verified(unpacked: Path, *arguments: str) -> tuple[int, list[str]]:
    """What the script in the binder says, run by a plain Python: the exit code and the lines."""
    command = [sys.executable, "-I", "-S", str(unpacked / "verify.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env={}, cwd="/")
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def sign_anew(unpacked: Path) -> None:
    """What a forger does who knows of the manifest: write it so that it fits."""
    manifest = json.loads((unpacked / "manifest.json").read_text())
    manifest["files"] = {
        path.relative_to(unpacked).as_posix(): {
            "size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in unpacked.rglob("*") if path.is_file() and path.name != "manifest.json"
    }  # fmt: skip
    (unpacked / "manifest.json").write_text(json.dumps(manifest))


def events(unpacked: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (unpacked / "log/events.jsonl").read_text().splitlines()]


def write_events(unpacked: Path, lines: list[dict[str, Any]]) -> None:
    (unpacked / "log/events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
