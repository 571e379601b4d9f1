"""The rows of CSV files, one after another."""

import codecs
import csv
import io
import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.mapping import Mapping
from portico.apps.audit.ledgers.tabular import Row

BLOCK = 64 * 1024  # bytes
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS = ";\t|,"


def csv_rows(file: IO[bytes], mapping: Mapping) -> Iterator[Row]:
    """Raises `Unreadable`."""
    encoding = mapping.encoding or _encoding(file)
    file.seek(0)
    head = file.read(BLOCK)
    file.seek(0)
    try:
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
    except LookupError:
        raise Unreadable(f"there is no encoding called {encoding!r}") from None
    try:
        delimiter = mapping.delimiter or _delimiter(head.decode(encoding, errors="replace"), mapping.header_row)
        reader = csv.reader(text, delimiter=delimiter)
        for row in reader:
            if any("\x00" in cell for cell in row):
                raise Unreadable("there is a NUL character", reader.line_num)
            yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise Unreadable(f"this is not all {encoding}: say the encoding") from error
    except csv.Error as error:
        raise Unreadable(f"this is no CSV: {error}", reader.line_num) from None
    finally:
        with suppress(ValueError):  # who reads may have closed the file before
            text.detach()


def _encoding(file: IO[bytes]) -> str:
    """By all of the file: the first letter that is no ASCII may stand far down."""
    block = file.read(BLOCK)
    for mark, name in MARKS:
        if block.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block:
            decoder.decode(block)
            block = file.read(BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"  # of the west's programs; a few letters do not tell it from other pages of codes
    return "utf-8"


def _delimiter(head: str, header_row: int) -> str:
    """What the headings are kept apart by: the first of these that stands in their line most often."""
    line = next(itertools.islice(io.StringIO(head), header_row - 1, None), "")
    return max(DELIMITERS, key=line.count)
