"""Users of the firm and of its clients, and their sessions."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import FIRM_ROLES
from portico.apps.audit.tables import AuditTable
from portico.identity.public import AccountColumns, SessionColumns
from portico.kernel.tables import Versioned


class User(AccountColumns, Versioned, AuditTable):
    """Somebody of the firm, or of a client. `guid` is the id that others see; `username` is the e-mail address."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(f"role IN {FIRM_ROLES}", name="role"),)

    guid: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    first_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    last_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    role: Mapped[str] = mapped_column(Text, server_default="staff", default="staff")


Index("users_username_key", func.lower(User.username), unique=True)
Index("users_email_key", func.lower(User.email), unique=True)


class UserSession(SessionColumns, AuditTable):
    __tablename__ = "sessions"
