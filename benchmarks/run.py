"""`python -m benchmarks.run`: Portico, its peers and the limit under the same load, as one table.

All servers run all the time, and only the one that is measured gets load. Within a scenario the contestants
take turns, so that a machine that slows down during the run slows down for all of them.
"""

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks.check import WrongAnswer, answers_of, compare
from benchmarks.contestants import CONTESTANTS
from benchmarks.dataset import CLIENTS, accounts
from benchmarks.postgres import ScratchPostgres
from benchmarks.report import MEASURED, Series, results_table
from benchmarks.scenarios import SCENARIOS, Scenario, requests_of
from benchmarks.servers import HOST, ROOT, CannotStart, Contestant, Server, start

# Of the table where there is no terminal to ask.
WIDTH = 120
WARM_UP_SECONDS = 1.0
console = Console(width=None if sys.stdout.isatty() else WIDTH)
SHORT = {"seconds": 1.0, "rounds": 1}


def main(
    seconds: Annotated[float, typer.Option(help="Length of a measurement (login: at least 8).")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements per scenario and contestant.")] = 5,
    clients: Annotated[int, typer.Option(min=1, max=CLIENTS, help="Keep-alive connections.")] = CLIENTS,
    short: Annotated[bool, typer.Option("--short", help="One second, one round: does it all work?")] = False,
    only: Annotated[str, typer.Option(help="Scenarios, such as detail,list.")] = "",
    contestants: Annotated[str, typer.Option(help="Contestants, such as limit,portico.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write all numbers to this file.")] = None,
) -> None:
    """Measure, print the table, and end with 1 if any answer was wrong."""
    if short:
        seconds, rounds = SHORT["seconds"], int(SHORT["rounds"])
    scenarios = chosen(SCENARIOS, only)
    # Killed politely, it still takes its servers along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="portico-bench-", dir="/tmp") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o711)  # PostgreSQL runs as nobody below it when we are root.
        postgres = stack.enter_context(ScratchPostgres(folder / "postgres"))
        servers = start_all(chosen(CONTESTANTS, contestants), postgres, folder, stack)
        right = right_ones(servers)
        series = measure_all(scenarios, right, postgres, seconds=seconds, rounds=rounds, clients=clients)
        about = describe(postgres, seconds=seconds, rounds=rounds, clients=clients)
    console.print(results_table(series, [server.contestant for server in right], about))
    if json_file:
        numbers = {"about": about, "results": [one.summary() for one in series]}
        json_file.write_text(json.dumps(numbers, indent=2))
    if len(right) < len(servers) or any(one.errors for one in series):
        console.print("[bold red]Some answers were wrong: do not quote these numbers.[/]")
        raise typer.Exit(1)


def chosen(among: tuple[Any, ...], names: str) -> list[Any]:
    """The named ones, in their own order; all when nothing is named."""
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := wanted - {one.name for one in among}:
        known = ", ".join(one.name for one in among)
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: not one of {known}")
    return [one for one in among if not wanted or one.name in wanted]


def start_all(contestants: list[Contestant], postgres: ScratchPostgres, folder: Path, stack: ExitStack) -> list[Server]:
    """Starts each with a database of its own; one that cannot start is named and left out."""
    servers = []
    for contestant in contestants:
        console.print(f"starting {contestant.title} ...", highlight=False)
        try:
            server = start(contestant, postgres.create(f"bench_{contestant.name}"), folder / contestant.name)
        except CannotStart as why:
            console.print(f"[yellow]{contestant.title} is skipped: {why}[/]", highlight=False)
            continue
        stack.callback(server.stop)
        servers.append(server)
    return servers


def right_ones(servers: list[Server]) -> list[Server]:
    """Those whose answers are complete and equal to those of the first one."""
    right, expected = [], None
    for server in servers:
        try:
            answers = answers_of(server)
            if expected is None:
                expected = answers
            compare(expected, answers)
        except WrongAnswer as why:
            console.print(f"[bold red]{server.contestant.title} answers wrongly: {why}[/]", highlight=False)
        else:
            right.append(server)
    return right


def measure_all(
    scenarios: list[Scenario], servers: list[Server], postgres: ScratchPostgres,
    *, seconds: float, rounds: int, clients: int,
) -> list[Series]:  # fmt: skip
    """Rounds over the contestants, scenario by scenario; each round begins with another one."""
    series = {(scenario.name, server.name): Series(scenario.name, server.name)
              for scenario in scenarios for server in servers}  # fmt: skip
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("", total=rounds * len(series))
        for scenario in scenarios:
            for turn in range(rounds):
                first = turn % len(servers) if servers else 0
                for server in servers[first:] + servers[:first]:
                    progress.update(task, description=f"{scenario.name}, round {turn + 1}: {server.name}")
                    postgres.settle()
                    sample = measure(scenario, server, seconds=seconds, clients=clients)
                    series[scenario.name, server.name].samples.append(sample)
                    progress.advance(task)
    return list(series.values())


def measure(scenario: Scenario, server: Server, *, seconds: float, clients: int) -> dict[str, Any]:
    """One measurement by a generator process of its own; adds the memory of the server after it."""
    people = accounts()[:clients]
    try:
        tokens = server.tokens_of(people) if scenario.signed_in else [None] * clients
    except httpx.HTTPError as error:
        return {**dict.fromkeys(MEASURED, 0.0), "errors": {f"sign-in: {error}": 1}, **server.memory()}
    plan = {
        "host": HOST,
        "port": server.port,
        "warm_up": WARM_UP_SECONDS,
        "seconds": max(seconds, scenario.least_seconds),
        "expected": 200,
        "clients": [
            requests_of(scenario, server.host, account, token) for account, token in zip(people, tokens, strict=True)
        ],
    }
    generator = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], input=json.dumps(plan), stdout=subprocess.PIPE,
        text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return {**json.loads(generator.stdout), **server.memory()}


def describe(postgres: ScratchPostgres, *, seconds: float, rounds: int, clients: int) -> str:
    """The line above the table: without it the numbers mean nothing."""
    settings = ", ".join(f"{name} {value}" for name, value in postgres.settings().items())
    return (
        f"{clients} clients, median of {rounds} round(s) of {seconds:g} s; load, server and database share "
        f"{os.cpu_count()} cores\nPython {platform.python_version()}, PostgreSQL {settings}\n"
        "memory is the PSS of the server's processes, without PostgreSQL's"
    )


if __name__ == "__main__":
    typer.run(main)
