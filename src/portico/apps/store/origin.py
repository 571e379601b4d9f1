"""Where the store is, as its caller sees it."""

from typing import Annotated

from fastapi import Depends, Request

from portico.kernel.paging import origin_of


async def _base(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return origin_of(request) + root


Base = Annotated[str, Depends(_base)]
"""The address of the app's root, which goes before the paths of its own pictures: front ends run on other hosts."""
