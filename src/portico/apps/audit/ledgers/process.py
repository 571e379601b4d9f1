"""The child process that reads a ledger: `python -m portico.apps.audit.ledgers.process ORDER < FILE`.

Foreign files are read with limits of time and memory, and without the database. Its lines on stdout are JSON: how far
it is, and at the end what it has found, or why the file cannot be imported.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TextIO

from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.copied import Written
from portico.apps.audit.ledgers.mapping import Mapping
from portico.apps.audit.ledgers.tabular import Row, read_rows

if sys.platform != "win32":
    import resource

MEMORY = 512 * 1024 * 1024  # bytes
SECONDS = 600  # of computing


def main() -> int:
    order = json.loads(sys.argv[1])
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        found = read(sys.stdin.buffer, order, sys.stdout)
    except Unreadable as error:
        found = {"reason": error.reason, "line": error.line}
    except (MemoryError, RecursionError):
        found = {"reason": f"reading it takes more than {MEMORY // 2**20} MB of memory", "line": None}
    except Exception as error:
        found = {"reason": f"it is damaged: {type(error).__name__}", "line": None}
        traceback.print_exc()
    _say(sys.stdout, found)
    return 0


def read(file: IO[bytes], order: dict[str, Any], out: TextIO) -> dict[str, Any]:
    """Write the tables of a file into a folder; answers its format, and what it declares and has. Raises `Unreadable`.

    `order`: `folder`, `ledger_id`, `kind` and `mapping`.
    """
    progress = _Progress(file, out)
    form = format_of(file)
    with Written(Path(order["folder"]), order["ledger_id"]) as written:
        # Only the libraries that this file needs: each takes its time and memory.
        if form == "saft":
            declared = import_module("portico.apps.audit.ledgers.saft").read_saft(file, written, progress)
        else:
            mapping = Mapping.model_validate(order["mapping"])
            reader = import_module(f"portico.apps.audit.ledgers.{'delimited' if form == 'csv' else 'sheets'}")
            rows = getattr(reader, f"{form}_rows")(file, mapping)
            declared = read_rows(progress.along(rows), mapping, written, kind=order["kind"])
        if not written.lines:
            raise Unreadable("there are no entries in it")
        return {"format": form, "declared": declared, "computed": written.totals()}


def format_of(file: IO[bytes]) -> str:
    """By its first bytes: `saft`, `xlsx`, `xls` or `csv`."""
    head = file.read(512)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    plain = head.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    return "saft" if plain.lstrip().startswith(b"<") else "csv"


class _Progress:
    """Says each percent of the file once."""

    def __init__(self, file: IO[bytes], out: TextIO) -> None:
        self._file = file
        self._out = out
        self._size = os.fstat(file.fileno()).st_size or 1
        self._said = -1

    def __call__(self) -> None:
        percent = min(99, 100 * os.lseek(self._file.fileno(), 0, os.SEEK_CUR) // self._size)
        if percent > self._said:
            self._said = percent
            _say(self._out, {"percent": percent})

    def along(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if not row[0] % 1000:
                self()
            yield row


def _say(out: TextIO, what: dict[str, Any]) -> None:
    out.write(json.dumps(what) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
