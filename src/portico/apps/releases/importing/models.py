"""Imports of repositories, and what became of them."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.tables import ReleasesTable


class GitImport(ReleasesTable):
    """One import. It goes when its job does. `owner` is the job's; name and address are those of the log."""

    __tablename__ = "git_imports"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    service_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("services.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    owner: Mapped[str] = mapped_column(Text)
    user_name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    imported: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    report: Mapped[Any | None] = mapped_column(JSONB)
