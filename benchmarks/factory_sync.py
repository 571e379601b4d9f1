"""`python -m benchmarks.factory_sync`: how long a planning program waits for a sync of 1,000 pieces, and what reads
of projects and of the workflow log take, beside 100,000 pieces and 100,000 lines that are there already.

One server as users run it, with two workers and production settings, over real HTTP.
"""

import asyncio
import hashlib
import secrets
import statistics
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from benchmarks.one_app import Running, console, end_above, fill_by, serving, timed
from portico.identity.public import hash_now
from portico.kernel.paging import seal

COMPANY = "00000000-0000-0000-0000-0000000000f2"
EMAIL, PASSWORD = "manager@example.com", "a password of the benchmark"
KEY = f"rfk_{secrets.token_hex(16)}.{COMPANY}"
PROJECTS, OF_EACH, LINES = 112, 900, 100_000
ENTRIES = 1000
NEEDED_MS = 1000.0

STATEMENTS = (
    "SELECT set_config('app.tenant', %(company)s, false)",
    "INSERT INTO factory.companies (id, name) VALUES (%(company)s, 'Benchmark')",
    """INSERT INTO factory.users (username, email, role, pwd_hash)
        VALUES (%(email)s, %(email)s, 'ProjectManager', %(pwd_hash)s), ('plan', 'plan', 'Integration', NULL)""",
    """INSERT INTO factory.api_keys (id, user_id, name, digest, hint, scopes, created_at, expires_at)
        SELECT gen_random_uuid(), id, 'plan', %(digest)s, '', '{sync:write}', now(), now() + interval '1 day'
        FROM factory.users WHERE role = 'Integration'""",
    "INSERT INTO factory.projects (code) SELECT 'P' || i FROM generate_series(1, %(projects)s) i",
    """INSERT INTO factory.components (project_id, code)
        SELECT id, code || '-' || i FROM factory.projects, generate_series(1, 15) i""",
    """INSERT INTO factory.assemblies (component_id, code)
        SELECT id, code || '-' || i FROM factory.components, generate_series(1, 5) i""",
    """INSERT INTO factory.pieces (assembly_id, barcode, state, outer_length)
        SELECT id, code || '-' || i, (ARRAY['planned', 'completed', 'shipped'])[1 + id %% 3], 1000 + i
        FROM factory.assemblies, generate_series(1, %(of_each)s / 75) i""",
    """INSERT INTO factory.events (kind, at, user_id, user_name, piece_id)
        SELECT (ARRAY['BarcodeScan', 'PieceCut', 'Report', 'Scrap'])[1 + i %% 4], now() - i * interval '1 minute',
            i %% 20, 'u' || i %% 20, i %% 5000 FROM generate_series(1, %(lines)s) i""",
)


def main(rounds: Annotated[int, typer.Option(min=2, help="Requests for each line.")] = 30) -> None:
    """Measure, print the table, and end with 1 if an answer took longer than it may."""
    with serving("factory", fill) as running:
        slowest = asyncio.run(measured(running, rounds))
    end_above(slowest, NEEDED_MS)


def fill(url: str) -> None:
    """A migrated database gets projects, pieces and lines of the log, and PostgreSQL looks at them."""
    values = {
        "company": COMPANY, "email": EMAIL, "pwd_hash": hash_now(PASSWORD), "projects": PROJECTS, "of_each": OF_EACH,
        "lines": LINES, "digest": hashlib.sha256(KEY.encode()).digest(),
    }  # fmt: skip
    fill_by(url, STATEMENTS, values)


Ask = Callable[[], Awaitable[httpx.Response]]


async def measured(running: Running, rounds: int) -> float:
    """Print the table; answers the slowest median."""
    table = Table("", "median ms", "p95 ms", "KiB sent", title=f"{PROJECTS * OF_EACH:,} pieces, {LINES:,} lines")
    slowest = 0.0
    async with httpx.AsyncClient(base_url=f"http://{running.server.host}/api/v1", timeout=60) as client:
        for title, ask in {**syncs(client), **await reads(client)}.items():
            answer = await ask()
            answer.raise_for_status()
            times = await timed(ask, rounds)
            slowest = max(slowest, statistics.median(times))
            table.add_row(
                title, f"{statistics.median(times):.1f}", f"{statistics.quantiles(times, n=20)[-1]:.1f}",
                f"{len(answer.request.content) / 1024:.0f}",
            )  # fmt: skip
    console.print(table)
    return slowest


def syncs(client: httpx.AsyncClient) -> dict[str, Ask]:
    numbers = count(1)

    async def send(prefix: str, length: float, entries: int = ENTRIES) -> httpx.Response:
        pieces = [
            {"code": f"{prefix}-{i}", "assembly_code": f"P{1 + i % 100}-1-1", "outer_length": length,
             "profile": "S8000", "colour": "white", "left_angle": 45, "right_angle": 45}
            for i in range(entries)
        ]  # fmt: skip
        return await client.post("/sync/pieces", json={"pieces": pieces}, headers={"Authorization": f"ApiKey {KEY}"})

    return {
        "sync of 1 new piece": lambda: send(f"one-{next(numbers)}", 1000, 1),
        f"sync of {ENTRIES:,} new pieces": lambda: send(f"new-{next(numbers)}", 1000),
        f"sync of {ENTRIES:,} pieces, all changed": lambda: send("same", next(numbers) / 4),
        f"sync of {ENTRIES:,} pieces, none changed": lambda: send("same", 1000),
    }


async def reads(client: httpx.AsyncClient) -> dict[str, Ask]:
    tokens = await client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {tokens.json()['access_token']}"
    newest = (await client.get("/workflow", params={"limit": 1})).json()["items"]
    (middle,) = (await client.get("/workflow", params={"limit": 1, "to": _before(newest, LINES // 2)})).json()["items"]
    (oldest,) = (await client.get("/workflow", params={"limit": 1, "to": _before(newest, LINES - 110)})).json()["items"]

    def get(path: str, **params: Any) -> Ask:
        return lambda: client.get(path, params=params)

    def after(line: dict[str, Any]) -> str:
        return seal(line["at"].replace("Z", "+00:00"), line["id"])

    return {
        "project of 900 pieces, with 15 components": get("/projects/1"),
        "100 projects, with their progress": get("/projects", limit=100),
        "100 pieces, the newest": get("/pieces", limit=100),
        "100 pieces, the oldest": get("/pieces", limit=100, cursor=seal(101)),
        "100 lines of the log: newest": get("/workflow", limit=100),
        "100 lines of the log: from the middle": get("/workflow", limit=100, cursor=after(middle)),
        "100 lines of the log: oldest": get("/workflow", limit=100, cursor=after(oldest)),
        "100 lines of one kind: oldest": get("/workflow", limit=100, kind="Scrap", cursor=after(middle)),
        "statistics of 31 days by hour, of 44,000 lines": get(
            "/workflow/statistics", **{"from": _before(newest, 44_000)}
        ),
    }


def _before(newest: list[dict[str, Any]], minutes: int) -> str:
    at = datetime.fromisoformat(newest[0]["at"].replace("Z", "+00:00")) - timedelta(minutes=minutes)
    return at.isoformat()


if __name__ == "__main__":
    typer.run(main)
