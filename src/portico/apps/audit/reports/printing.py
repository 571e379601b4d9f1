"""A report as PDF. The module is loaded when the first one is asked for: what draws it is large."""

import textwrap
from collections.abc import Sequence
from importlib.resources import as_file, files

from fpdf import FPDF, XPos, YPos

from portico.apps.audit.reports.content import Finding, Report, Section, Table

FACE, FIXED = "text", "table"
"""Free faces with Latin, Greek and Cyrillic letters. In `FIXED` all of them are equally wide."""
FONTS = (
    (FACE, "", files("font_source_sans_pro") / "files" / "SourceSansPro-Regular.ttf"),
    (FACE, "B", files("font_source_sans_pro") / "files" / "SourceSansPro-Semibold.ttf"),
    (FIXED, "", files("barcode") / "fonts" / "DejaVuSansMono.ttf"),
)
MARGIN = 18.0  # mm
GREY, RED = 90, (200, 60, 60)
TITLE, HEADING, NAME, TEXT, SMALL = 22, 14, 11, 10, 7
LINE, ROW, GAP = 4.2, 3.4, 2.0  # mm: of a line of text, of one in a table, between columns
POINT = 25.4 / 72  # mm
MOST_LINES = 40
"""Of a cell in a table: it has to fit on a page. The binder has all of it."""
CHARACTER = 0.602
"""The width of a letter of `FIXED` for its size."""
Cells = Sequence[tuple[float, list[str]]]
"""Of a row in a table: where each begins, and its lines."""


def pdf(report: Report) -> bytes:
    document = _Document(report)
    document.add_page()
    _cover(document, report)
    document.add_page()
    for section in report.sections:
        _section(document, section)
    return bytes(document.output())


class _Document(FPDF):
    def __init__(self, report: Report) -> None:
        super().__init__(unit="mm", format="A4")
        self._report = report
        self.set_title(report.title)
        self.set_lang("en")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        for face, style, path in FONTS:
            with as_file(path) as font:
                self.add_font(face, style, fname=font)
        self.set_fallback_fonts([FIXED], exact_match=False)  # it knows more signs
        self.set_font(FACE, size=TEXT)

    def header(self) -> None:
        """What stands on every page of a draft, below its text."""
        if self._report.is_draft:
            with self.local_context(fill_opacity=0.15, text_color=RED):
                self.set_font(FACE, size=110)
                with self.rotation(50, self.w / 2, self.h / 2):
                    self.text((self.w - self.get_string_width("DRAFT")) / 2, self.h / 2 + 15, "DRAFT")
        self.set_font(FACE, size=TEXT)

    def footer(self) -> None:
        self.set_y(-MARGIN + 4)
        with self.local_context(text_color=GREY):
            self.set_font(FACE, size=SMALL)
            state = "DRAFT, not issued. " if self._report.is_draft else ""
            self.cell(0, LINE, f"{state}{self._report.title}"[:110])
            self.set_x(MARGIN)
            self.cell(0, LINE, f"{self.page_no()} of {{nb}}", align="R")  # the library fills in how many there are

    def say(self, text: str, size: float = TEXT, *, grey: bool = False, bold: bool = False, after: float = 0) -> None:
        self.set_font(FACE, "B" if bold else "", size)
        self.set_text_color(GREY if grey else 0)
        self.multi_cell(0, size * 0.5, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)
        self.ln(after)

    def head(self, text: str, size: float, *, before: float = 0) -> None:
        """A heading does not stand alone at the end of a page. `before` is the height of what it is to stay with."""
        if self.will_page_break(size + max(4 * LINE, before)):
            self.add_page()
        self.say(text, size, bold=True, after=1.5)


def _cover(document: _Document, report: Report) -> None:
    document.ln(55)
    document.say(report.kind, HEADING, grey=True, after=3)
    document.say(report.title, TITLE, bold=True, after=6)
    if report.is_draft:
        document.say("DRAFT, not issued", HEADING, after=6)
    for name, value in report.facts:
        _fact(document, name, value)


def _section(document: _Document, section: Section) -> None:
    rows = _laid_out(document, section.table) if section.table is not None and section.table.rows else []
    document.ln(4)
    document.head(section.title, HEADING, before=4 * LINE + sum(map(_height, rows[:2])))
    if section.intro:
        document.say(section.intro, after=1.5)
    for finding in section.findings:
        _finding(document, finding)
    if section.table is not None and rows:
        _table(document, rows, section.table.note)
    elif section.empty and not section.findings:
        document.say(section.empty)


def _finding(document: _Document, finding: Finding) -> None:
    document.head(finding.heading, NAME)
    document.say(finding.line, grey=True, after=1)
    for name, text in finding.parts:
        _fact(document, name, text)
    document.ln(3)


def _fact(document: _Document, name: str, text: str) -> None:
    """A name, and beside it the text, as many lines as it takes."""
    width = 46.0
    document.set_font(FACE, size=TEXT)
    if document.will_page_break(2 * LINE):
        document.add_page()
    document.set_text_color(GREY)
    document.cell(width, LINE, name)
    document.set_text_color(0)
    document.multi_cell(0, LINE, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _laid_out(document: _Document, table: Table) -> list[Cells]:
    """The rows of a table, the head first. In its face all letters are equally wide: nothing has to be measured."""
    widths = [document.epw * share / sum(table.widths) for share in table.widths]
    letters = [int((width - GAP) / (CHARACTER * SMALL * POINT)) for width in widths]
    starts = [MARGIN + 1 + sum(widths[:number]) for number in range(len(widths))]
    return [
        [(x, _wrapped(cell, most)) for x, cell, most in zip(starts, row, letters, strict=True)]
        for row in (table.columns, *table.rows)
    ]


def _table(document: _Document, laid_out: Sequence[Cells], note: str) -> None:
    """The library's own tables take a hundredth of a second a row, and there are thousands of documents."""
    head, *rows = laid_out
    document.set_draw_color(170)
    document.set_font(FIXED, size=SMALL)
    _row(document, head, is_head=True)
    for row in rows:
        if document.will_page_break(_height(row) + ROW):
            document.add_page()
            document.set_font(FIXED, size=SMALL)
            _row(document, head, is_head=True)
        _row(document, row)
    if note:
        document.say(note)


def _row(document: _Document, cells: Cells, *, is_head: bool = False) -> None:
    document.set_text_color(GREY if is_head else 0)
    for x, lines in cells:
        for number, line in enumerate(lines):
            document.text(x, document.get_y() + number * ROW + ROW * 0.9, line)
    document.set_text_color(0)
    document.set_y(document.get_y() + _height(cells))
    document.line(MARGIN, document.get_y(), MARGIN + document.epw, document.get_y())


def _height(cells: Cells) -> float:
    return max(len(lines) for _, lines in cells) * ROW + 1


def _wrapped(text: str, most: int) -> list[str]:
    """The lines of a cell: broken at blanks, and within words that are longer than a line."""
    found = [part for line in text.splitlines() for part in textwrap.wrap(line, most)]
    return [*found[:MOST_LINES], "..."] if len(found) > MOST_LINES else found or [""]
