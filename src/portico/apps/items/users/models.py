"""Users, their sessions and their API keys."""

from datetime import datetime

from sqlalchemy import Boolean, DateTime, Index, false, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.items.tables import ItemsTable
from portico.identity.public import AccountColumns, ApiKeyColumns, SessionColumns
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


class ApiKey(ApiKeyColumns, ItemsTable):
    __tablename__ = "api_keys"
