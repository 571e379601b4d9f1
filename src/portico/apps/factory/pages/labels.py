"""Labels for who is signed in to pages, and the sheet of commands that a scanner gives to the tablet."""

import asyncio
from typing import Annotated, Any

from fastapi import Path, Request, Response

from portico.apps.factory.access import PageReadAccess
from portico.apps.factory.labels import formats
from portico.apps.factory.labels.controller import HEADERS, Kind, svg_answer
from portico.apps.factory.labels.drawing import Label, draw
from portico.apps.factory.labels.service import drawn
from portico.apps.factory.site import site
from portico.kernel.errors import NotFound
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading

LABELS = "/pages/labels"
COMMANDS = {
    "OK": "OK, book", "BACK": "Back", "NEXT": "Next", "START": "Start", "PAUSE": "Pause", "RESUME": "Resume",
    "REPORT": "Report", "END": "End", "GOOD": "Good", "ALL": "All that is left", "SCRAP": "Scrap",
    "LOT": "Material", "MAKE": "New lot", "REWORK": "Rework", "CLEAR": "Take the line away", "LABEL": "Print the label",
    "KEPT": "What waits", "SIGNOUT": "Sign out", **{str(digit): f"Digit {digit}" for digit in range(10)},
    "POINT": "Decimal point", "DELETE": "Delete a digit",
}  # fmt: skip
"""What a button of the tablet is called in a scan, and in words."""

label_pages = page_router()


def picture(kind: str, number: int) -> str:
    """Where the label of a thing is, below the app's root."""
    return f"{LABELS}/{kind}/{number}.svg"


@label_pages.get("/labels/{kind}/{thing_id}.svg", summary="A label as a picture, for pages")
async def show_label(kind: Kind, thing_id: Id, reading: Reading, access: PageReadAccess) -> Response:
    return svg_answer(await drawn(reading, access, kind, thing_id))


@label_pages.get("/labels/{kind}/{thing_id}.pdf", summary="A label to be printed, for pages")
async def show_document(kind: Kind, thing_id: Id, reading: Reading, access: PageReadAccess) -> Response:
    document = await asyncio.to_thread(formats.pdf, await drawn(reading, access, kind, thing_id))
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="{kind}-{thing_id}.pdf"'}
    return Response(document, media_type="application/pdf", headers=headers)


@label_pages.get("/operator/commands", summary="The sheet of commands for scanners")
async def show_commands(request: Request) -> Any:
    """It is the same everywhere and opens nothing: who has not signed in may print it."""
    return site.page(request, "commands.html", commands=COMMANDS)


@label_pages.get("/operator/commands/{command}.svg", summary="One command as a barcode")
async def show_command(command: Annotated[str, Path(max_length=20)]) -> Response:
    command = command.upper()
    if command not in COMMANDS:
        raise NotFound
    return svg_answer(draw(Label(f"CMD-{command}", COMMANDS[command], [], 70, 34)))
