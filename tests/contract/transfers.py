"""CSV files to import, what is wrong with them, and the worker that imports them."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.commands import environment, eventually
from tests.servers import KEY

HEADER = "name,description,price,quantity\r\n"
BAD = (
    (",No name,1.00,1", "name", "String should have at least 1 character"),
    ("{name},Free,0,1", "price", "Input should be greater than 0"),
    ("{name},No price,dear,1", "price", "Input should be a valid decimal"),
    ("{name},Owed,1.00,-1", "quantity", "Input should be greater than or equal to 0"),
    ("{name},Two cells short", "", "has 2 cells, the first line has 4"),
)


@dataclass(frozen=True)
class CsvFile:
    """`rows` rows, of which `bad` are rejected, spread all over; `flaws` are their line, field and message."""

    content: bytes
    flaws: list[tuple[int, str, str]]


def csv_file(rows: int, bad: int, *, name: str = "Lamp") -> CsvFile:
    lines, flaws = [HEADER], []
    every = rows // bad if bad else rows + 1
    for row in range(rows):
        if row % every == every // 2 and len(flaws) < bad:
            text, field, message = BAD[len(flaws) % len(BAD)]
            flaws.append((row + 2, field, message))  # the first line names the columns
            lines.append(text.format(name=f"{name} {row}") + "\r\n")
        else:
            lines.append(f'{name} {row},"Of many, this is number {row}",{row % 1000 + 1}.50,{row % 90}\r\n')
    return CsvFile("".join(lines).encode(), flaws)


@contextmanager
def working(url: str, files: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`portico worker items`, asked to leave at the end."""
    process = start(url, files, **settings)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def start(url: str, files: Path, **settings: str) -> subprocess.Popen[bytes]:
    known = {
        "DATABASE_URL": url, "ENVIRONMENT": "testing", "SECRET_KEY": KEY, "LOG_LEVEL": "ERROR",
        "FILES_URL": f"file://{files}", "JOB_LOST_AFTER": "1", "JOB_DRAIN_SECONDS": "1", **settings,
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-m", "portico", "worker", "items"], env=environment(**known), cwd=files)


def send(client: httpx.Client, content: bytes, **headers: str) -> str:
    """Send a file; answers the path of its job."""
    found = client.post("/items/import", content=content, headers={"Content-Type": "text/csv", **headers})
    assert found.status_code == 202, found.text
    path = found.headers["location"]
    assert path == f"/api/v1/jobs/{found.json()['job_id']}"
    return str(path)


def ended(client: httpx.Client, path: str, *, within: float) -> dict[str, Any]:
    """The job, once it has come to an end."""

    def look() -> Any:
        job = client.get(path).json()
        return job if job["ended"] else None

    found: dict[str, Any] = eventually(look, within=within)
    return found


def flaws(client: httpx.Client, job_id: int) -> list[tuple[int, str, str]]:
    """The error report, as it is downloaded."""
    found = client.get(f"/items/imports/{job_id}/errors")
    assert found.headers["content-type"].startswith("text/csv")
    head, *rows = csv.reader(io.StringIO(found.text, newline=""))
    assert head == ["line", "field", "message"]
    return [(int(line), field, message) for line, field, message in rows]
