"""The dependencies that tell a route what its caller may do, and for which company it works."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from portico.apps.factory.companies import reads as companies
from portico.apps.factory.companies.service import CompanyNotFound
from portico.apps.factory.permissions import OPERATOR, SYSTEM_ADMIN, Access, Action
from portico.apps.factory.users import reads as users
from portico.identity.public import AnyReader, AnyWriter, Caller, PageReader, PageWriter
from portico.kernel.client_address import client_address
from portico.kernel.database import Connection
from portico.kernel.errors import Forbidden
from portico.kernel.tenancy import TENANT, enter
from portico.kernel.unit_of_work import Reading, Writing

HEADER = "X-Company"
COOKIE = "company"
"""In pages, which send no headers of ours, this cookie names the company that a SystemAdmin works in."""


Named = Annotated[
    UUID | None,
    Header(alias=HEADER, description="The company that a SystemAdmin works in. Others work in their own."),
]


async def _to_read(request: Request, reading: Reading, caller: AnyReader, company: Named = None) -> Access:
    access = await _access(reading, request, caller, company)
    access.require(Action.READ)
    return access


async def _to_write(request: Request, write: Writing, caller: AnyWriter, company: Named = None) -> Access:
    return await _access(await write.connection(), request, caller, company)


async def _to_read_pages(request: Request, reading: Reading, caller: PageReader) -> Access:
    return await _access(reading, request, caller, _chosen(request))


async def _to_write_pages(request: Request, write: Writing, caller: PageWriter) -> Access:
    return await _access(await write.connection(), request, caller, _chosen(request))


async def _access(connection: Connection, request: Request, caller: Caller, company: UUID | None) -> Access:
    own = TENANT.get()
    assert own is not None  # noqa: S101 - there is no caller without a token, and none without its tenant
    station = None
    if OPERATOR in caller.roles:
        station = await users.workstation_of_session(connection, caller.session_id)
    if company is not None and str(company) != own:
        if SYSTEM_ADMIN not in caller.roles:
            raise CompanyNotFound(company)
        await enter(connection, str(company))
        if not await companies.exists(connection):
            raise CompanyNotFound(company)
    return Access(
        caller, address=client_address(request), company_id=TENANT.get() or own, workstation_id=station
    )  # fmt: skip


def _chosen(request: Request) -> UUID | None:
    try:
        return UUID(request.cookies.get(COOKIE, ""))
    except ValueError:
        return None


ReadAccess = Annotated[Access, Depends(_to_read)]
WriteAccess = Annotated[Access, Depends(_to_write)]
PageReadAccess = Annotated[Access, Depends(_to_read_pages)]
PageWriteAccess = Annotated[Access, Depends(_to_write_pages)]


async def _to_read_log(access: ReadAccess) -> None:
    if not access.may(Action.COMPANIES):
        raise Forbidden


reading_log = Depends(_to_read_log)
