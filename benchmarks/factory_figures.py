"""`python -m benchmarks.factory_figures`: how long the figures of the factory take with 100,000 reports.

A year of 20 workstations in two shifts, with 500 orders, 20,000 stops, and scrap in every tenth report. One server as
users run it, with two workers and production settings, over real HTTP; the limit is the same statements on one
connection of psycopg.
"""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from benchmarks.one_app import Running, console, end_above, fill_by, serving, timed
from benchmarks.releases_load import NEEDED_MS
from portico.apps.factory.kpi import reads
from portico.identity.public import hash_now
from portico.kernel.database import Connection, connection_options, conninfo
from portico.kernel.tenancy import begin_for

COMPANY = "00000000-0000-0000-0000-0000000000f1"
EMAIL, PASSWORD = "manager@example.com", "a password of the benchmark"
STATIONS, ORDERS, REPORTS, DAYS = 20, 500, 100_000, 365

STATEMENTS = (
    "SELECT setseed(0.42), set_config('app.tenant', %(company)s, false)",
    "INSERT INTO factory.companies (id, name) VALUES (%(company)s, 'Benchmark')",
    """INSERT INTO factory.users (username, email, role, pwd_hash)
        VALUES (%(email)s, %(email)s, 'ProjectManager', %(pwd_hash)s)""",
    """INSERT INTO factory.workstations (name, type)
        SELECT 'station-' || lpad(i::text, 2, '0'), 'Machine' FROM generate_series(1, %(stations)s) i""",
    "INSERT INTO factory.articles (code) VALUES ('window')",
    "INSERT INTO factory.routings (code) VALUES ('window')",
    "INSERT INTO factory.scrap_reasons (code, name) SELECT 'r' || i, 'reason ' || i FROM generate_series(1, 10) i",
    """INSERT INTO factory.work_orders (code, routing_id, article_id, quantity, state)
        SELECT 'order-' || i, r.id, a.id, 1000, 'in_progress'
        FROM generate_series(1, %(orders)s) i, factory.routings r, factory.articles a""",
    """INSERT INTO factory.operations (work_order_id, position, name, workstation_id, standard_seconds)
        SELECT o.id, p, 'step ' || p, w.id, 30 + o.id %% 60
        FROM factory.work_orders o, generate_series(1, 4) p
        JOIN factory.workstations w ON true
        WHERE w.id %% 4 = p - 1 AND (w.id / 4) %% 5 = o.id %% 5""",
    """INSERT INTO factory.shifts (workstation_id, starts_at, ends_at)
        SELECT w.id, d + h * interval '8 hours', d + (h + 1) * interval '8 hours'
        FROM factory.workstations w, generate_series(1, 2) h,
            generate_series(date_trunc('day', now()) - %(days)s * interval '1 day', now(), '1 day') d""",
    """INSERT INTO factory.downtimes (workstation_id, starts_at, ends_at, reason, is_planned, user_id, user_name)
        SELECT workstation_id, starts_at + n * interval '3 hours',
            starts_at + n * interval '3 hours' + (1 + id %% 40) * interval '1 minute', 'cause ' || id %% 15,
            id %% 5 = 0, 1, 'u' FROM factory.shifts, generate_series(1, 2) n WHERE id %% 3 > 0""",
    """INSERT INTO factory.reports (operation_id, workstation_id, good, scrap, rework, key, fingerprint, at, user_id,
            user_name)
        SELECT o.id, o.workstation_id, 5 + n %% 20, (n %% 10 = 0)::int * 2, (n %% 50 = 0)::int, 'k' || n, '',
            now() - random() * %(days)s * interval '1 day', 1, 'u'
        FROM generate_series(1, %(reports)s) n
        JOIN (SELECT id, workstation_id, row_number() OVER () AS i, count(*) OVER () AS of FROM factory.operations) o
            ON o.i = 1 + n %% o.of""",
    """INSERT INTO factory.report_scrap (report_id, reason_id, quantity)
        SELECT p.id, r.id, p.scrap FROM factory.reports p
        JOIN (SELECT id, row_number() OVER () AS i FROM factory.scrap_reasons) r ON r.i = 1 + p.id %% 10
        WHERE p.scrap > 0""",
)


def fill(url: str) -> None:
    """A migrated database gets a company with a year of production, and PostgreSQL looks at it."""
    values = {
        "company": COMPANY, "email": EMAIL, "pwd_hash": hash_now(PASSWORD), "stations": STATIONS, "orders": ORDERS,
        "reports": REPORTS, "days": DAYS,
    }  # fmt: skip
    fill_by(url, STATEMENTS, values)


def main(rounds: Annotated[int, typer.Option(min=2, help="Requests for each line.")] = 30) -> None:
    """Measure, print the table, and end with 1 if an answer took longer than it may."""
    with serving("factory", fill) as running:
        slowest = asyncio.run(measured(running, rounds))
    end_above(slowest, NEEDED_MS)


WINDOWS = {"a shift": 0.33, "30 days": 30, "a year": 365}
READS = {"oee": reads.oee, "losses": reads.losses}


async def measured(running: Running, rounds: int) -> float:
    """Print the table; answers the slowest median."""
    table = Table(
        "", "median ms", "p95 ms", "the limit, ms", "KiB", title=f"{REPORTS:,} reports of {STATIONS} stations"
    )
    slowest, now = 0.0, datetime.now(UTC)
    async with httpx.AsyncClient(base_url=f"http://{running.server.host}", timeout=60) as client:
        tokens = await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {tokens.json()['access_token']}"
        for what, days, station in [(w, d, s) for w in READS for d in WINDOWS for s in (None, 1)]:
            since = now - timedelta(days=WINDOWS[days])
            asked = {"from": since.isoformat(), **({"workstation": station} if station else {})}
            answer = await client.get(f"/api/v1/kpi/{what}", params=asked)
            answer.raise_for_status()
            times = await timed(lambda what=what, asked=asked: client.get(f"/api/v1/kpi/{what}", params=asked), rounds)
            limit = await _limit(running.url, rounds, lambda c, what=what, since=since, station=station: READS[what](
                c, station, since, None, now=now
            ))  # fmt: skip
            slowest = max(slowest, statistics.median(times))
            table.add_row(
                f"{what}, {days}, {'one station' if station else 'all'}", f"{statistics.median(times):.1f}",
                f"{statistics.quantiles(times, n=20)[-1]:.1f}", f"{limit:.1f}", f"{len(answer.content) / 1024:.0f}",
            )  # fmt: skip
    console.print(table)
    return slowest


async def _limit(url: str, rounds: int, read: Callable[[Connection], Awaitable[Any]]) -> float:
    options = connection_options({})
    async with await Connection.connect(conninfo(url), autocommit=True, options=options, prepare_threshold=1) as own:
        await begin_for(own, COMPANY, read_only=True)
        return statistics.median(await timed(lambda: read(own), rounds))


if __name__ == "__main__":
    typer.run(main)
