"""The table of stored files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.tables import KernelTable


class FileRow(KernelTable):
    """A file and what is known of its bytes. `state` is `arriving`, `kept` or `gone`: see `portico.kernel.files`."""

    __tablename__ = "files"
    __table_args__ = (
        CheckConstraint("state IN ('arriving', 'kept', 'gone')", name="state"),
        CheckConstraint("state <> 'kept' OR num_nulls(media_type, size, sha256) = 0", name="kept"),
        Index("files_owner_idx", "app", "owner", "created_at", "id"),
        Index("files_sweep_idx", "changed_at", postgresql_where=text("state <> 'kept'")),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    app: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="arriving")
    media_type: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
