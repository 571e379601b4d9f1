"""What is added to an engagement after it was archived: by whom, when and why (ISA 230.16)."""

from datetime import datetime

from portico.apps.audit.additions.models import Addition
from portico.apps.audit.additions.repository import AdditionRepository
from portico.apps.audit.engagements.standing import take
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.kernel.errors import Conflict
from portico.kernel.transaction import Transaction


class NotArchived(Conflict):
    code = "NOT_ARCHIVED"
    message = "The engagement is not archived: work in it itself."


async def add(
    write: Transaction, access: Access, engagement_id: int, *, text: str, reason: str, now: datetime
) -> int:  # fmt: skip
    """Answers the id. Raises `EngagementNotFound`, `NotArchived`."""
    standing = await take(write, access, engagement_id, Action.WORK)
    if standing.state != "archived":
        raise NotArchived
    addition = Addition(
        engagement_id=engagement_id, at=now, user_id=access.user_id, user_name=access.user_name, text=text,
        reason=reason,
    )  # fmt: skip
    await AdditionRepository(write).add(addition)
    await log_in(write, access, "addition.made", engagement_id, f"addition:{addition.id}", reason=reason)
    return addition.id
