"""The same promises over HTTP: a hundred services, each with a random sequence of its own, all at the same time."""

import asyncio
import random
from typing import Any

import httpx
import pytest

from portico.kernel.database import Database, fetch_all
from tests.apps.releases.replay import Auditor, Rule
from tests.apps.releases.sequences import SOAK, Company, new_case
from tests.apps.releases.test_promises import CONTENT, RULES
from tests.apps.releases.world import World
from tests.races import bearer, racing_client

SERVICES, LENGTH, SEED = 100, 8, 20_000
PATH = "/api/v1/deployments"


class Storm:
    """One service over HTTP: people and agents who send something that may make sense."""

    def __init__(self, world: World, client: httpx.AsyncClient, case: Any) -> None:
        self.world = world
        self.case = case
        self._client = client
        self._random = random.Random(case.seed)
        self._made: list[dict[str, Any]] = []

    async def run(self) -> None:
        await self._request("dev")
        for _ in range(LENGTH):
            steps = [self._somewhere, self._approve, self._claim, self._succeed, self._both]
            (step,) = self._random.choices(steps, (3, 4, 4, 3, 2))
            await step()

    async def _send(self, path: str, body: Any, **headers: str) -> httpx.Response:
        answer = await self._client.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201, 403, 409, 422, 429, 503), answer.text
        return answer

    async def _request(self, environment: str) -> None:
        body = {"release_id": self.case.releases[0], "environment_id": self.world.environments[environment]}
        found = await self._send(PATH, body, **bearer(self.world.manager.tokens["access_token"]))
        self._made += [found.json()] if found.status_code == 201 else []

    async def _somewhere(self) -> None:
        await self._request(self._random.choice(("dev", "production", "production")))

    async def _approve(self) -> None:
        for deployment in self._made[-2:]:
            approver = self._random.choice([*self.world.approvers, self.world.manager])
            body = {"decision": "approved", "content_hash": deployment["content_hash"]}
            path = f"{PATH}/{deployment['id']}/approvals"
            await self._send(path, body, **bearer(approver.tokens["access_token"]))

    async def _claim(self) -> None:
        await self._act("claim", {})

    async def _succeed(self) -> None:
        await self._act("succeed", None)

    async def _both(self) -> None:
        """Two claims at once, and an administrator who changes the rule meanwhile."""
        token = bearer(self.world.admin.tokens["access_token"])
        rules = [f"/api/v1/approval-rules/{number}" for number in self.case.rules[:1]]
        body = {"required": self._random.choice((1, 2))}
        changes = [self._client.put(path, json=body, headers=token) for path in rules]
        await asyncio.gather(self._claim(), self._claim(), *changes)

    async def _act(self, what: str, body: Any) -> None:
        for deployment in self._made[-2:]:
            key = {"X-API-Key": self.world.agent.headers["X-API-Key"]}
            await self._send(f"{PATH}/{deployment['id']}/{what}", body, **key)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_promise_1_to_5_hold_over_http(world: World) -> None:
    auditor = asyncio.run(_storm(world))
    assert auditor.starts["dev"] > 10, auditor.starts
    assert auditor.starts["production"] > 0, auditor.starts


async def _storm(world: World) -> Auditor:
    database = Database(world.url, pool_size=4)
    await database.open()
    company = Company(
        database, users={}, environments=world.environments, group=world.group["id"], team=world.team["id"],
        lifecycle=world.lifecycle["id"],
    )  # fmt: skip
    auditor = Auditor(
        members=[each.user_id for each in world.approvers], production=world.environments["production"],
        dev=world.environments["dev"], soak=SOAK,
    )  # fmt: skip
    try:
        async with racing_client(world.nobody) as client, database.connection() as connection:
            cases = [await new_case(company, SEED + number, phased=False) for number in range(SERVICES)]
            before = [
                [await fetch_all(connection, statement, {"id": case.service}) for statement in (CONTENT, RULES)]
                for case in cases
            ]
            waiting = iter([Storm(world, client, case) for case in cases])

            async def lane() -> None:
                for storm in waiting:
                    await storm.run()

            await asyncio.gather(*(lane() for _ in range(8)))
            for case, (content, rules) in zip(cases, before, strict=True):
                assert await fetch_all(connection, CONTENT, {"id": case.service}) == content
                await auditor.check(
                    connection, case.service, phased=False,
                    rules={row["id"]: Rule(row["required"], row["is_emergency"]) for row in rules},
                    hashes={row["id"]: row["content_hash"] for row in content},
                )  # fmt: skip
    finally:
        await database.close()
    return auditor
