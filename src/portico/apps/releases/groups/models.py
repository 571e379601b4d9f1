"""Groups of people who approve together, and who is in them."""

from sqlalchemy import BigInteger, ForeignKey, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.tables import Versioned


class Group(Row, Versioned, ReleasesTable):
    """People who may approve together what a rule asks them for."""

    __tablename__ = "groups"

    name: Mapped[str] = mapped_column(Text)


Index("groups_name_key", func.lower(Group.name), unique=True)


class GroupMember(ReleasesTable):
    __tablename__ = "group_members"

    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
