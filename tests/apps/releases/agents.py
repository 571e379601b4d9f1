"""Two agents that take what is queued, each as fast as it can."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg

from tests.apps.releases.world import World, done

PATH = "/api/v1/deployments"
LINES = """
    SELECT c.deployment_id, d.service_id, c.action FROM releases.status_changes AS c
    JOIN releases.deployments AS d ON d.id = c.deployment_id WHERE d.id = ANY(%s) ORDER BY c.id"""


def assert_each_is_run_once(world: World, *, services: int, each: int) -> None:
    """So many deployments of so many services to one environment: of a service one at a time, and every one once."""
    wanted = []
    for _ in range(services):
        service = world.new_service(team_id=world.team["id"])
        release = world.published(service_id=service["id"])
        wanted += [world.requested(release)["id"] for _ in range(each)]
    agents = [world.key("releases:read", "deploy:run") for _ in range(2)]
    with ThreadPoolExecutor(len(agents)) as threads:
        ran = list(threads.map(lambda agent: _work(agent, set(wanted)), agents))
    assert sorted(ran[0] + ran[1]) == wanted
    assert all(ran), "one of them did everything"
    with psycopg.connect(world.url) as connection:
        lines = connection.execute(LINES, [wanted]).fetchall()
    assert Counter(number for number, _, action in lines if action == "claim") == Counter(wanted)
    running: Counter[int] = Counter()
    for _, service_id, action in lines:
        running[service_id] += {"claim": 1, "succeed": -1}.get(action, 0)
        assert running[service_id] in (0, 1)


def _work(agent: httpx.Client, wanted: set[int]) -> list[int]:
    """What this agent has run, until nothing of it is queued."""
    ran: list[int] = []
    while queued := [each["id"] for each in _queued(agent) if each["id"] in wanted]:
        for number in queued:
            answer = agent.post(f"{PATH}/{number}/claim", json={})
            assert answer.status_code in (200, 409, 503), answer.text
            if answer.status_code == 200:
                done(agent.post(f"{PATH}/{number}/succeed"))
                ran.append(number)
    return ran


def _queued(agent: httpx.Client) -> list[dict[str, Any]]:
    params = {"status": "queued", "sort": "id", "limit": 100}
    found: list[dict[str, Any]] = done(agent.get(PATH, params=params))["items"]
    return found
