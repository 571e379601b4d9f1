"""Who works in an engagement. The version of the members is the engagement's."""

from uuid import UUID

from portico.apps.audit.engagements.standing import EngagementArchived, take
from portico.apps.audit.log import log_in
from portico.apps.audit.members import reads
from portico.apps.audit.members.repository import MemberRepository
from portico.apps.audit.permissions import LEAD, TEAM, Access
from portico.apps.audit.users.service import keep
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class MemberNotFound(NotFound):
    def __init__(self, guid: UUID) -> None:
        super().__init__(f"User {guid} has no role in this engagement.")


class LastLead(Conflict):
    code = "LAST_LEAD"
    message = "The last lead of an engagement stays one. Appoint another one first."


class OfTheClient(Conflict):
    """Nobody judges what they have answered themselves. The other way is open: an auditor who becomes an auditee sees
    and closes nothing by it, and what they are sent then keeps them there."""

    code = "OF_THE_CLIENT"
    message = "They answer for the client: requests or findings were sent to them. So they take no role in the team."


class MemberService:
    def __init__(self, write: Transaction, access: Access, engagement_id: int) -> None:
        self._write = write
        self._access = access
        self._engagement_id = engagement_id
        self._members = MemberRepository(write, engagement_id)

    async def put(self, guid: UUID, match: IfMatch, *, role: str, may_accept_risk: bool) -> None:
        """Give somebody this role. Raises `UserNotFound`, `LastLead`, `OfTheClient`, and as `take` does."""
        await self._take(match)
        user_id = await keep(self._write, guid)
        if role != LEAD:
            await self._check_a_lead_stays(user_id)
        if role in TEAM and await reads.answers_for_client(
            await self._write.connection(), self._engagement_id, user_id
        ):
            raise OfTheClient
        await self._members.put(user_id, role=role, may_accept_risk=may_accept_risk)
        await self._log("member.appointed", guid, role=role, may_accept_risk=may_accept_risk)

    async def remove(self, guid: UUID, match: IfMatch) -> None:
        """Take somebody out. What they have done stays theirs. Raises `MemberNotFound`, `LastLead`."""
        await self._take(match)
        user_id = await reads.user_id_of(await self._write.connection(), self._engagement_id, guid)
        if user_id is None:
            raise MemberNotFound(guid)
        await self._check_a_lead_stays(user_id)
        await self._members.remove(user_id)
        await self._log("member.dismissed", guid)

    async def _take(self, match: IfMatch) -> None:
        standing = await take(self._write, self._access, self._engagement_id)
        if standing.state == "archived":
            raise EngagementArchived
        match.check(standing.version)

    async def _check_a_lead_stays(self, user_id: int) -> None:
        if await self._members.leads() == [user_id]:
            raise LastLead

    async def _log(self, action: str, guid: UUID, **details: object) -> None:
        await log_in(self._write, self._access, action, self._engagement_id, f"user:{guid}", **details)


async def appoint_lead(write: Transaction, access: Access, engagement_id: int) -> None:
    """The caller leads an engagement that was just made."""
    await MemberRepository(write, engagement_id).add(access.user_id, role=LEAD)
