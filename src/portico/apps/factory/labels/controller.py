"""The routes of labels."""

import asyncio
from typing import Any, Literal

from fastapi import Response

from portico.apps.factory.access import ReadAccess
from portico.apps.factory.labels import formats
from portico.apps.factory.labels.drawing import Drawing
from portico.apps.factory.labels.service import drawn
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

labels = router(prefix="/api/v1/labels", tags=["labels"])

Kind = Literal["piece", "assembly", "component", "lot", "workstation", "user", "trolley"]
HEADERS = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
SANDBOX = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
"""A browser takes an SVG for a page, and names in it come from people."""


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}, "description": "The label, in its own size."}}


@labels.get(
    "/{kind}/{thing_id}.svg", summary="A label as a picture", response_class=Response,
    responses=_answers("image/svg+xml"),
)  # fmt: skip
async def get_label_picture(kind: Kind, thing_id: Id, access: ReadAccess, reading: Reading) -> Response:
    return svg_answer(await drawn(reading, access, kind, thing_id))


@labels.get(
    "/{kind}/{thing_id}.pdf", summary="A label to be printed", response_class=Response,
    responses=_answers("application/pdf"),
)  # fmt: skip
async def get_label_document(kind: Kind, thing_id: Id, access: ReadAccess, reading: Reading) -> Response:
    """The page has the size of the label: print it without scaling."""
    drawing = await drawn(reading, access, kind, thing_id)
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="{kind}-{thing_id}.pdf"'}
    # Its face is cut down to the letters on it, which takes a tenth of a second.
    return Response(await asyncio.to_thread(formats.pdf, drawing), media_type="application/pdf", headers=headers)


def svg_answer(drawing: Drawing) -> Response:
    return Response(formats.svg(drawing), media_type="image/svg+xml", headers=SANDBOX)
