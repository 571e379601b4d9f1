"""Files that are read as ledgers, without a server: what the child process does, in this one."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portico.apps.audit.ledgers.process import read

Read = Callable[..., "Found"]


@dataclass(frozen=True)
class Found:
    """What was written for each table, as rows of texts without the ledger's id."""

    format: str
    declared: dict[str, Any]
    computed: dict[str, Any]
    accounts: list[list[str]]
    entries: list[list[str]]
    lines: list[list[str]]
    progress: list[int]


def read_as_ledger(folder: Path, content: bytes, kind: str = "general", **mapping: Any) -> Found:
    source = folder / "source"
    source.write_bytes(content)
    out = io.StringIO()
    order = {"folder": str(folder), "ledger_id": 1, "kind": kind, "mapping": mapping}
    with source.open("rb") as file:
        found = read(file, order, out)
    tables = {
        name: [line.split("\t")[1:] for line in (folder / name).read_text().splitlines()]
        for name in ("accounts", "entries", "lines")
    }
    said = [json.loads(line)["percent"] for line in out.getvalue().splitlines()]
    return Found(**found, **tables, progress=said)
