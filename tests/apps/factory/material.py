"""Material in a world's company: what it lies in, what is received, and what the floor makes of it.

What only a report does over HTTP, making one lot of others, is done by the same seams that reports use.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, TypeVar

import anyio
import httpx

from portico.apps.factory.genealogy import order
from portico.apps.factory.genealogy.service import link
from portico.apps.factory.lots import ledger
from portico.kernel.database import Database
from portico.kernel.tenancy import acting_for
from portico.kernel.transaction import Transaction
from tests.apps.factory.world import API, Company, World, done
from tests.contract.shop import unique

T = TypeVar("T")
WHO: Any = SimpleNamespace(user_id=1, user_name="tests", may=lambda _: True, require=lambda _: None)
"""An `Access` that may everything."""


class Stores:
    """`manager` is the client of somebody who may book. `material` and the places `here` and `there` are new."""

    def __init__(self, world: World, company: Company | None = None) -> None:
        self.world = world
        self.company = company or world.ours
        self.manager = self.company.manager.client
        self.material = self.post("materials", code=unique("pvc"), unit="m")["id"]
        self.here, self.there = (self.post("locations", code=unique("place"))["id"] for _ in range(2))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return done(self.ask(path, **body))

    def ask(self, path: str, **body: Any) -> httpx.Response:
        return self.manager.post(f"{API}/{path}", json=body)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return done(self.manager.get(f"{API}/{path}", params=params))

    def lot(self, quantity: float = 10, *, released: bool = True, **values: Any) -> dict[str, Any]:
        """A lot that has come."""
        body = {"code": unique("lot"), "material_id": self.material, "location_id": self.here, **values}
        return self.post("lots", quantity=quantity, released=released, **body)

    def made_of(self, *parents: int, quantity: float = 1, taken: float = 1) -> int:
        """A new lot, made by a booking that takes so much of each parent."""
        return self.book(lambda write: make(write, self, parents, quantity, taken))

    def state(self, lot_id: int) -> str:
        return str(self.get(f"lots/{lot_id}")["state"])

    def book(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do something in one transaction of the company's."""

        async def run() -> T:
            async with bench(self.world.url, self.company) as begin:
                write = begin()
                try:
                    found = await work(write)
                    await write.commit()
                finally:
                    await write.close()
                return found

        return anyio.run(run)


def wrong(refused: httpx.Response) -> list[str]:
    """The fields that an answer calls invalid."""
    assert refused.status_code == 422, refused.text
    return [error["field"].split(".")[-1] for error in refused.json()["errors"]]


@asynccontextmanager
async def bench(url: str, company: Company) -> AsyncIterator[Callable[[], Transaction]]:
    """Gives transactions of this company's; several may run at a time."""
    database = Database(url)
    await database.open()
    try:
        with acting_for(str(company.id)):
            yield lambda: Transaction(database)
    finally:
        await database.close()


async def make(
    write: Transaction, stores: Stores, parents: tuple[int, ...], quantity: float, taken: float
) -> int:  # fmt: skip
    """What a report does with material: it is held usable, taken, and linked to what was made of it."""
    now, part = datetime.now(UTC), Decimal(str(taken))
    await order.share(write)
    await ledger.usable(write, parents, now)
    for parent in parents:
        await ledger.take(write, WHO, now, lot_id=parent, quantity=part, kind="issue")
    made = await ledger.make_lot(
        write, WHO, now, code=unique("made"), material_id=stores.material, quantity=Decimal(str(quantity)),
        location_id=stores.here,
    )  # fmt: skip
    for parent in parents:
        await link(write, parent_id=parent, child_id=made, quantity=part, report_id=None)
    return made
