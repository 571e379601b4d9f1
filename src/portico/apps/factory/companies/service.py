"""The rules of companies. Each is written by entering it: its policy shows no other one."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from portico.apps.factory import audit
from portico.apps.factory.auth import service as auth
from portico.apps.factory.companies.models import Company
from portico.apps.factory.companies.repository import CompanyRepository
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.tables import HOME
from portico.kernel import rows
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.tenancy import enter
from portico.kernel.transaction import Transaction


class CompanyNotFound(NotFound):
    def __init__(self, company_id: UUID | str) -> None:
        super().__init__(f"There is no company {company_id}.")


class HomeCompany(Conflict):
    code = "HOME_COMPANY"
    message = "This is the company of those who run the installation: it stays, and stays active."


class CompanyService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._companies = CompanyRepository(write)

    async def create(self, **values: Any) -> UUID:
        """Add a company and answer its id; the rest of the request works in it. Raises `NameTaken`."""
        self._access.require(Action.COMPANIES)
        company = Company(id=uuid4(), **values)
        await self._enter(company.id)
        await self._save(company)
        await self._log("company.created", company.id, **values)
        return company.id

    async def change(self, company_id: UUID, match: IfMatch, **values: Any) -> None:
        """Set these of a company's values. One that is not active any more signs everybody out.

        Raises `CompanyNotFound`, `NameTaken`, `HomeCompany`, `PreconditionFailed`.
        """
        company = await self._editable(company_id, match)
        if values.get("is_active") is False:
            _check_not_home(company_id)
        if values:
            company.change(**values)
            await self._save(company)
            if not company.is_active:
                await auth.end_company(self._write, self._now)
            await self._log("company.changed", company_id, **values)

    async def delete(self, company_id: UUID, match: IfMatch) -> None:
        """Remove a company that nothing belongs to. Raises as `change` does, and `InUse`."""
        company = await self._editable(company_id, match)
        _check_not_home(company_id)
        if (by := await self._companies.remove(company)) is not None:
            raise rows.InUse("company", by, instead=" Make it inactive instead.")
        await self._log("company.deleted", company_id)

    async def _editable(self, company_id: UUID, match: IfMatch) -> Company:
        self._access.require(Action.COMPANIES)
        await self._enter(company_id)
        company = await self._companies.lock(company_id)
        if company is None:
            raise CompanyNotFound(company_id)
        match.check(company.version)
        return company

    async def _enter(self, company_id: UUID) -> None:
        await enter(await self._write.connection(), str(company_id))

    async def _save(self, company: Company) -> None:
        name = company.name  # afterwards, where it was not written, it is not there
        if not await self._companies.save(company):
            raise rows.NameTaken("company", name)

    async def _log(self, action: str, company_id: UUID, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"company:{company_id}", **details)


def _check_not_home(company_id: UUID) -> None:
    if company_id == HOME:
        raise HomeCompany
