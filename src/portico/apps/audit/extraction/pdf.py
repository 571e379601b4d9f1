"""PDF: the text of each page, and the tables that have lines around them."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import Any

import pdfplumber
import pypdfium2  # type: ignore[import-untyped]  # it has no annotations

from portico.apps.audit.extraction.findings import Findings, Unreadable

MOST_PAGES = 2000
PAGES_WITH_TABLES = 200  # looking for tables takes a hundred times what reading the text takes
ENOUGH = 35.0  # seconds after which no more tables are looked for: one page of drawings may take minutes


class TimeOver(BaseException):
    """The time is over. No `except Exception` of a library is to swallow it."""


def read(file: BufferedReader, extension: str, findings: Findings) -> None:
    """Raises `Unreadable`."""
    begun = time.monotonic()
    pages = _read_text(file, findings)
    file.seek(0)
    tables = _read_tables(file, findings, pages, seconds=ENOUGH - (time.monotonic() - begun))
    findings.numbers |= {"pages": pages, "tables": tables}


def _read_text(file: BufferedReader, findings: Findings) -> int:
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        raise Unreadable("It is protected by a password." if is_locked else "It is damaged, or no PDF.") from None
    with document:
        pages = len(document)
        if pages > MOST_PAGES:
            raise Unreadable(f"It has {pages:,} pages; up to {MOST_PAGES:,} are read.")
        if not pages:
            raise Unreadable("It has no pages.")
        found = 0
        for number in range(pages):
            text = _text_of(document, number)
            found += bool(text.strip())
            findings.text(number + 1, "", text)
    if not found:
        findings.notes.append("No page has any text: they are pictures.")
    return pages


def _text_of(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    text_page = page.get_textpage()
    try:
        text: str = text_page.get_text_bounded()
    finally:
        text_page.close()
        page.close()
    return text.replace("\r\n", "\n")


def _read_tables(file: BufferedReader, findings: Findings, pages: int, *, seconds: float) -> int:
    """Tables come beside the text: where they cannot be read, the text was read all the same."""
    tables = looked_at = 0
    with suppress(TimeOver, Exception), _at_most(seconds), pdfplumber.open(file) as document:
        for page in document.pages[:PAGES_WITH_TABLES]:
            for table in page.extract_tables():
                tables += 1
                rows = "\n".join(" | ".join((cell or "").replace("\n", " ") for cell in row) for row in table)
                findings.text(page.page_number, f"Table {tables}", rows)
            page.close()
            looked_at = page.page_number
    if looked_at < pages:
        findings.notes.append(f"Tables were looked for on the first {looked_at} of {pages:,} pages.")
    return tables


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise `TimeOver` in here when the time is over. This process has the timer for itself, and sets it anew."""

    def end(*_: Any) -> None:
        raise TimeOver

    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    before = signal.signal(signal.SIGALRM, end)
    left, _ = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    begun = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 0.001))
