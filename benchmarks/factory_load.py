"""`python -m benchmarks.factory_load`: how long a recall takes among 1,000,000 units.

One server as users run it, with two workers and production settings, over real HTTP. The limit is the same read on one
connection of psycopg, rows to dicts, and nothing around it.
"""

import asyncio
import statistics
import time
from functools import partial
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from benchmarks.factory_data import COMPANY, EMAIL, FAMILIES, FEW, PASSWORD, fill
from benchmarks.one_app import WARM_UP, Running, console, cpu_ms, end_above, serving, timed
from portico.apps.factory.genealogy import reads as genealogy
from portico.apps.factory.recalls import reads as recalls
from portico.kernel.database import Connection, connection_options, conninfo
from portico.kernel.paging import seal

NEEDED_MS = 1000.0
PAGE = 100


def main(
    rounds: Annotated[int, typer.Option(min=2, help="Requests for each line.")] = 20,
    short: Annotated[
        bool, typer.Option(help="With 2,500 units: it proves that everything works, not how fast.")
    ] = False,
) -> None:
    """Measure, print the table, and end with 1 if a first page took longer than it may."""
    families = FEW if short else FAMILIES
    with serving("factory", partial(fill, families=families)) as running:
        slowest = asyncio.run(measured(running, families, rounds=rounds))
    end_above(slowest, NEEDED_MS)


async def measured(running: Running, families: dict[int, int], *, rounds: int) -> float:
    """Print the tables; answers the slowest median of a first page, in ms."""
    options = connection_options({})
    connection = await Connection.connect(conninfo(running.url), autocommit=True, options=options, prepare_threshold=1)
    async with connection, httpx.AsyncClient(base_url=f"http://{running.server.host}", timeout=120) as client:
        await connection.execute("SELECT set_config('app.tenant', %s, false)", [str(COMPANY)])
        tokens = await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {tokens.json()['access_token']}"
        lots = await roots(connection, families)
        slowest = await pages(client, connection, lots, running.processes, rounds)
        await whole(client, lots)
    console.print(f"memory of the server: {running.server.memory()['pss']:.0f} MiB")
    return slowest


async def roots(connection: Connection, families: dict[int, int]) -> dict[int, int]:
    """The raw lot of one family of each size."""
    found, family = {}, 1
    for size, count in families.items():
        (row,) = await recalls.roots_of(connection, lot=None, supplier_lot=f"P-{family}")
        found[size], family = row["id"], family + count
    return found


async def pages(
    client: httpx.AsyncClient, connection: Connection, lots: dict[int, int], processes: tuple[int, ...], rounds: int
) -> float:
    heads = ("median ms", "p95 ms", "CPU ms", "the limit, ms", "KiB")
    table = Table("", *heads, title="Five levels below the raw lots, two parents each")
    slowest = 0.0
    for size, root in lots.items():
        last = root + size - 1
        for title, path, params, read in (
            ("recall, first page", "/recall", {"lot": f"lot-{root}"}, partial(recalls.affected, roots=[root])),
            ("recall, last page", "/recall", {"lot": f"lot-{root}", "cursor": seal(5, last - PAGE)},
             partial(recalls.affected, roots=[root])),
            ("what a unit was made of", f"/lots/{last}/genealogy", {"direction": "up"},
             partial(genealogy.kin, lot_id=last, direction="up", depth=100)),
        ):  # fmt: skip
            cursor = params.get("cursor")
            query: dict[str, Any] = {**params, "limit": PAGE}
            get = partial(client.get, f"/api/v1{path}", params=query)
            answer = (await get()).raise_for_status()
            before = cpu_ms(processes)
            times = await timed(get, rounds)
            cpu = (cpu_ms(processes) - before) / (rounds + WARM_UP)
            limit = await timed(partial(read, connection, limit=PAGE, cursor=cursor), rounds)
            slowest = max(slowest, statistics.median(times))
            numbers = (statistics.median(times), statistics.quantiles(times, n=20)[-1], cpu, statistics.median(limit))
            table.add_row(
                f"{title}, of {size:,}", *(f"{number:.1f}" for number in numbers), f"{len(answer.content) / 1024:.0f}"
            )
    console.print(table)
    return slowest


async def whole(client: httpx.AsyncClient, lots: dict[int, int]) -> None:
    """What reaches every unit: once for each size, the smallest first."""
    table = Table("", "units", "blocked", "seconds")
    for root in reversed(lots.values()):
        began = time.perf_counter()
        answer = (await client.get("/api/v1/recall.csv", params={"lot": f"lot-{root}"})).raise_for_status()
        lines = answer.text.count("\n") - 1
        table.add_row("the list as CSV", f"{lines:,}", "", f"{time.perf_counter() - began:.2f}")
        for title in ("recall", "recall again: all are blocked"):
            began = time.perf_counter()
            answer = await client.post("/api/v1/recalls", json={"lot": f"lot-{root}", "reason": "brittle"})
            made = answer.raise_for_status().json()
            seconds = time.perf_counter() - began
            table.add_row(title, f"{made['units']:,}", f"{made['blocked']:,}", f"{seconds:.2f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
