"""Notifications: what a user is told, because of what somebody or something else has done.

A service tells in its own transaction, so the notification exists if and only if the change does. It is shown in the
app, pushed to whoever watches and to webhooks through the outbox, and sent by e-mail by a job. `user` is the user's
key; the kernel knows no more of users.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, DateTime, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel import outbox
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import NotFound
from portico.kernel.jobs import enqueue
from portico.kernel.tables import KernelTable
from portico.kernel.transaction import Transaction

CREATED = "notification.created"
MAIL_JOB = "mail_notification"
CHANNELS = {"in_app": True, "email": False, "webhook": True}
"""The ways to a user, and whether they are on until the user says something else."""

LONGEST_TITLE = 200  # characters


class Notification(KernelTable):
    """What a user is told. `mailed_at` keeps a job that runs twice from sending twice."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index(None, "app", "user_key", "id"),
        Index("notifications_unread_idx", "app", "user_key", postgresql_where=text("is_shown AND read_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    app: Mapped[str] = mapped_column(Text)
    user_key: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    data: Mapped[Any] = mapped_column(JSONB)
    is_shown: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    mailed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class NotificationPreference(KernelTable):
    """Whether a user wants a channel; no row: as CHANNELS has it."""

    __tablename__ = "notification_preferences"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    user_key: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    is_on: Mapped[bool] = mapped_column(Boolean)


async def tell(
    write: Transaction, *, app: str, user: str, topic: str, title: str, body: str = "",
    data: Mapping[str, Any] | None = None,
) -> int | None:  # fmt: skip
    """Tell a user, by the channels that the user wants; answers the notification's id, None where that is none."""
    connection = await write.connection()
    wanted = await preferences(connection, app=app, user=user)
    if not any(wanted.values()):
        return None
    row = await fetch_one(
        connection,
        f"""
        INSERT INTO portico.notifications (app, user_key, topic, title, body, data, is_shown)
        VALUES (%(app)s, %(user)s, %(topic)s, %(title)s, %(body)s, %(data)s::jsonb, %(is_shown)s)
        RETURNING {_SHOWN}""",
        {
            "app": app, "user": user, "topic": topic, "title": title[:LONGEST_TITLE], "body": body,
            "data": orjson.dumps(data or {}, default=str).decode(), "is_shown": wanted["in_app"],
        },
    )  # fmt: skip
    assert row is not None  # noqa: S101 - an INSERT that raises nothing answers its row
    await outbox.add(
        write, app=app, topic=CREATED, key=f"notification:{row['id']}", payload=row, audience=audience(user, wanted)
    )
    if wanted["email"]:
        await enqueue(write, f"{app}.{MAIL_JOB}", owner=user, notification_id=row["id"])
    notification_id: int = row["id"]
    return notification_id


def audience(user: str, wanted: Mapping[str, bool]) -> list[str]:
    """The words that watchers and webhooks of this user have: a channel that is off is not among those concerned."""
    words = {"in_app": stream_word(user), "webhook": webhook_word(user)}
    return [word for channel, word in words.items() if wanted[channel]]


def stream_word(user: str) -> str:
    """What stands for this user's streams and WebSockets, and not for webhooks."""
    return f"stream:{user}"


def webhook_word(user: str) -> str:
    """What stands for this user's webhooks alone."""
    return f"webhook:{user}"


async def preferences(connection: Connection, *, app: str, user: str) -> dict[str, bool]:
    """Which channels the user wants."""
    rows = await fetch_all(
        connection,
        "SELECT channel, is_on FROM portico.notification_preferences WHERE app = %(app)s AND user_key = %(user)s",
        {"app": app, "user": user},
    )
    return CHANNELS | {row["channel"]: row["is_on"] for row in rows if row["channel"] in CHANNELS}


async def prefer(write: Transaction, *, app: str, user: str, wanted: Mapping[str, bool]) -> None:
    """Set some of a user's preferences."""
    connection = await write.connection()
    for channel, is_on in sorted(wanted.items()):  # in one order: two that set both do not wait for each other
        await connection.execute(
            """
            INSERT INTO portico.notification_preferences (app, user_key, channel, is_on)
            VALUES (%(app)s, %(user)s, %(channel)s, %(is_on)s)
            ON CONFLICT (app, user_key, channel) DO UPDATE SET is_on = excluded.is_on""",
            {"app": app, "user": user, "channel": channel, "is_on": is_on},
        )


async def page(connection: Connection, *, app: str, user: str, before: int, limit: int) -> list[Row]:
    """A user's notifications, the newest first."""
    return await fetch_all(
        connection,
        f"SELECT {_SHOWN} FROM portico.notifications WHERE app = %(app)s AND user_key = %(user)s AND is_shown"
        " AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s",
        {"app": app, "user": user, "before": before, "limit": limit},
    )


async def unread(connection: Connection, *, app: str, user: str) -> int:
    row = await fetch_one(
        connection, f"SELECT count(*) AS count FROM portico.notifications WHERE {_UNREAD}", {"app": app, "user": user}
    )
    return row["count"] if row else 0


async def mark_read(connection: Connection, notification_id: int, *, app: str, user: str) -> Row:
    """One that was read before keeps its time. Raises `NotFound`."""
    row = await fetch_one(
        connection,
        "UPDATE portico.notifications SET read_at = coalesce(read_at, now()) WHERE id = %(id)s AND app = %(app)s"
        f" AND user_key = %(user)s AND is_shown RETURNING {_SHOWN}",
        {"id": notification_id, "app": app, "user": user},
    )
    if row is None:
        raise NotFound
    return row


async def mark_all_read(connection: Connection, *, app: str, user: str) -> int:
    """Answers how many had not been read."""
    marked = await connection.execute(
        f"UPDATE portico.notifications SET read_at = now() WHERE {_UNREAD}", {"app": app, "user": user}
    )
    return marked.rowcount


async def forget(connection: Connection, *, app: str, user: str) -> None:
    """Take away all that is kept of a user: the account goes."""
    for table in ("notifications", "notification_preferences"):
        await connection.execute(
            f"DELETE FROM portico.{table} WHERE app = %(app)s AND user_key = %(user)s", {"app": app, "user": user}
        )


_SHOWN = "id, topic, title, body, data, created_at, read_at"
_UNREAD = "app = %(app)s AND user_key = %(user)s AND is_shown AND read_at IS NULL"
