"""A drawn label as SVG and as PDF, each of the label's own size."""

from datetime import UTC, datetime
from html import escape
from importlib.resources import as_file, files

from portico.apps.factory.labels.drawing import Box, Drawing

FACE = "label"
FONT = files("barcode") / "fonts" / "DejaVuSansMono.ttf"
"""A free face with Latin, Greek and Cyrillic letters, which comes with the barcode library."""
POINT = 25.4 / 72  # mm
BOLD = ' font-weight="bold"'
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""PDFs say when they were made. The same label is the same bytes."""


def svg(drawing: Drawing) -> bytes:
    path = "".join(_path(box) for box in drawing.boxes)
    texts = "".join(
        f'<text x="{_mm(each.x)}" y="{_mm(each.y)}" font-size="{_mm(each.size)}"{BOLD if each.is_bold else ""}>'
        f"{escape(each.text)}</text>"
        for each in drawing.texts
    )
    size = f'width="{_mm(drawing.width)}mm" height="{_mm(drawing.height)}mm"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_mm(drawing.width)} {_mm(drawing.height)}"'
        f' role="img"><title>{escape(drawing.title)}</title><rect width="100%" height="100%" fill="#fff"/>'
        f'<path shape-rendering="crispEdges" d="{path}"/>'
        f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">{texts}</g></svg>'
    ).encode()


def pdf(drawing: Drawing) -> bytes:
    from fpdf import FPDF  # noqa: PLC0415 - it brings a whole workshop for fonts, an eighth of what the app loads

    document = FPDF(unit="mm", format=(drawing.width, drawing.height))
    document.set_creation_date(EPOCH)
    document.set_title(drawing.title)
    document.set_auto_page_break(False)
    document.add_page()
    for box in drawing.boxes:
        document.rect(box.x, box.y, box.width, box.height, style="F")
    with as_file(FONT) as font:
        document.add_font(FACE, fname=font)
    for each in drawing.texts:
        document.set_font(FACE, size=each.size / POINT)
        document.text(each.x, each.y, each.text)
        if each.is_bold:  # a face of its own would be a second file: it is set twice, a hair apart
            document.text(each.x + each.size / 40, each.y, each.text)
    return bytes(document.output())


def _path(box: Box) -> str:
    return f"M{_mm(box.x)} {_mm(box.y)}h{_mm(box.width)}v{_mm(box.height)}h-{_mm(box.width)}z"


def _mm(length: float) -> str:
    return f"{length:.3f}".rstrip("0").rstrip(".")
