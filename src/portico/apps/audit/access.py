"""The dependencies that tell a route what its caller may do. Every route but those of sign-in takes one."""

from typing import Annotated

from fastapi import Depends, Request

from portico.apps.audit.permissions import Access, Action
from portico.identity.public import AnyReader, AnyWriter, Caller, PageReader, PageWriter
from portico.kernel.client_address import client_address


async def _to_read(request: Request, caller: AnyReader) -> Access:
    return _access(request, caller)


async def _to_write(request: Request, caller: AnyWriter) -> Access:
    return _access(request, caller)


async def _to_read_pages(request: Request, caller: PageReader) -> Access:
    return _access(request, caller)


async def _to_write_pages(request: Request, caller: PageWriter) -> Access:
    return _access(request, caller)


def _access(request: Request, caller: Caller) -> Access:
    return Access(caller, client_address(request))


ReadAccess = Annotated[Access, Depends(_to_read)]
WriteAccess = Annotated[Access, Depends(_to_write)]
PageReadAccess = Annotated[Access, Depends(_to_read_pages)]
PageWriteAccess = Annotated[Access, Depends(_to_write_pages)]


async def _to_configure(access: ReadAccess) -> None:
    access.require(Action.CONFIGURE)


configuring = Depends(_to_configure)
