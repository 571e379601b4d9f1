"""The write side of users."""

from sqlalchemy import select

from portico.apps.factory.users.models import User
from portico.apps.factory.users.realm import realm
from portico.identity.public import accounts
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

INTEGRATION = """
    INSERT INTO factory.users (email, username, full_name, role)
    SELECT name, name, 'Integration', 'Integration'
    FROM (SELECT 'integration@' || current_setting('app.tenant') || '.invalid') AS made (name)
    ON CONFLICT (company_id) WHERE role = 'Integration' DO UPDATE SET role = excluded.role RETURNING id"""


class UserRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, user_id: int) -> User | None:
        """The user, locked against other writers until the end of the transaction. Programs are nobody here."""
        query = select(User).where(User.id == user_id, User.role != "Integration").with_for_update(key_share=True)
        found: User | None = await self._write.session.scalar(query)
        return found

    async def lock_administrators(self) -> list[int]:
        """The company's active administrators. They stay such until the end of the transaction."""
        is_one = (User.role == "CompanyAdmin", User.is_active, User.deleted_at.is_(None))
        query = select(User.id).where(*is_one).order_by(User.id).with_for_update()
        return list(await self._write.session.scalars(query))

    async def save(self, user: User) -> bool:
        """Write the user; False where somebody else has this e-mail address."""
        return await accounts.save(self._write, realm, user) is None

    async def integration(self) -> int:
        """The id of the one that the company's programs act for; it is made where there is none.

        It is locked: of two keys made at once, the second is counted with the first.
        """
        row = await fetch_one(await self._write.connection(), INTEGRATION)
        assert row is not None  # noqa: S101 - it was made just now
        user_id: int = row["id"]
        return user_id
