"""The picture routes.

A product of the built-in catalogue is stored with the path of its picture, such as `/pictures/1.svg`; answers hold the
absolute address, since front ends run elsewhere.
"""

from typing import Any

from fastapi import Response

from portico.apps.store.pictures import reads
from portico.kernel.errors import NotFound
from portico.kernel.routes import router

pictures = router(prefix="/pictures", tags=["pictures"])

HEADERS = {
    "Cache-Control": "public, max-age=86400",
    # An SVG may carry scripts. Opened by itself, it gets no origin and may load and run nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class Svg(Response):
    media_type = "image/svg+xml"


@pictures.get("/{name}", response_class=Svg, summary="A picture of a product")
async def get_picture(name: str) -> Any:
    drawing = reads.drawing(name)
    if drawing is None:
        raise NotFound("Picture not found", details={"name": name})
    return Svg(drawing, headers=HEADERS)
