"""`portico releases` as pipelines run it: processes of their own, against a server, with an API key."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.apps.releases.pipelines import COMMAND, agent, deploy
from tests.apps.releases.world import DIGEST, SHA, World, done
from tests.clocks import MovableClock
from tests.commands import START_LIMIT, environment, eventually


def shown(world: World, deployment_id: int) -> dict[str, Any]:
    return done(world.viewer.client.get(f"/api/v1/deployments/{deployment_id}"))


def is_now(world: World, deployment_id: int, state: str) -> bool:
    return bool(shown(world, deployment_id)["state"] == state)


def log_of(world: World, deployment_id: int) -> str:
    stages = done(world.viewer.client.get(f"/api/v1/deployments/{deployment_id}/log"))["stages"]
    return "".join(stage["log"] for stage in stages)


def test_a_pipeline_deploys_and_an_agent_runs_it(world: World, tmp_path: Path) -> None:
    world.published("1.4.0")
    told = 'echo "$SERVICE $RELEASE_VERSION $ENVIRONMENT $GIT_SHA ${PORTICO_API_KEY-no key}"; echo "$ARTIFACTS" > files'
    with agent(world, told, tmp_path, "--once") as process:
        asked = deploy(world, "1.4.0", "dev", "--wait", "--timeout", "60")
        assert process.wait(START_LIMIT) == 0, (tmp_path / "agent.log").read_text()
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.splitlines()[-1].strip() == "succeeded"
    assert log_of(world, 1) == f"{world.service['name']} 1.4.0 dev {SHA} no key\n"
    artifacts = json.loads((tmp_path / "files").read_text())
    assert artifacts == [{"name": "registry.example.com/image", "digest": DIGEST}]


def test_what_fails_says_so_on_both_sides(world: World, tmp_path: Path) -> None:
    world.published("1.4.0")
    with agent(world, "echo no space left; exit 7", tmp_path, "--once") as process:
        asked = deploy(world, "1.4.0", "dev", "--wait")
        assert process.wait(START_LIMIT) == 1
    assert (asked.returncode, asked.stderr) == (1, "failed: exit code 7\n")
    assert log_of(world, 1) == "no space left\n"


def test_what_may_not_go_yet_is_explained(world: World) -> None:
    world.published("1.4.0")
    world.rule("dev", name="Two of us", required=2)
    asked = deploy(world, "1.4.0", "dev", "--wait", "--timeout", "0")
    assert asked.returncode == 3, asked.stderr
    assert "Two of us: missing" in asked.stdout
    without_waiting = deploy(world, "1.4.0", "dev")
    assert without_waiting.returncode == 0
    assert "Two of us: missing" in without_waiting.stdout


def test_what_is_not_allowed_and_what_is_wrong(world: World) -> None:
    world.published("1.4.0")
    theirs = deploy(world, "1.4.0", "dev", by=world.key("releases:read", "deployments:request"))
    assert (theirs.returncode, theirs.stderr) == (3, "You may not do this.\n")
    unknown = deploy(world, "9.9.9", "dev")
    assert unknown.returncode == 2
    assert "is not known" in unknown.stderr
    assert subprocess.run([*COMMAND, "deploy"], capture_output=True, env=environment()).returncode == 2


def test_an_agent_that_could_never_run_anything_says_so(world: World) -> None:
    line = [*COMMAND, "agent", "--environment", "nowhere", "--run", "true"]
    known = {"PORTICO_URL": str(world.nobody.base_url), "PORTICO_API_KEY": world.agent.headers["X-API-Key"]}
    for change, code, said in (
        ({}, 2, "There is no environment nowhere: dev, test, staging, production."),
        ({"PORTICO_API_KEY": "pk_wrong"}, 3, "Invalid API key"),
    ):
        found = subprocess.run(
            line, env=environment(**{**known, **change}), capture_output=True, text=True, check=False,
            timeout=START_LIMIT,
        )  # fmt: skip
        assert (found.returncode, found.stderr.strip()) == (code, said)


def test_two_agents_share_the_work(world: World, tmp_path: Path) -> None:
    """Six deployments, and each is run once."""
    ids = set()
    for number in range(6):
        service = world.new_service(team_id=world.team["id"])
        release = world.published(f"2.0.{number}", service_id=service["id"])
        ids.add(world.requested(release, "dev")["id"])
    line = 'echo "$DEPLOYMENT_ID" >> ran'
    with agent(world, line, tmp_path), agent(world, line, tmp_path):
        eventually(lambda: all(is_now(world, each, "succeeded") for each in ids), within=START_LIMIT)
    assert sorted((tmp_path / "ran").read_text().split()) == sorted(map(str, ids))


def test_an_agent_that_is_killed_is_lost_and_the_next_may_start(
    world: World, clock: MovableClock, tmp_path: Path
) -> None:
    first = world.requested(world.published("1.4.0"), "dev")
    second = world.requested(world.published("1.5.0"), "dev")
    with agent(world, "touch began; while [ ! -e enough ]; do sleep 0.1; done", tmp_path) as process:
        eventually((tmp_path / "began").exists, within=START_LIMIT)
        process.send_signal(signal.SIGKILL)
        process.wait()
    (tmp_path / "enough").touch()  # what a killed agent ran goes on
    assert is_now(world, first["id"], "running")
    clock.move(minutes=6)
    with agent(world, "true", tmp_path, "--once") as process:
        assert process.wait(START_LIMIT) == 0
    assert (shown(world, first["id"])["state"], shown(world, first["id"])["cause"]) == ("failed", "agent lost")
    assert is_now(world, second["id"], "succeeded")


def test_an_agent_told_to_stop_ends_what_it_runs_and_takes_no_more(world: World, tmp_path: Path) -> None:
    first = world.requested(world.published("1.4.0"), "dev")
    second = world.requested(world.published("1.5.0"), "dev")
    with agent(world, "touch began; while [ ! -e enough ]; do sleep 0.1; done", tmp_path) as process:
        eventually((tmp_path / "began").exists, within=START_LIMIT)
        process.send_signal(signal.SIGTERM)
        (tmp_path / "enough").touch()
        assert process.wait(START_LIMIT) == 0
    assert is_now(world, first["id"], "succeeded")
    assert is_now(world, second["id"], "queued")


def test_an_agent_told_twice_stops_the_command(world: World, tmp_path: Path) -> None:
    mine = world.requested(world.published("1.4.0"), "dev")
    with agent(world, "touch began; sleep 1000", tmp_path, "--grace", "1000") as process:
        eventually((tmp_path / "began").exists, within=START_LIMIT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.wait(START_LIMIT) == 0
    assert (shown(world, mine["id"])["state"], shown(world, mine["id"])["cause"]) == ("failed", "the agent was stopped")


def test_what_the_server_calls_lost_is_stopped(world: World, clock: MovableClock, tmp_path: Path) -> None:
    """The server has given it up: who goes on would run beside the next one."""
    world.requested(world.published("1.4.0"), "dev")
    line = "trap 'touch stopped; exit 1' TERM; touch began; while :; do echo at it; sleep 0.2; done"
    with agent(world, line, tmp_path, "--once") as process:
        eventually((tmp_path / "began").exists, within=START_LIMIT)
        eventually(lambda: is_now(world, 1, "running"), within=START_LIMIT)
        clock.move(minutes=6)
        assert process.wait(START_LIMIT) == 1
    assert (tmp_path / "stopped").exists()
    assert "not ours any more" in (tmp_path / "agent.log").read_text()
