"""Users, their sessions and API keys."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable
from portico.identity.public import AccountColumns, ApiKeyColumns, SessionColumns
from portico.kernel.tables import Versioned


class User(AccountColumns, Versioned, ReleasesTable):
    """Somebody with one role. A `pipeline` never signs in: it acts by API keys that administrators make for it."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'developer', 'release_manager', 'admin', 'pipeline')", name="role"),
        CheckConstraint("role <> 'pipeline' OR pwd_hash IS NULL", name="pipeline"),
    )

    full_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    role: Mapped[str] = mapped_column(Text, server_default="viewer", default="viewer")
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.clock_timestamp()
    )


Index("users_username_key", func.lower(User.username), unique=True)
Index("users_email_key", func.lower(User.email), unique=True)


class UserSession(SessionColumns, ReleasesTable):
    __tablename__ = "sessions"


class ApiKey(ApiKeyColumns, ReleasesTable):
    __tablename__ = "api_keys"
