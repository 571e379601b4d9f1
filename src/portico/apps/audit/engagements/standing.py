"""What a caller may do in an engagement. Whoever has no role in it does not see that it is there."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from portico.apps.audit.permissions import AUDITEE, ENGAGEMENT_ALLOWED, Access, Action
from portico.kernel.database import Connection, fetch_one
from portico.kernel.errors import Conflict, Forbidden, NotFound
from portico.kernel.transaction import Transaction

_FOUND = """
    SELECT e.id, e.version, e.state, e.period_start, e.period_end, e.currency, e.settings, m.role, m.may_accept_risk
    FROM audit.engagements AS e
    JOIN audit.members AS m ON m.engagement_id = e.id AND m.user_id = %(user)s
    WHERE e.id = %(id)s"""
_HELD = f"{_FOUND} FOR SHARE OF e"
_LOCK = """
    SELECT FROM audit.engagements AS e
    WHERE e.id = %(id)s AND EXISTS (SELECT FROM audit.members WHERE engagement_id = e.id AND user_id = %(user)s)
    FOR UPDATE OF e"""

INSIDE = """
    EXISTS (SELECT FROM audit.members AS m
            WHERE m.engagement_id = {of} AND m.user_id = %(me)s AND m.role <> 'auditee')"""
"""For queries: that the caller, `me`, is of the team of the engagement which the column `of` names."""


class EngagementNotFound(NotFound):
    def __init__(self, engagement_id: int) -> None:
        super().__init__(f"There is no engagement {engagement_id}.")


class EngagementArchived(Conflict):
    code = "ENGAGEMENT_ARCHIVED"
    message = "The engagement is archived. Nothing in it is changed any more; additions are still taken."


@dataclass(frozen=True)
class Standing:
    """A caller in an engagement."""

    access: Access
    engagement_id: int
    version: int
    state: str
    period_start: date
    period_end: date
    currency: str
    settings: dict[str, Any]
    role: str
    may_accept_risk: bool

    @property
    def user_id(self) -> int:
        return self.access.user_id

    @property
    def is_auditee(self) -> bool:
        return self.role == AUDITEE

    def may(self, action: Action) -> bool:
        return self.role in ENGAGEMENT_ALLOWED[action]

    def require(self, action: Action) -> None:
        """Raises `EngagementNotFound` for an auditee, who does not see it, and `Forbidden` for the team."""
        if not self.may(action):
            raise EngagementNotFound(self.engagement_id) if self.is_auditee else Forbidden


async def look(connection: Connection, access: Access, engagement_id: int, action: Action = Action.SEE) -> Standing:
    """Look into an engagement. Raises `EngagementNotFound`, `Forbidden`."""
    return await _stand(connection, access, engagement_id, action, _FOUND)


async def enter(write: Transaction, access: Access, engagement_id: int, action: Action) -> Standing:
    """Work in an engagement, which stays as it is until the end of the transaction: nobody archives it meanwhile.

    Raises `EngagementNotFound`, `Forbidden`, `EngagementArchived`.
    """
    standing = await _stand(await write.connection(), access, engagement_id, action, _HELD)
    if standing.state == "archived":
        raise EngagementArchived
    return standing


async def take(write: Transaction, access: Access, engagement_id: int, action: Action = Action.LEAD) -> Standing:
    """As `enter`, and alone: whoever works in it waits, and nobody else moves it on or changes its members.

    Also of an archived one: what may be done there is for the caller to know. Raises `EngagementNotFound`, `Forbidden`.
    """
    connection = await write.connection()
    # By itself: what a statement that waits for a lock reads of the members is what they were before it waited.
    await connection.execute(_LOCK, {"id": engagement_id, "user": access.user_id})
    return await _stand(connection, access, engagement_id, action, _FOUND)


async def _stand(connection: Connection, access: Access, engagement_id: int, action: Action, sql: Any) -> Standing:
    row = await fetch_one(connection, sql, {"id": engagement_id, "user": access.user_id})
    if row is None:
        raise EngagementNotFound(engagement_id)
    standing = Standing(access, engagement_id, **{name: value for name, value in row.items() if name != "id"})
    standing.require(action)
    return standing


async def next_number(write: Transaction, engagement_id: int, table: str) -> int:
    """The next number in an engagement. Who asks at once waits for the other's end: none is left out."""
    connection = await write.connection()
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"audit.{table}", engagement_id]
    )
    sql: Any = f"SELECT coalesce(max(number), 0) + 1 AS next FROM audit.{table} WHERE engagement_id = %(id)s"
    row = await fetch_one(connection, sql, {"id": engagement_id})
    assert row is not None  # noqa: S101 - an aggregate always answers a row
    number: int = row["next"]
    return number
