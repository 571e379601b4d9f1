"""Requests of two companies and of nobody, mixed, of which some fail, are given up by their client, or take too long.

Each answer is looked at: whoever asks is shown rows of the own company and never of the other one.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from tests.apps.factory.world import API, Company, World
from tests.races import racing_client

STATIONS = f"{API}/workstations"


@dataclass(frozen=True)
class Asker:
    """Somebody of one company, and the station of it that everybody's requests are about."""

    token: str
    own: Company | None
    other: Company

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def askers(world: World) -> list[Asker]:
    """An administrator of each company, and somebody who has not signed in."""
    pairs = ((world.ours, world.theirs), (world.theirs, world.ours))
    people = [Asker(own.admin.tokens["access_token"], own, other) for own, other in pairs]
    return [*people, Asker("", None, world.ours)]


async def mix(world: World, count: int, *, seed: int, at_once: int = 24) -> Counter[str]:
    """So many requests; answers how often each status was met. Raises where an answer shows what it must not."""
    dice = random.Random(seed)
    those = askers(world)
    met: Counter[str] = Counter()
    left = iter(range(count))

    async def worker(client: httpx.AsyncClient) -> None:
        for _ in left:
            asker = dice.choice(those)
            request = dice.choice(REQUESTS)(dice, asker)
            patience = dice.choice([30.0] * 9 + [0.004])  # some clients are gone before they are answered
            try:
                found = await client.request(**request, headers=asker.headers, timeout=patience)
            except httpx.TimeoutException:
                met["given up"] += 1
                continue
            met[str(found.status_code)] += 1
            check(asker, found)

    async with racing_client(world.nobody) as client:
        await asyncio.gather(*(worker(client) for _ in range(at_once)))
    return met


def check(asker: Asker, found: httpx.Response) -> None:
    assert str(asker.other.station["guid"]) not in found.text, (asker, found.text)
    assert asker.other.name not in found.text, (asker, found.text)
    if asker.own is None:
        assert found.status_code in (401, 408, 503), found.text  # the last two: it took too long
    elif found.status_code == 200:
        assert asker.own.name in found.text or str(asker.own.station["guid"]) in found.text, found.text


def _all(_: random.Random, asker: Asker) -> dict[str, Any]:
    return {"method": "GET", "url": STATIONS}


def _company(_: random.Random, asker: Asker) -> dict[str, Any]:
    return {"method": "GET", "url": f"{API}/companies"}


def _me(_: random.Random, asker: Asker) -> dict[str, Any]:
    return {"method": "GET", "url": f"{API}/auth/me"}


def _theirs(_: random.Random, asker: Asker) -> dict[str, Any]:
    return {"method": "GET", "url": f"{STATIONS}/{asker.other.station['id']}"}


def _refused(_: random.Random, asker: Asker) -> dict[str, Any]:
    """A name that is taken: the statement fails, and the transaction with it."""
    name = (asker.own or asker.other).station["name"]
    return {"method": "POST", "url": STATIONS, "json": {"name": name, "type": "Machine"}}


def _written(dice: random.Random, asker: Asker) -> dict[str, Any]:
    """A row that is locked for a while: who waits too long is answered 503, within REQUEST_TIMEOUT."""
    station = (asker.own or asker.other).station["id"]
    return {"method": "PUT", "url": f"{STATIONS}/{station}", "json": {"location": f"Hall {dice.randrange(9)}"}}


REQUESTS: list[Callable[[random.Random, Asker], dict[str, Any]]] = [_all, _company, _me, _theirs, _refused, _written]


async def hold_rows(world: World, *, until: asyncio.Event, seconds: float) -> None:
    """Lock our station again and again, for so long."""
    async with await psycopg.AsyncConnection.connect(world.url) as connection:
        while not until.is_set():
            await connection.execute(
                "SELECT FROM factory.workstations WHERE id = %s FOR UPDATE", [world.ours.station["id"]]
            )
            await asyncio.sleep(seconds)
            await connection.rollback()
            await asyncio.sleep(seconds)


def run_mixed(world: World, count: int, *, seed: int, held: float = 0.5) -> Counter[str]:
    """As `mix`, while rows are locked now and then."""

    async def work() -> Counter[str]:
        assert world.ours.station
        assert world.theirs.station
        over = asyncio.Event()
        holding = asyncio.create_task(hold_rows(world, until=over, seconds=held))
        try:
            return await mix(world, count, seed=seed)
        finally:
            over.set()
            await holding

    return asyncio.run(work())
