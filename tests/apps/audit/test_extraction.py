"""What is read from documents, and what hostile ones are told: in the process with limits that the jobs use."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from pdfplumber.page import Page

from portico.apps.audit.documents import extraction
from portico.apps.audit.documents.extraction import extracted
from portico.apps.audit.extraction import pdf as reader
from portico.apps.audit.extraction.findings import Findings, pieces
from tests.apps.audit.foreign_files import (
    BILLION_LAUGHS,
    COMPOUND,
    EXTERNAL,
    huge_picture,
    pdf,
    pdf_of,
    pdf_with_table,
    picture,
    xls,
    xlsx,
    zipped,
)
from tests.commands import eventually
from tests.data_sets import data_set
from tests.faults.running import is_alive


@dataclass(frozen=True)
class Read:
    reason: str
    numbers: dict[str, Any]
    notes: list[str]
    pieces: list[dict[str, Any]]

    @property
    def text(self) -> str:
        return "\n".join(piece["text"] for piece in self.pieces)


def read(content: bytes, extension: str) -> Read:
    async def run() -> Read:
        with TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            async with extracted(file, extension) as found:
                return Read(found.reason, found.numbers, found.notes, list(found.pieces))

    return asyncio.run(run())


def test_a_pdf_has_pages_of_text() -> None:
    found = read(pdf("Lease of the warehouse. " * 90, "Signed in Graz"), "pdf")
    assert (found.reason, found.numbers["pages"], found.numbers["tables"]) == ("", 2, 0)
    assert {piece["page"] for piece in found.pieces} == {1, 2}
    assert [piece["text"] for piece in found.pieces if piece["page"] == 2] == ["Signed in Graz"]
    assert max(len(piece["text"]) for piece in found.pieces) <= 1000


def test_a_table_of_a_pdf_is_read_in_rows() -> None:
    found = read(pdf_with_table(), "pdf")
    assert found.numbers["tables"] == 1
    assert "4711 | 1190.00" in found.text


def test_a_pdf_without_text_says_so() -> None:
    found = read(pdf(""), "pdf")
    assert (found.reason, found.notes) == ("", ["No page has any text: they are pictures."])


def endless(*_: Any) -> None:
    while True:
        pass


def failing(*_: Any) -> None:
    raise ValueError("a font that nobody has made")


@pytest.mark.parametrize("looking", [endless, failing])
def test_the_text_of_a_pdf_stays_where_its_tables_cannot_be_read(monkeypatch: pytest.MonkeyPatch, looking: Any) -> None:
    monkeypatch.setattr(Page, "extract_tables", looking)
    monkeypatch.setattr(reader, "ENOUGH", 0.3)
    out = StringIO()
    findings = Findings(out)
    reader.read(BytesIO(pdf("The lease begins in May.")), "pdf", findings)  # type: ignore[arg-type]
    assert "The lease begins in May." in out.getvalue()
    assert findings.notes == ["Tables were looked for on the first 0 of 1 pages."]


def test_sheets_are_pages_and_their_rows_lines() -> None:
    found = read(xlsx(Bank=[["date", "amount"], ["2025-03-01", 59.5], [None, 7.0]], Notes=[["checked by Ada"]]), "xlsx")
    assert found.numbers == {"pieces": 2, "sheets": 2, "rows": 4, "columns": 2}
    assert [(each["page"], each["title"]) for each in found.pieces] == [(1, "Bank"), (2, "Notes")]
    assert "2025-03-01 | 59.5\n | 7" in found.pieces[0]["text"]


def test_an_old_sheet_is_read_as_well() -> None:
    found = read(xls(("invoice", "amount"), ("4711", 59.5), ("4712", 7.0)), "xls")
    assert (found.reason, found.numbers["rows"]) == ("", 3)
    assert "4711 | 59.5\n4712 | 7" in found.text


def test_all_rows_are_counted_and_the_first_can_be_searched() -> None:
    found = read(b"number;text\n" + b"".join(b"%d;rent\n" % n for n in range(5000)), "csv")
    assert found.numbers["rows"] == 5001
    assert found.notes == ["The first 2,000 of 5,001 rows can be searched."]
    assert "1998 | rent" in found.text
    assert "2001 | rent" not in found.text


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ("Datum;Text\n1;Büro\n2;Büro\n".encode(), "utf-8", ";"),
        ("\ufeffDatum,Text\n1,Büro\n2,Büro\n".encode(), "utf-8-sig", ","),
        ("Datum\tText\n1\tBüro\n2\tBüro\n".encode("utf-16"), "utf-16", "\t"),
        (("Datum;Text\n" + "1;Büro für Straßenverkäufe\n" * 20).encode("cp1252"), None, ";"),
    ],
)
def test_the_encoding_and_the_delimiter_of_a_csv_are_told(content: bytes, encoding: str | None, delimiter: str) -> None:
    found = read(content, "csv")
    assert (found.numbers["header"], found.numbers["delimiter"]) == (["Datum", "Text"], delimiter)
    assert encoding in (None, found.numbers["encoding"])
    assert "Büro" in found.text


def test_an_audit_file_is_summed_up() -> None:
    found = read(data_set("saft/financial_example_small.xml").read_bytes(), "xml")
    assert found.numbers["format"] == "SAF-T"
    assert found.numbers["declared"]["debit"] == found.numbers["declared"]["credit"] == "25000"
    assert (found.numbers["counted"]["entries"], found.numbers["counted"]["lines"]) == (2, 5)


def test_a_picture_says_where_tesseract_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert read(picture(), "png").reason.startswith("Tesseract is not installed on the server")


def test_a_picture_is_read_by_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tesseract"
    program.write_text('#!/bin/sh\ntest "$(head -c 4 | tail -c 3)" = PNG && echo Invoice 4711\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert [each["text"] for each in read(picture(), "png").pieces] == ["Invoice 4711"]


HOSTILE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "an empty csv": (bytes, "csv", "It is empty."),
    "an empty pdf": (bytes, "pdf", "It is empty."),
    "a billion laughs": (BILLION_LAUGHS.encode, "xml", "It brings a document type of its own, which is not read."),
    "an external entity": (EXTERNAL.encode, "xml", "It brings a document type of its own, which is not read."),
    "200 levels": (lambda: b"<a>" * 200, "xml", "Its elements stand in one another more than 100 times."),
    "an element left open": (lambda: b"<a><b></a>", "xml", "It is no XML that can be read: line 1."),
    "10,000 pages": (lambda: pdf_of(10_000), "pdf", "It has 10,000 pages; up to 2,000 are read."),
    "a truncated pdf": (lambda: pdf("truncated")[:600], "pdf", "It is damaged, or no PDF."),
    "a truncated picture": (lambda: picture()[:30], "png", "It is damaged, or no .png at all: "),
    "a huge picture": (huge_picture, "png", "It"),
    "a truncated xlsx": (lambda: xlsx(A=[[1]])[:200], "xlsx", "It is damaged, or no sheet."),
    "a zip": (lambda: zipped(a=b"x"), "xlsx", "It is damaged, or no sheet."),
    "a zip bomb": (lambda: zipped(a=b"0" * 30_000_000), "xlsx", "It unpacks to "),
    "an xlsx called pdf": (lambda: xlsx(A=[[1]]), "pdf", "It is called .pdf, and its bytes are of another kind."),
    "an xlsx called csv": (lambda: xlsx(A=[[1]]), "csv", "It is called .csv, and its bytes are of another kind."),
    "a pdf called xlsx": (lambda: pdf("x"), "xlsx", "It is called .xlsx, and its bytes are of another kind."),
    "a damaged xls": (lambda: COMPOUND + b"\x00" * 600, "xls", "It is damaged, or no"),
    "a locked xlsx": (lambda: COMPOUND + b"\x00" * 600, "xlsx", "It is protected by a password"),
    "a csv of control characters": (lambda: b"a;b\n\x00\x01\x02;c\n", "csv", "It is no text"),
    "an endless cell": (lambda: b'a;b\n"' + b"x" * 300_000, "csv", "It is no CSV"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "extension", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_or_broken_file_is_told_why(content: Callable[[], bytes], extension: str, reason: str) -> None:
    found = read(content(), extension)
    assert found.reason.startswith(reason)
    assert found.pieces == []


def test_what_takes_too_much_memory_is_told_so() -> None:
    code = """
import sys
from portico.apps.audit.extraction import pictures, process
pictures.read = lambda *_: bytearray(600 << 20)
sys.argv[1:] = ["png"]
process.main()"""
    with TemporaryFile() as file:
        file.write(picture())
        file.seek(0)
        done = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True, check=True)
    assert json.loads(done.stdout) == {"reason": "Reading it takes more than 512 MB of memory."}


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(extraction, "SECONDS", 1.5)
    assert read(picture(), "png").reason == "Reading it takes more than 2 seconds."
    eventually(lambda: not is_alive(int((tmp_path / "pid").read_text())), within=10)


def test_the_process_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a-secret")
    assert not [name for name in extraction._environment() if "URL" in name or "KEY" in name]


def test_pieces_cover_a_text_and_overlap() -> None:
    words = [f"word{number}" for number in range(2000)]
    found = list(pieces(" ".join(words)))
    assert {word for piece in found for word in piece.split()} == set(words)
    assert all(len(piece) <= 1000 for piece in found)
    assert all(before.split()[-1] in after.split() for before, after in pairwise(found))
    assert next(pieces("x" * 2500)) == "x" * 1000
    assert list(pieces("  ")) == []
