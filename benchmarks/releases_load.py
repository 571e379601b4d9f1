"""`python -m benchmarks.releases_load`: how long the release manager takes over what many look at.

One server as users run it, with two workers and production settings, over real HTTP. Beside each figure stands the
limit: the same statements on one connection of psycopg, rows to dicts, and nothing around them.
"""

import asyncio
import re
import statistics
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from benchmarks.one_app import WARM_UP, Running, console, cpu_ms, end_above, serving, timed
from benchmarks.releases_data import EMAIL, PASSWORD, fill
from portico.apps.releases.admission.service import explain
from portico.apps.releases.deployments import reads as deployments
from portico.apps.releases.dora import reads as dora
from portico.apps.releases.dora.windows import Window
from portico.apps.releases.matrix import reads as matrix
from portico.kernel.database import Connection, connection_options, conninfo
from portico.kernel.paging import seal

ABOUT = "50 services, 10 environments, 100,020 deployments of 10,000 releases in two years"
NEEDED_MS = 200.0
PAGE = 100
Read = Callable[[Connection], Awaitable[Any]]


class Case:
    """A path, and the read that is behind it."""

    def __init__(self, title: str, path: str, read: Read, **params: Any) -> None:
        self.title = title
        self.path = path if path.startswith("/pages") else f"/api/v1{path}"
        self.params = params
        self.read = read


def main(
    rounds: Annotated[int, typer.Option(min=2, help="Requests for each line.")] = 50,
    clients: Annotated[int, typer.Option(min=1, help="How many ask at once in the second column.")] = 4,
) -> None:
    """Measure, print the table, and end with 1 if an answer took longer than it may."""
    with serving("releases", fill) as running:
        slowest = asyncio.run(measured(running, rounds=rounds, clients=clients))
    end_above(slowest, NEEDED_MS)


def cases(now: datetime) -> list[Case]:
    month, year = now - timedelta(days=90), now - timedelta(days=365)
    everything: dora.Filters = {"service": None, "team": None}
    found = [
        Case("matrix", "/matrix", lambda c: matrix.matrix(c, at=now)),
        Case("matrix a year ago", "/matrix", lambda c: matrix.matrix(c, at=year), at=year.isoformat()),
        Case("state of an environment", "/environments/9/state", lambda c: matrix.state(c, 9, at=now)),
        Case("its state a year ago", "/environments/9/state", lambda c: matrix.state(c, 9, at=year),
             at=year.isoformat()),
        Case("DORA, 90 days", "/metrics/dora", lambda c: dora.metrics(c, Window(month, now), everything)),
        Case("DORA, a year", "/metrics/dora", lambda c: dora.metrics(c, Window(year, now), everything),
             **{"from": year.isoformat()}),
        Case("DORA, a year of a team", "/metrics/dora",
             lambda c: dora.metrics(c, Window(year, now), {"service": None, "team": 3}),
             **{"from": year.isoformat(), "team": 3}),
        Case("page of the board", "/pages/board", lambda c: matrix.matrix(c, at=now)),
        Case("page of DORA, 90 days", "/pages/dora", lambda c: dora.metrics(c, Window(month, now), everything)),
        Case("page of DORA, a year", "/pages/dora", lambda c: dora.metrics(c, Window(year, now), everything),
             **{"from": f"{year:%Y-%m-%d}"}),
    ]  # fmt: skip
    for metric in ("change_lead_time", "change_fail_rate"):
        found.append(Case(
            f"rows of {metric}, 90 days", "/metrics/dora/rows",
            lambda c, metric=metric: dora.rows(
                c, Window(month, now), everything, metric=metric, limit=PAGE, cursor=None
            ),
            metric=metric, limit=PAGE,
        ))  # fmt: skip
    for depth, before in (("newest", None), ("from the middle", 50_000), ("oldest", 10 * PAGE)):
        for kind, filters in LISTS.items():
            cursor = None if before is None else seal("-id", before)
            found.append(Case(
                f"deployments{kind}, {depth}", "/deployments",
                lambda c, filters=filters, cursor=cursor: deployments.deployments(
                    c, {**NO_FILTERS, **filters}, limit=PAGE, cursor=cursor
                ),
                limit=PAGE, **filters, **({"cursor": cursor} if cursor else {}),
            ))  # fmt: skip
    found.append(Case("why one may not start", "/deployments/100020/explain", lambda c: explained(c, 100_020, now)))
    return found


LISTS: dict[str, dict[str, Any]] = {
    "": {},
    " of a service": {"service_id": 7},
    ", failed": {"status": "failed"},
    ", superseded": {"status": "superseded"},
}
NO_FILTERS: dict[str, Any] = dict.fromkeys(
    ("status", "service_id", "service", "environment_id", "environment", "release_id", "needs_review")
)


async def explained(connection: Connection, deployment_id: int, now: datetime) -> Any:
    row = await deployments.deployment(connection, deployment_id)
    assert row is not None
    return await explain(connection, row, now)


async def measured(running: Running, *, rounds: int, clients: int) -> float:
    """Print the table; answers the slowest median of one client alone.

    CPU is what server and PostgreSQL spend on a request: the time of a machine that does nothing else.
    """
    heads = ("median ms", "p95 ms", "CPU ms", f"median of {clients} at once", "the limit, ms", "KiB")
    table = Table("", *heads, title=ABOUT)
    options = connection_options({})
    connection = await Connection.connect(conninfo(running.url), autocommit=True, options=options, prepare_threshold=1)
    slowest = 0.0
    async with connection, httpx.AsyncClient(base_url=f"http://{running.server.host}", timeout=60) as client:
        tokens = await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {tokens.json()['access_token']}"
        client.headers["Cookie"] = await page_session(client)
        for case in cases(datetime.now(UTC)):
            answer = await client.get(case.path, params=case.params)
            answer.raise_for_status()
            before = cpu_ms(running.processes)
            alone = await timed(lambda case=case: client.get(case.path, params=case.params), rounds)
            cpu = (cpu_ms(running.processes) - before) / (rounds + WARM_UP)
            at_once = await asyncio.gather(*(
                timed(lambda case=case: client.get(case.path, params=case.params), rounds // clients + 1)
                for _ in range(clients)
            ))  # fmt: skip
            limit = await timed(lambda case=case: case.read(connection), rounds)
            slowest = max(slowest, statistics.median(alone))
            numbers = (
                statistics.median(alone), statistics.quantiles(alone, n=20)[-1], cpu,
                statistics.median(time for times in at_once for time in times), statistics.median(limit),
            )  # fmt: skip
            table.add_row(case.title, *(f"{number:.1f}" for number in numbers), f"{len(answer.content) / 1024:.0f}")
    console.print(table)
    console.print(f"memory of the server: {running.server.memory()['pss']:.0f} MiB")
    return slowest


async def page_session(client: httpx.AsyncClient) -> str:
    """Sign in as a browser does. The cookies are for https, so that they are handed on by hand."""
    form = await client.get("/pages/sign-in")
    visit = form.headers["set-cookie"].partition(";")[0]
    found = re.search(r'name="csrf" value="([^"]+)"', form.text)
    assert found
    signed_in = await client.post(
        "/pages/sign-in",
        data={"csrf": found[1], "name": EMAIL, "password": PASSWORD},
        headers={"Cookie": visit, "Sec-Fetch-Site": "same-origin"},
    )
    assert signed_in.status_code == 303, signed_in.text
    return signed_in.headers["set-cookie"].partition(";")[0]


if __name__ == "__main__":
    typer.run(main)
