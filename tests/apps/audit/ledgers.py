"""Ledgers of a world: files that are imported, tests that are run, and what they bring up, here and now."""

import asyncio
import csv
import io
from contextlib import suppress
from typing import IO, Any

import httpx

from portico.apps.audit.ledgers import process
from portico.apps.audit.sample.book_files import write_csv, write_saft
from portico.apps.audit.sample.books import books
from portico.apps.audit.sample.entries import Books
from portico.kernel.job_runs import GivenUp
from tests.apps.audit.vault import TODO, run_job
from tests.apps.audit.world import API, Person, World, done
from tests.data_sets import data_set

COLUMNS = (
    "journal", "number", "date", "entered_on", "account", "amount", "description", "reference", "party", "poster",
    "approver",
)  # fmt: skip


def example() -> bytes:
    """The one that comes with the Norwegian standard."""
    return data_set("saft/financial_example_small.xml").read_bytes()


def saft_of(made_up: Books) -> bytes:
    target = io.StringIO()
    write_saft(made_up, target)
    return target.getvalue().encode()


def csv_of(made_up: Books) -> bytes:
    target = io.StringIO(newline="")
    write_csv(made_up, target)
    return target.getvalue().encode()


def rows_of(*rows: dict[str, Any]) -> bytes:
    """A CSV of these rows, each with what a clerk would write where a test says nothing."""
    target = io.StringIO(newline="")
    usual = {"journal": "GEN", "date": "2025-03-03", "entered_on": "", "description": "As agreed", "poster": "ann"}
    writer = csv.DictWriter(target, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({**usual, **row} for row in rows)
    return target.getvalue().encode()


def entry(number: int, *lines: tuple[str, str], **values: Any) -> list[dict[str, Any]]:
    """The rows of an entry: its lines are accounts and amounts; debit and credit, 100.01 on usual accounts."""
    booked = lines or (("6200", "100.01"), ("1000", "-100.01"))
    return [{"number": f"{number:04d}", "account": code, "amount": amount, **values} for code, amount in booked]


def imports(
    world: World, content: bytes, file: str = "ledger.csv", *, by: Person | None = None, **form: Any
) -> httpx.Response:
    data = {"engagement": world.id, **form}
    files = {"file": (file, content, "application/octet-stream")}
    return (by or world.auditor).client.post(f"{API}/ledgers/import", data=data, files=files)


def imported(world: World, content: bytes, file: str = "ledger.csv", **form: Any) -> dict[str, Any]:
    """The ledger, when its job has ended."""
    found = imports(world, content, file, **form)
    assert found.status_code == 202, found.text
    run_queued(world, "import_ledger")
    return done(world.auditor.client.get(f"{API}/ledgers/{found.json()['ledger_id']}"))


def imported_books(world: World, lines: int = 1200, seed: int = 1, **options: Any) -> tuple[Books, dict[str, Any]]:
    """Made-up books, and the ledger that they are imported as."""
    made_up = books(seed, lines, **options)
    return made_up, imported(world, saft_of(made_up), "books.xml")


async def read_here(file: IO[bytes], order: dict[str, Any], _: Any) -> dict[str, Any]:
    """In place of `reading.read`, for tests that are about what was read: a process of its own takes half a second."""
    return await asyncio.to_thread(process.read, file, order, io.StringIO())


def run_queued(world: World, name: str) -> None:
    """Run what is in the queue under this name; what fails has been told in its ledger."""
    for job in world.sql(TODO, task=f"audit.{name}"):
        with suppress(GivenUp):
            run_job(world, name, job_id=job["id"], **job["args"])


def run_tests(world: World, ledger_id: int, *tests: str, **parameters: Any) -> dict[str, dict[str, Any]]:
    """The last run of each of these tests, by its name."""
    body = {"tests": list(tests), "parameters": parameters}
    found = world.auditor.client.post(f"{API}/ledgers/{ledger_id}/tests", json=body)
    assert found.status_code == 202, found.text
    run_queued(world, "test_ledger")
    listed = done(world.auditor.client.get(f"{API}/ledgers/{ledger_id}/test-runs", params={"limit": 100}))
    return {run["test"]: run for run in reversed(listed["items"])}


def found_by(world: World, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The exceptions of a run, as they stand in the ledger."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        page = done(world.auditor.client.get(f"{API}/test-runs/{run['id']}/exceptions", params=params))
        items += page["items"]
        cursor = page["next_cursor"]
    return sorted(items, key=lambda each: each["id"])


def numbers(world: World, run: dict[str, Any]) -> list[str]:
    """Of the entries that a run has brought up."""
    return [each["number"] for each in found_by(world, run)]
