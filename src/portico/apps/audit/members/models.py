"""Who has which role in an engagement."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import ROLES
from portico.apps.audit.tables import AuditTable


class Member(AuditTable):
    """Who has which role in an engagement. `may_accept_risk`: named to accept that something is not remediated."""

    __tablename__ = "members"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"), Index(None, "user_id"))

    engagement_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("engagements.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(Text)
    may_accept_risk: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
