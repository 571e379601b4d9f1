"""Promises 1 to 7, held against random sequences of calls by random people and programs, some of them at once.

2,000 sequences, in four parts. Each has a number of its own that makes all of its chances: `CASE=417 pytest -k
sequences` runs one of them again. What runs at once may go otherwise then.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from portico import registry
from portico.kernel.app import build
from portico.kernel.database import Database
from portico.kernel.runtime import Runtime
from tests.apps.factory.floor import Floor
from tests.apps.factory.in_process import InProcess
from tests.apps.factory.invariants import check
from tests.apps.factory.sequences import Case
from tests.apps.factory.shops import NEW_CASE, Shop, clock
from tests.apps.factory.world import World, open_world
from tests.clocks import A_YEAR
from tests.servers import settings_of

SEQUENCES, PARTS, LANES, LENGTH = 2000, 4, 3, 3
GENERIC = "-c plan_cache_mode=force_generic_plan"
"""The checks are long statements: planned once, they are quick."""


@pytest.mark.parametrize("part", range(PARTS))
def test_promises_1_to_7_hold_in_random_sequences(part: int, database_url: str) -> None:
    chosen = os.environ.get("CASE")
    if chosen is not None and part:
        return
    seeds: Sequence[int] = range(part, SEQUENCES, PARTS) if chosen is None else [int(chosen)]
    print(f"\nsequences {seeds[0]} to {seeds[-1]}, each with its own number as the seed")  # noqa: T201
    with open_world(database_url, clock=clock, **A_YEAR) as world:
        shops = [shop_of(world) for _ in range(LANES)]
        for number, shop in enumerate(shops):
            shop.stranger = shops[number - 1].manager
        asyncio.run(run_all(database_url, shops, iter(seeds)))
    seen = sum((shop.seen for shop in shops), Counter[str]())
    if chosen is None:
        check_that_much_happened(seen)


def shop_of(world: World) -> Shop:
    company = world.new_company()
    floor = Floor(world, company)
    people = {
        name: {"authorization": client.headers["Authorization"]}
        for name, client in (
            ("sawyer", floor.sawyer), ("welder", floor.welder), ("manager", floor.manager), ("admin", floor.admin),
            ("boss", company.boss),
        )
    }  # fmt: skip
    people["boss"]["x-company"] = str(company.id)
    return Shop(
        app=None, company=company.id, **people, key={"x-api-key": company.key.headers["X-API-Key"]},  # type: ignore[arg-type]
        stranger={}, routing=floor.routing["id"], article=floor.article["id"], material=floor.material["id"],
        places=list(floor.places.values()), reason=floor.reason, stations=[floor.saw["id"], floor.table["id"]],
    )  # fmt: skip


async def run_all(url: str, shops: Sequence[Shop], seeds: Iterator[int]) -> None:
    settings = settings_of(url, **A_YEAR)
    runtime = Runtime(settings=settings, database=Database(url, pool_size=LANES * 3), clock=clock)
    app = InProcess(build(registry.load("factory"), runtime))
    await runtime.open()
    try:
        async with asyncio.TaskGroup() as lanes:
            for shop in shops:
                shop.app = app
                lanes.create_task(run_in(shop, url, seeds))
    finally:
        await runtime.close()


async def run_in(shop: Shop, url: str, seeds: Iterator[int]) -> None:
    connection: psycopg.AsyncConnection[dict[str, Any]]
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=dict_row, options=GENERIC
    ) as connection:
        for seed in seeds:
            case = await new_case(shop, seed, connection)
            try:
                await case.run(LENGTH)
                await check_case(case, connection)
            except BaseException as error:
                error.add_note(f"In the sequence of CASE={seed}.")
                raise


async def new_case(shop: Shop, seed: int, connection: psycopg.AsyncConnection[dict[str, Any]]) -> Case:
    params = {
        "company": shop.company, "name": f"s{seed}", "routing": shop.routing, "article": shop.article,
        "material": shop.material, "places": shop.places,
    }  # fmt: skip
    row = await (await connection.execute(NEW_CASE, params)).fetchone()
    assert row is not None
    return Case(shop, seed, row)


async def check_case(case: Case, connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
    params = {
        "company": case.shop.company, "first": min(number for number, _ in case.lots), "order": case.order,
        "routing": case.shop.routing, "project": case.project, "is_released": bool(case.operations),
    }  # fmt: skip
    await check(connection, params)
    twice = {key: found for key, found in case.booked.items() if len(found) > 1}
    assert not twice, f"promise 5: booked more than once: {twice}"


def check_that_much_happened(seen: Counter[str]) -> None:
    """Else the sequences prove nothing."""
    missing = [call for call in REACHED if not seen[call]]
    assert not missing, (missing, sorted(seen.items()))


REACHED = (
    "release: 200", "report: 201", "report: MORE_THAN_AVAILABLE", "report: LOT_NOT_USABLE", "report: NOT_ENOUGH",
    "report: NOT_AT_WORK", "report: FORBIDDEN", "start operation: 200", "pause operation: 200", "resume operation: 200",
    "end operation: 200", "skip operation: 200", "hold: 200", "resume: 200", "complete: 200", "close: 200",
    "reopen: 200", "abort: 200", "reverse report: 201", "reverse report: REPORT_STANDS", "block lot: 200",
    "unblock lot: 200", "reject lot: 200", "move lot: 200", "adjust lot: 200", "receive lot: 200", "release lot: 200",
    "split: 201", "merge: 201", "reverse movement: 201", "recall: 201", "ship: 200", "delete: 204", "restore: 200",
    "sync: 200", "replace: 201", "scan: 200", "intrude: NOT_FOUND",
)  # fmt: skip
