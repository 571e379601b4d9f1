"""Users, their sessions and API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import HOME, TENANT, Deletable, FactoryTable, refers
from portico.identity.public import AccountColumns, ApiKeyColumns, SessionColumns
from portico.kernel.tables import Versioned

ROLES = ("SystemAdmin", "CompanyAdmin", "ProjectManager", "Operator", "Integration")


class OfCompany:
    """As `tables.Owned`, for tables whose key is identity's."""

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), server_default=TENANT, index=True)


class User(AccountColumns, OfCompany, Deletable, Versioned, FactoryTable):
    """Somebody with one role. Operators sign in by badge, which is `guid`, and PIN. `username` is the e-mail address.

    The one with the role `Integration` never signs in: the company's API keys act for it.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("role <> 'Integration' OR (pwd_hash IS NULL AND pin_hash IS NULL)", name="integration"),
        # Nobody else may open the doors between companies, whatever a company's own people write into their rows.
        CheckConstraint(f"role <> 'SystemAdmin' OR company_id = '{HOME}'", name="system_admin"),
        UniqueConstraint("company_id", "id"),
    )

    full_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    role: Mapped[str] = mapped_column(Text, server_default="Operator", default="Operator")
    guid: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    pin_hash: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.clock_timestamp()
    )


Index("users_username_key", func.lower(User.username), unique=True)
Index("users_email_key", func.lower(User.email), unique=True)
Index("users_integration_key", User.company_id, unique=True, postgresql_where=User.role == "Integration")


class UserSession(SessionColumns, OfCompany, FactoryTable):
    """`workstation_id` is where a session that began by badge and PIN is at home."""

    __tablename__ = "sessions"
    __table_args__ = (refers("user_id", "users", ondelete="CASCADE"), refers("workstation_id", "workstations"))

    workstation_id: Mapped[int | None] = mapped_column(BigInteger)


class ApiKey(ApiKeyColumns, OfCompany, FactoryTable):
    __tablename__ = "api_keys"
    __table_args__ = (refers("user_id", "users", ondelete="CASCADE"),)
