"""A pipeline goes on through a restart of the server that it speaks to."""

import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.apps.releases.pipelines import agent, deploy
from tests.apps.releases.world import World, done
from tests.commands import START_LIMIT, eventually
from tests.faults.running import Portico

pytestmark = pytest.mark.heavy


def test_an_agent_and_who_waits_go_on_through_a_restart(data_dir: Path, tmp_path: Path) -> None:
    portico = Portico(data_dir, app="releases", ENVIRONMENT="testing", WEB_CONCURRENCY="1")
    portico.start()
    try:
        portico.wait_until_ready()
        with httpx.Client(base_url=f"http://127.0.0.1:{portico.port}", timeout=30) as nobody:
            world = World(nobody, portico.database.start())
            try:
                restarted_in_the_middle(portico, world, tmp_path)
            finally:
                world.close()
    finally:
        portico.end()


def restarted_in_the_middle(portico: Portico, world: World, folder: Path) -> None:
    world.published("1.4.0")
    line = "touch began; while [ ! -e enough ]; do sleep 0.1; done; echo through"
    with agent(world, line, folder, "--once") as process:
        asked = in_the_background(lambda: deploy(world, "1.4.0", "dev", "--wait").returncode)
        eventually((folder / "began").exists, within=START_LIMIT)
        assert portico.stop() == 0
        portico.start()
        portico.wait_until_ready()
        (folder / "enough").touch()
        assert process.wait(START_LIMIT) == 0, (folder / "agent.log").read_text()
        assert asked() == 0
    (found,) = done(world.viewer.client.get("/api/v1/deployments"))["items"]
    assert found["state"] == "succeeded"
    stages = done(world.viewer.client.get(f"/api/v1/deployments/{found['id']}/log"))["stages"]
    assert [stage["log"] for stage in stages] == ["through\n"]


def in_the_background(work: Callable[[], int]) -> Callable[[], int]:
    """Begin it; answers what waits for its result."""
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()

    def result() -> int:
        thread.join()
        return results[0]

    return result
