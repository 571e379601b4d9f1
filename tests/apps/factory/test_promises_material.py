"""Promises 1 and 3: the ledger and the genealogy, against random bookings, races, and raw SQL."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from portico import registry
from portico.apps.factory.lots.ledger import LotNotUsable
from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.errors import Problem
from portico.kernel.tenancy import acting_for
from portico.kernel.transaction import Transaction
from tests.apps.factory import material_sequences as sequences
from tests.apps.factory.material import Stores, bench, make
from tests.apps.factory.material_sequences import OPERATIONS, Case
from tests.apps.factory.world import World

Begin = Callable[[], Transaction]
SEQUENCES, LANES, ROUNDS, AT_ONCE = 40, 4, 6, 4


@pytest.fixture(scope="module")
def stores(shared_world: World) -> Stores:
    return Stores(shared_world)


def test_promise_1_and_3_hold_in_random_sequences(database_url: str) -> None:
    chosen = os.environ.get("CASE")
    done = asyncio.run(run_all(database_url, range(SEQUENCES) if chosen is None else [int(chosen)]))
    if chosen is None:
        rare = {operation.__name__: done[operation.__name__] for operation in OPERATIONS}
        assert min(rare.values()) > SEQUENCES / 30, f"too little happened: {rare}"


async def run_all(url: str, seeds: range | list[int]) -> Counter[str]:
    registry.load("factory")
    database = Database(url, pool_size=LANES * (AT_ONCE + 1), limits=JOB_LIMITS)
    await database.open()
    waiting, done = iter(seeds), Counter[str]()

    async def lane() -> None:
        for seed in waiting:
            done.update(await run(database, url, seed))

    try:
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())
    finally:
        await database.close()
    return done


async def run(database: Database, url: str, seed: int) -> Counter[str]:
    """Rounds of bookings at once; after the last one everything must hold."""
    case = await asyncio.to_thread(sequences.found, url, seed)
    with acting_for(str(case.company)):
        for _ in range(3):
            await book(database, case, sequences.receive)
        for _ in range(ROUNDS):
            chosen = case.chance.choices([*OPERATIONS], [*OPERATIONS.values()], k=AT_ONCE)
            await asyncio.gather(*(book(database, case, operation) for operation in chosen))
        async with database.connection() as connection:
            wrong = await sequences.wrongs(connection, case)
    assert not wrong, f"case {seed}: {wrong}"
    return case.done


async def book(database: Database, case: Case, operation: sequences.Operation) -> None:
    write = Transaction(database)
    try:
        learn = await operation(case, write)
        await write.commit()
    except Problem:
        return
    finally:
        await write.close()
    case.done[operation.__name__] += 1
    if learn is not None:
        learn()


def test_promise_1_of_two_who_use_the_last_metre_at_once_one_gets_it(stores: Stores) -> None:
    lot = stores.lot(1)["id"]
    kinds = asyncio.run(_at_once(stores, *((lot, 1.0) for _ in range(6))))
    assert kinds == {"made": 1, "NOT_ENOUGH": 0, "LOT_NOT_USABLE": 5}
    other = stores.lot(1.5)["id"]
    kinds = asyncio.run(_at_once(stores, *((other, 1.0) for _ in range(6))))
    assert kinds == {"made": 1, "NOT_ENOUGH": 5, "LOT_NOT_USABLE": 0}
    assert stores.get(f"lots/{other}")["on_hand"] == 0.5


async def _at_once(stores: Stores, *wanted: tuple[int, float]) -> dict[str, int]:
    counts = {"made": 0, "NOT_ENOUGH": 0, "LOT_NOT_USABLE": 0}

    async def one(write: Transaction, lot: int, taken: float) -> None:
        try:
            await make(write, stores, (lot,), 1, taken)
            await write.commit()
            counts["made"] += 1
        except Problem as problem:
            counts[problem.code] += 1
        finally:
            await write.close()

    async with bench(stores.world.url, stores.company) as begin:
        await asyncio.gather(*(one(begin(), *each) for each in wanted))
    return counts


def test_promise_3_a_block_reaches_what_reports_are_making_of_it(stores: Stores) -> None:
    for _ in range(5):
        lot = stores.lot(100)["id"]
        made = asyncio.run(_block_amid(stores, lot))
        states = Counter(stores.state(each) for each in made)
        assert set(states) <= {"blocked"}, states
        assert stores.state(lot) == "blocked"


async def _block_amid(stores: Stores, lot: int) -> list[int]:
    """Chains of reports that make one lot of another, until one is refused since a block came between."""
    made: list[int] = []
    begun = asyncio.Event()

    async def chain(begin: Begin) -> None:
        newest = lot
        for _ in range(60):
            write = begin()
            try:
                newest = await make(write, stores, (newest,), 2, 1)
                await write.commit()
                made.append(newest)
                if len(made) == 6:
                    begun.set()
            except LotNotUsable:
                return
            finally:
                await write.close()

    async def block(begin: Begin) -> None:
        await begun.wait()
        write = begin()
        try:
            await sequences.LotService(write, sequences.WHO, sequences.NOW).block(lot, "scratched")
            await write.commit()
        finally:
            await write.close()

    async with bench(stores.world.url, stores.company) as begin:
        await asyncio.gather(chain(begin), chain(begin), chain(begin), block(begin))
    return made


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE factory.movements SET quantity = 100", "DELETE FROM factory.movements", "TRUNCATE factory.movements",
        "UPDATE factory.stock SET on_hand = 100", "DELETE FROM factory.stock", "DELETE FROM factory.genealogy",
        "INSERT INTO factory.stock (lot_id, location_id, on_hand) SELECT lot_id, location_id + 1, 5 FROM factory.stock",
        "UPDATE factory.genealogy SET quantity = 0", "DELETE FROM factory.lots", "DELETE FROM factory.blocks",
        "UPDATE factory.recall_units SET state = 'released'", "DELETE FROM factory.recalls",
        "ALTER TABLE factory.movements DISABLE TRIGGER book",
    ],
)  # fmt: skip
def test_promise_1_nothing_is_edited_or_deleted_by_raw_sql_either(stores: Stores, sql: str) -> None:
    with _as_app(stores) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql)  # type: ignore[arg-type]


def test_promise_1_raw_sql_takes_no_more_than_there_is(stores: Stores) -> None:
    lot = stores.lot(2)["id"]
    book = """
        INSERT INTO factory.movements (lot_id, location_id, quantity, kind, at, user_id, user_name)
        VALUES (%s, %s, %s, 'issue', now(), 1, 'sql')"""
    with _as_app(stores) as connection:
        connection.execute(book, [lot, stores.here, Decimal(-2)])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(book, [lot, stores.here, Decimal("-0.001")])


def _as_app(stores: Stores) -> psycopg.Connection:
    connection = psycopg.connect(stores.world.url)
    connection.execute("SET ROLE portico_app")
    connection.execute("SELECT set_config('app.tenant', %s, false)", [str(stores.company.id)])
    return connection
