"""Stylesheets, scripts and pictures of pages, under names that change with their contents: browsers keep them."""

import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portico.kernel.plain_route import PlainRoute

PATH = "/pages/static"
OWN = Path(__file__).parent / "page_static"
HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class _Kept:
    body: bytes
    media_type: str


class StaticFiles:
    """The files of some folders, read once. Of two with one name the later folder's is taken."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        self._paths: dict[str, str] = {}
        self._files: dict[str, _Kept] = {}
        for file in (file for folder in (OWN, *folders) for file in sorted(folder.iterdir())):
            body = file.read_bytes()
            name = f"{file.stem}-{blake2b(body, digest_size=6).hexdigest()}{file.suffix}"
            self._paths[file.name] = f"{PATH}/{name}"
            self._files[name] = _Kept(body, mimetypes.guess_type(file.name)[0] or "application/octet-stream")

    def path(self, name: str) -> str:
        """Where a file is served, below the app's root. Raises `KeyError` for a name that no folder has."""
        return self._paths[name]

    def route(self) -> PlainRoute:
        async def static(request: Request) -> Response:
            found = self._files.get(request.path_params["name"])
            if found is None:
                raise HTTPException(404)
            return Response(found.body, media_type=found.media_type, headers=HEADERS)

        return PlainRoute(f"{PATH}/{{name}}", static)
