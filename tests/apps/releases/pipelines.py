"""`portico releases` as a process of its own, with the API key of a pipeline."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.apps.releases.world import World
from tests.commands import START_LIMIT, environment

COMMAND = [sys.executable, "-m", "portico", "releases"]


def settings(world: World, client: httpx.Client) -> dict[str, str]:
    return environment(PORTICO_URL=str(world.nobody.base_url), PORTICO_API_KEY=client.headers["X-API-Key"])


def deploy(
    world: World, version: str, place: str, *options: str, by: httpx.Client | None = None, service: str | None = None
) -> subprocess.CompletedProcess[str]:
    what = ["--service", service or world.service["name"], "--version", version, "--environment", place]
    return subprocess.run(
        [*COMMAND, "deploy", *what, *options],
        env=settings(world, by or world.pipeline), capture_output=True, text=True, check=False, timeout=START_LIMIT,
    )  # fmt: skip


@contextmanager
def agent(
    world: World, line: str, folder: Path, *options: str, place: str = "dev"
) -> Iterator[subprocess.Popen[bytes]]:
    """An agent that runs in the background."""
    with (folder / "agent.log").open("ab") as log:
        process = subprocess.Popen(
            [*COMMAND, "agent", "--environment", place, "--run", line, *options],
            env=settings(world, world.agent), cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
