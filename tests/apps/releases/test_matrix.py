"""What runs where: now, and at any time past, as a replay of the log has it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from portico.apps.releases.matrix import reads
from portico.kernel.database import Database
from tests.apps.releases.ledger import ENVIRONMENTS, Ledger
from tests.apps.releases.world import World, done
from tests.clocks import MovableClock
from tests.contract.shop import made
from tests.contract.stall import problem

Place = tuple[int, int]
"""A service and an environment."""
Running = dict[Place, tuple[int, int]]
"""Deployment and release by place."""
START = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = 40


@pytest.mark.parametrize("number", range(3))
def test_promise_5_the_state_of_any_time_is_a_replay_of_the_log(new_database: Callable[..., str], number: int) -> None:
    url, random = new_database(), Random(number)
    log = sorted(_history(url, random))
    times = [START + timedelta(minutes=random.randrange(-1, 61), seconds=random.choice([0, 30])) for _ in range(TIMES)]
    expected: list[Running] = []
    for at in times:
        expected.append({})
        for ended, deployment, place, state, release in log:
            if ended <= at and state == "succeeded":
                expected[-1][place] = (deployment, release)
    assert asyncio.run(_asked(url, times)) == [(each, each) for each in expected]


def _history(url: str, random: Random) -> list[tuple[datetime, int, Place, str, int]]:
    """Deployments in a random order, many of them at one time: when each ended, its id, where, how, and its release."""
    found = []
    with psycopg.connect(url) as connection:
        ledger = Ledger(connection)
        team = ledger.team("a team")
        services = [ledger.service(f"service {one}", team) for one in range(4)]
        releases = {one: [ledger.release(one, f"1.{minor}.0", START) for minor in range(5)] for one in services}
        for _ in range(200):
            service, name = random.choice(services[:3]), random.choice(ENVIRONMENTS)
            ended = START + timedelta(minutes=random.randrange(60))
            release, state = random.choice(releases[service]), random.choice(["succeeded", "succeeded", "failed"])
            number = ledger.deploy(release, ended, to=name, state=state)
            found.append((ended, number, (service, ledger.environments[name]), state, release))
    return found


async def _asked(url: str, times: list[datetime]) -> list[tuple[Running, Running]]:
    """What the matrix says of each time, and what the states of all environments say together."""
    database = Database(url, pool_size=1)
    await database.open()
    found = []
    try:
        async with database.connection() as connection:
            for at in times:
                matrix = await reads.matrix(connection, at=at)
                states = {
                    (each["service_id"], column["id"]): (each["deployment_id"], each["release_id"])
                    for column in matrix["environments"]
                    for each in await reads.state(connection, column["id"], at=at)
                }
                found.append((_cells(matrix), states))
    finally:
        await database.close()
    return found


def _cells(matrix: dict[str, Any]) -> Running:
    columns = [each["id"] for each in matrix["environments"]]
    return {
        (line["id"], column): (cell["deployment_id"], cell["release_id"])
        for line in matrix["services"]
        for column, cell in zip(columns, line["cells"], strict=True)
        if cell is not None
    }


LINES = """
    SELECT c.at, c.deployment_id, d.service_id, d.environment_id, d.release_id FROM releases.status_changes AS c
    JOIN releases.deployments AS d ON d.id = c.deployment_id WHERE c.after = 'succeeded' ORDER BY c.at, c.id"""


def test_promise_5_what_agents_have_done_is_what_the_log_replays(world: World, clock: MovableClock) -> None:
    random = Random(5)
    anywhere = world.new_lifecycle(["dev", "test"])["id"]
    services = [world.new_service(team_id=world.team["id"], lifecycle_id=anywhere)["id"] for _ in range(2)]
    releases = [world.published(service_id=service) for service in services for _ in range(3)]
    for _ in range(20):
        clock.move(seconds=random.randrange(90))
        deployed = world.deployed(
            random.choice(releases), random.choice(["dev", "test"]), succeeds=random.random() < 0.7
        )
        if deployed[0]["previous_id"] and random.random() < 0.3:
            back = world.manager.client.post(
                f"/api/v1/deployments/{deployed[0]['id']}/rollback", json={"reason": "It is slow"}
            )
            world.run(made(back))
    with psycopg.connect(world.url) as connection:
        lines = connection.execute(LINES).fetchall()
    assert len(lines) > 10
    for at, *_ in [*lines, (clock(),)]:
        running: Running = {}
        for ended, deployment, service, environment, release in lines:
            if ended <= at:
                running[service, environment] = (deployment, release)
        board = done(world.viewer.client.get("/api/v1/matrix", params={"at": at.isoformat()}))
        assert _cells(board) == running


def test_the_board_follows_what_the_agents_report(world: World, clock: MovableClock) -> None:
    dev, test = world.environments["dev"], world.environments["test"]
    first, second = world.published(), world.published()
    deployment = world.deployed(first, "dev")[0]
    before = clock()
    clock.move(minutes=5)
    world.deployed(first, "test")
    world.deployed(second, "dev", succeeds=False)
    clock.move(minutes=5)
    world.deployed(second, "dev")
    path = "/api/v1/matrix"
    board = done(world.viewer.client.get(path))
    assert [each["name"] for each in board["environments"]] == ["dev", "test", "staging", "production"]
    lines = {line["id"]: [cell and cell["version"] for cell in line["cells"]] for line in board["services"]}
    assert lines == {
        world.service["id"]: [second["version"], first["version"], None, None],
        world.other_service["id"]: [None] * 4,
    }
    past = done(world.viewer.client.get(f"/api/v1/environments/{dev}/state", params={"at": before.isoformat()}))
    (cell,) = past["services"]
    assert (cell["deployment_id"], cell["version"]) == (deployment["id"], first["version"])
    assert (cell["by"], cell["content_hash"]) == (world.manager.name, first["content_hash"])
    assert datetime.fromisoformat(cell["since"]) == before
    assert (
        done(world.viewer.client.get(f"/api/v1/environments/{test}/state", params={"at": before.isoformat()}))[
            "services"
        ]
        == []
    )
    others = done(world.viewer.client.get(path, params={"team": world.others["id"]}))
    assert [line["id"] for line in others["services"]] == [world.other_service["id"]]


def test_a_time_has_a_zone_and_the_future_is_not_known(world: World, clock: MovableClock) -> None:
    path = f"/api/v1/environments/{world.environments['dev']}/state"
    problem(world.viewer.client.get(path, params={"at": "2026-01-01T00:00:00"}), 422, "VALIDATION_ERROR")
    found = done(world.viewer.client.get(path, params={"at": "2999-01-01T00:00:00Z"}))
    assert datetime.fromisoformat(found["at"]) == clock()
    problem(world.viewer.client.get("/api/v1/environments/999999/state"), 404, "NOT_FOUND")
