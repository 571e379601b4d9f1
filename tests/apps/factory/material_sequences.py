"""Random bookings of material, on the services themselves and a real database, and what must hold after them.

Each case has a company of its own, so thousands share one database. `OPERATIONS` may be mixed with others': each takes
a transaction that has locked nothing, and a case that knows which lots and places there are.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg

from portico.apps.factory.genealogy import order
from portico.apps.factory.genealogy.service import link
from portico.apps.factory.lots import ledger
from portico.apps.factory.lots.service import LotService
from portico.apps.factory.recalls.service import recall
from portico.apps.factory.stock.service import reverse
from portico.kernel.database import Connection, fetch_all
from portico.kernel.event_log import Actor
from portico.kernel.transaction import Transaction

WHO: Any = SimpleNamespace(
    user_id=1, user_name="tests", company_id="", actor=Actor(), may=lambda _: True, require=lambda _: None
)
"""An `Access` that may everything."""
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Case:
    """One company's material. `lots` are those that were made by committed work; `links` what they were made of."""

    seed: int
    company: UUID = field(default_factory=uuid4)
    material: int = 0
    places: list[int] = field(default_factory=list)
    lots: list[int] = field(default_factory=list)
    links: set[tuple[int, int]] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def a_lot(self) -> int:
        return self.chance.choice(self.lots)

    def a_place(self) -> int:
        return self.chance.choice(self.places)

    def a_quantity(self) -> Decimal:
        return Decimal(self.chance.choice((1, 1, 2, 5))) / self.chance.choice((1, 1, 4))

    def a_code(self) -> str:
        return f"{self.chance.getrandbits(60):x}"


def found(url: str, seed: int) -> Case:
    """A case in a new company."""
    case = Case(seed)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO factory.companies (id, name) VALUES (%s, %s)", [case.company, str(case.company)]
        )
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(case.company)])
        for kind, kept in (("materials", []), ("locations", case.places), ("locations", case.places)):
            sql = f"INSERT INTO factory.{kind} (code) VALUES (%s) RETURNING id"
            row = connection.execute(sql, [uuid4().hex]).fetchone()  # type: ignore[arg-type]
            assert row is not None
            kept.append(row[0])
            case.material = kept[0] if kind == "materials" else case.material
    return case


async def receive(case: Case, write: Transaction) -> Callable[[], None]:
    made = await _lots(write).receive_new(
        code=case.a_code(), material_id=case.material, quantity=4 * case.a_quantity(), location_id=case.a_place(),
        released=case.chance.random() < 0.8,
    )  # fmt: skip
    return lambda: case.lots.append(made)


async def produce(case: Case, write: Transaction) -> Callable[[], None]:
    """As a report does it: material is held usable, taken, and linked to what was made of it."""
    parents = sorted({case.a_lot() for _ in range(case.chance.choice((1, 2)))})
    quantity, place = case.a_quantity(), case.a_place()
    await order.share(write)
    await ledger.usable(write, parents, NOW)
    for parent in parents:
        await ledger.take(write, WHO, NOW, lot_id=parent, quantity=quantity, kind="issue")
    made = await ledger.make_lot(
        write, WHO, NOW, code=case.a_code(), material_id=case.material, quantity=quantity, location_id=place
    )
    for parent in parents:
        await link(write, parent_id=parent, child_id=made, quantity=quantity, report_id=None)
    return _made(case, made, parents)


async def build_in(case: Case, write: Transaction) -> Callable[[], None]:
    """Material goes into a lot that was there before."""
    parent, child, quantity = case.a_lot(), case.a_lot(), case.a_quantity()
    await order.alone(write)
    await ledger.usable(write, [parent, child], NOW)
    await ledger.take(write, WHO, NOW, lot_id=parent, quantity=quantity, kind="issue")
    await link(write, parent_id=parent, child_id=child, quantity=quantity, report_id=None)
    return lambda: case.links.add((parent, child))


async def ship(case: Case, write: Transaction) -> None:
    lots = sorted({case.a_lot(), case.a_lot()})
    await order.share(write)
    await ledger.usable(write, lots, NOW)
    for lot_id in lots:
        quantity = await ledger.on_hand(write, lot_id) or Decimal(1)
        await ledger.take(write, WHO, NOW, lot_id=lot_id, quantity=quantity, kind="ship")


async def split(case: Case, write: Transaction) -> Callable[[], None]:
    parent = case.a_lot()
    made = await _lots(write).split(
        parent, code=case.a_code(), quantity=case.a_quantity(), location_id=case.a_place()
    )  # fmt: skip
    return _made(case, made, [parent])


async def merge(case: Case, write: Transaction) -> Callable[[], None]:
    parents = sorted({case.a_lot(), case.a_lot(), case.a_lot()})
    made = await _lots(write).merge(
        parents[0], code=case.a_code(), lot_ids=parents, location_id=case.a_place()
    )  # fmt: skip
    return _made(case, made, parents)


async def move(case: Case, write: Transaction) -> None:
    source, target = case.chance.sample(case.places, 2)
    quantity = case.a_quantity()
    await _lots(write).move(case.a_lot(), from_location_id=source, to_location_id=target, quantity=quantity)


async def adjust(case: Case, write: Transaction) -> None:
    quantity = case.a_quantity() * case.chance.choice((1, -1))
    await _lots(write).adjust(case.a_lot(), location_id=case.a_place(), quantity=quantity, reason="counted")


async def take_back(case: Case, write: Transaction) -> None:
    sql = "SELECT id FROM factory.movements ORDER BY id"
    lines = await fetch_all(await write.connection(), sql)
    await reverse(write, WHO, NOW, case.chance.choice(lines)["id"], "wrong")


async def block(case: Case, write: Transaction) -> None:
    await _lots(write).block(case.a_lot(), "scratched")


async def unblock(case: Case, write: Transaction) -> None:
    blocks = await fetch_all(await write.connection(), "SELECT id, lot_id FROM factory.blocks WHERE lifted_at IS NULL")
    chosen = case.chance.choice(blocks) if blocks else {"lot_id": case.a_lot(), "id": None}
    await _lots(write).unblock(chosen["lot_id"], "polished", chosen["id"])


async def call_back(case: Case, write: Transaction) -> None:
    await recall(write, WHO, NOW, lot=str(case.a_lot()), supplier_lot=None, reason="brittle")


async def reject(case: Case, write: Transaction) -> None:
    await _lots(write).reject(case.a_lot(), "rotten")


async def release(case: Case, write: Transaction) -> None:
    await _lots(write).release(case.a_lot())


Operation = Callable[[Case, Transaction], Awaitable[Callable[[], None] | None]]
"""Answers what the case learns once the transaction is committed."""
OPERATIONS: dict[Operation, int] = {
    receive: 3, produce: 12, build_in: 4, ship: 2, split: 3, merge: 3, move: 3, adjust: 2, take_back: 4, block: 2,
    unblock: 3, call_back: 1, reject: 2, release: 3,
}  # fmt: skip
"""And how often each is chosen."""


async def wrongs(connection: Connection, case: Case) -> list[str]:
    """What of the promises 1 and 3 does not hold for the material of the connection's company."""
    wrong = [
        f"{name}: {row}"
        for name, sql in RULES.items()
        for row in await fetch_all(connection, sql)  # type: ignore[arg-type]
    ]
    rows = await fetch_all(connection, "SELECT parent_id, child_id FROM factory.genealogy")
    links = {(row["parent_id"], row["child_id"]) for row in rows}
    return wrong + [f"missing link {pair}" for pair in case.links - links] + circles(links)


def circles(links: set[tuple[int, int]]) -> list[str]:
    """Lots that are made of themselves: what is left when lots without parents are taken away, again and again."""
    left = set(links)
    while left:
        free = {parent for parent, _ in left} - {child for _, child in left}
        if not free:
            return [f"a circle in {sorted(left)}"]
        left = {pair for pair in left if pair[0] not in free}
    return []


def _made(case: Case, made: int, parents: list[int]) -> Callable[[], None]:
    def learn() -> None:
        case.lots.append(made)
        case.links.update((parent, made) for parent in parents)

    return learn


def _lots(write: Transaction) -> LotService:
    return LotService(write, WHO, NOW)


ABOVE = """
    WITH RECURSIVE above AS (
        SELECT id AS lot_id, id FROM factory.lots
        UNION
        SELECT a.lot_id, g.parent_id FROM above AS a JOIN factory.genealogy AS g ON g.child_id = a.id
    ), held AS (
        SELECT DISTINCT a.lot_id FROM above AS a JOIN factory.blocks AS b ON b.lot_id = a.id AND b.lifted_at IS NULL
    )"""
RULES = {
    "the sum of the movements is not the stock": """
        SELECT lot_id, location_id, sum(on_hand) FROM (
            SELECT lot_id, location_id, on_hand FROM factory.stock
            UNION ALL SELECT lot_id, location_id, -quantity FROM factory.movements) AS both_sides
        GROUP BY 1, 2 HAVING sum(on_hand) <> 0""",
    "the stock was below 0": """
        SELECT id FROM (SELECT id, sum(quantity) OVER (PARTITION BY lot_id, location_id ORDER BY id) AS level
                        FROM factory.movements) AS line WHERE level < 0""",
    "held by a block, and not blocked": f"""{ABOVE}
        SELECT l.id, l.state FROM held AS h JOIN factory.lots AS l ON l.id = h.lot_id
        WHERE l.state IN ('quarantine', 'released')""",
    "blocked, and held by nothing": f"""{ABOVE}
        SELECT id FROM factory.lots WHERE state = 'blocked' AND id NOT IN (SELECT lot_id FROM held)""",
    "used up, and still there": """
        SELECT l.id, l.state FROM factory.lots AS l JOIN factory.stock AS s ON s.lot_id = l.id
        WHERE l.state IN ('consumed', 'shipped') AND s.on_hand > 0""",
}
