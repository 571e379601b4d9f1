"""What people are told of their teams' services, and where they read it. Called in the transaction of the change."""

from collections.abc import Mapping
from typing import Any

from portico.apps.releases.permissions import Access
from portico.identity.public import notification_router
from portico.kernel.database import Connection, fetch_all, fetch_one
from portico.kernel.notification_mail import mail_job
from portico.kernel.notifications import tell
from portico.kernel.transaction import Transaction

ADDRESS = "SELECT email FROM releases.users WHERE id = %(id)s::bigint AND is_active"
# In one order: two that tell the same people do not wait for each other.
MEMBERS = """
    SELECT m.user_id FROM releases.team_members AS m JOIN releases.users AS u ON u.id = m.user_id
    WHERE m.team_id = %(team_id)s AND u.is_active AND m.user_id <> %(by)s ORDER BY m.user_id LIMIT 200"""


async def _address(connection: Connection, user_key: str) -> str | None:
    row = await fetch_one(connection, ADDRESS, {"id": user_key})
    return row["email"] if row else None


notifications = notification_router("/api/v1/notifications")
MAIL_NOTIFICATION = mail_job(_address)


async def tell_team(
    write: Transaction, access: Access, team_id: int, *, topic: str, title: str, body: str, data: Mapping[str, Any]
) -> None:
    """Tell the members of a team, save the one who does it."""
    connection = await write.connection()
    for row in await fetch_all(connection, MEMBERS, {"team_id": team_id, "by": access.user_id}):
        await tell(write, app="releases", user=str(row["user_id"]), topic=topic, title=title, body=body, data=data)
