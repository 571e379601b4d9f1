"""The write side of members. Whoever writes has locked the engagement's row before."""

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from portico.apps.audit.members.models import Member
from portico.apps.audit.permissions import LEAD
from portico.kernel.transaction import Transaction

LEADS = text("""
    SELECT m.user_id FROM audit.members AS m JOIN audit.users AS u ON u.id = m.user_id AND u.is_active
    WHERE m.engagement_id = :engagement AND m.role = :role""")
RAISE_VERSION = text("UPDATE audit.engagements SET version = version + 1 WHERE id = :engagement")


class MemberRepository:
    def __init__(self, write: Transaction, engagement_id: int) -> None:
        self._write = write
        self._engagement_id = engagement_id
        self._of_engagement = Member.engagement_id == engagement_id

    async def leads(self) -> list[int]:
        """The numbers of the users who lead the engagement, and can sign in."""
        return list(await self._write.session.scalars(LEADS, {"engagement": self._engagement_id, "role": LEAD}))

    async def add(self, user_id: int, *, role: str) -> None:
        """Add the first member of an engagement that was just made."""
        self._write.session.add(Member(engagement_id=self._engagement_id, user_id=user_id, role=role))
        await self._write.session.flush()

    async def put(self, user_id: int, *, role: str, may_accept_risk: bool) -> None:
        """Give a user this role in the place of any other one."""
        values = {"role": role, "may_accept_risk": may_accept_risk}
        statement = insert(Member).values(engagement_id=self._engagement_id, user_id=user_id, **values)
        await self._write.session.execute(
            statement.on_conflict_do_update(index_elements=["engagement_id", "user_id"], set_=values)
        )
        await self._raise_version()

    async def remove(self, user_id: int) -> None:
        await self._write.session.execute(delete(Member).where(self._of_engagement, Member.user_id == user_id))
        await self._raise_version()

    async def _raise_version(self) -> None:
        await self._write.session.execute(RAISE_VERSION, {"engagement": self._engagement_id})
