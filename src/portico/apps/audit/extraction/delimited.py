"""CSV: the encoding and the delimiter are told from the file."""

import csv
import io
from typing import IO

from charset_normalizer import from_bytes

from portico.apps.audit.extraction.findings import Findings, Unreadable
from portico.apps.audit.extraction.rows import Table

SAMPLE = 64 * 1024  # bytes
DELIMITERS = ";\t|,"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LONGEST_CELL = 128 * 1024  # characters
LONGEST_HEADING = 200  # characters; the answers of lists have all of them


def read(file: IO[bytes], extension: str, findings: Findings) -> None:
    """Raises `Unreadable`."""
    head = file.read(SAMPLE)
    file.seek(0)
    encoding = encoding_of(head)
    sample = head.decode(encoding, errors="replace")
    if "\x00" in sample:
        raise Unreadable("It is no text: there are NUL characters in it.")
    delimiter = delimiter_of(sample)
    csv.field_size_limit(LONGEST_CELL)
    table = Table(findings, page=1, title="")
    try:
        table.take_all(csv.reader(io.TextIOWrapper(file, encoding=encoding, newline=""), delimiter=delimiter))
    except UnicodeDecodeError:
        raise Unreadable(f"It is not all of one encoding: this begins as {encoding}.") from None
    except csv.Error as error:
        raise Unreadable(f"It is no CSV: {error}.") from None
    header = [cell[:LONGEST_HEADING] for cell in table.header[:200]]
    findings.numbers |= {
        "rows": table.rows, "columns": table.columns, "header": header, "encoding": encoding, "delimiter": delimiter,
    }  # fmt: skip


def encoding_of(head: bytes) -> str:
    """UTF-8 where it can be, else what the bytes look most like."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    try:
        head[:-3].decode()  # the last character may be cut in two
    except UnicodeDecodeError:
        best = from_bytes(head).best()
        return best.encoding if best else "cp1252"
    return "utf-8"


def delimiter_of(sample: str) -> str:
    """What the csv module takes it to be; else what stands most often in the first line."""
    lines = sample.splitlines()[:50]
    try:
        return csv.Sniffer().sniff("\n".join(lines), delimiters=DELIMITERS).delimiter
    except csv.Error:
        return max(DELIMITERS, key=(lines or [""])[0].count)
