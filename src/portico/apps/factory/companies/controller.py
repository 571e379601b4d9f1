"""The company routes. A SystemAdmin sees all companies; everybody else sees the own one."""

from typing import Any
from uuid import UUID

from fastapi import Response

from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.companies import reads
from portico.apps.factory.companies.schemas import CompanyIn, CompanyOut, CompanyPatch
from portico.apps.factory.companies.service import CompanyNotFound, CompanyService
from portico.apps.factory.permissions import Access, Action
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

companies = router(prefix="/api/v1/companies", tags=["companies"])


@companies.get("", response_model=list[CompanyOut], summary="The companies that the caller may see, by name")
async def list_companies(reading: Reading, access: ReadAccess) -> Any:
    return await _visible(reading, access)


@companies.post("", status_code=201, response_model=CompanyOut, summary="Add a company", dependencies=[Once])
async def create_company(body: CompanyIn, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    company_id = await CompanyService(write, access, now).create(**body.model_dump())
    return await _entered(await write.connection(), company_id, response)


@companies.get("/{company_id}", response_model=CompanyOut, summary="One company")
async def get_company(company_id: UUID, reading: Reading, access: ReadAccess, response: Response) -> Any:
    found = next((row for row in await _visible(reading, access) if row["id"] == company_id), None)
    return tagged(response, found, CompanyNotFound(company_id))


@companies.put("/{company_id}", response_model=CompanyOut, summary="Change some of a company")
async def change_company(
    company_id: UUID,
    body: CompanyPatch,
    write: Writing,
    access: WriteAccess,
    match: Matching,
    now: Now,
    response: Response,
) -> Any:
    await CompanyService(write, access, now).change(company_id, match, **body.model_dump(exclude_unset=True))
    return await _entered(await write.connection(), company_id, response)


@companies.delete("/{company_id}", status_code=204, summary="Remove a company that nothing belongs to")
async def delete_company(company_id: UUID, write: Writing, access: WriteAccess, match: Matching, now: Now) -> None:
    await CompanyService(write, access, now).delete(company_id, match)


async def _visible(reading: Connection, access: Access) -> list[dict[str, Any]]:
    if access.caller is not None and access.may(Action.COMPANIES):
        return await reads.all_companies(reading, access.caller.session_id)
    return await reads.own(reading)


async def _entered(connection: Connection, company_id: UUID, response: Response) -> Any:
    return tagged(response, await reads.company(connection), CompanyNotFound(company_id))
