"""The write side of companies."""

from uuid import UUID

from sqlalchemy import select

from portico.apps.factory.companies.models import Company
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class CompanyRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, company_id: UUID) -> Company | None:
        """The company, if it is the tenant, locked against other writers until the end of the transaction."""
        query = select(Company).where(Company.id == company_id).with_for_update(key_share=True)
        found: Company | None = await self._write.session.scalar(query)
        return found

    async def save(self, company: Company) -> bool:
        """Write the company; False where another one has its name."""
        return await rows.save(self._write, company) is None

    async def remove(self, company: Company) -> str | None:
        """Remove the company; where anything belongs to it, answer what."""
        return await rows.remove(self._write, company)
