"""Users, their sessions and their API keys."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Index, false, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.items.tables import ItemsTable
from portico.identity.public import AccountColumns, ApiKeyColumns, Realm, SessionColumns
from portico.kernel.tables import Versioned


class User(AccountColumns, Versioned, ItemsTable):
    __tablename__ = "users"

    is_admin: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.clock_timestamp()
    )


Index("users_username_key", func.lower(User.username), unique=True)
Index("users_email_key", func.lower(User.email), unique=True)


class UserSession(SessionColumns, ItemsTable):
    __tablename__ = "sessions"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("items.users.id", ondelete="CASCADE"), index=True)


class ApiKey(ApiKeyColumns, ItemsTable):
    __tablename__ = "api_keys"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("items.users.id", ondelete="CASCADE"), index=True)


def _new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    return User(email=email, username=username, pwd_hash=pwd_hash, is_admin=staff)


realm = Realm(
    app="items",
    users="items.users",
    sessions="items.sessions",
    roles="CASE WHEN u.is_admin THEN ARRAY['admin'] ELSE ARRAY[]::text[] END",
    new_user=_new_user,
    refusal="Incorrect email or password",
    tells_inactive=True,
    shortest_password=8,
    api_keys="items.api_keys",
)
