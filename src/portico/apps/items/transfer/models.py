"""Imports, and what was wrong with the files."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.items.tables import ItemsTable


class Import(ItemsTable):
    """What has become of a file so far, in rows. It goes when its job does: see `ImportService.sweep`."""

    __tablename__ = "imports"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger)
    file_id: Mapped[UUID] = mapped_column(Uuid)
    imported: Mapped[int] = mapped_column(Integer, server_default="0")
    rejected: Mapped[int] = mapped_column(Integer, server_default="0")


class ImportFlaw(ItemsTable):
    """What was wrong with a row of a file."""

    __tablename__ = "import_flaws"

    job_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("items.imports.job_id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    message: Mapped[str] = mapped_column(Text)
