"""Frameworks: catalogs of controls and profiles that choose from them, as OSCAL has them."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.tables import AuditTable, Row

FRAMEWORK_KINDS = ("catalog", "profile")
RELATIONSHIPS = ("equal", "equivalent", "subset", "superset", "intersects")
"""What the requirement that is mapped is to the other one (NIST IR 8477)."""


class Framework(Row, AuditTable):
    """An imported OSCAL document. A profile has the requirements that its resolution gives.

    `name` is its file's, by which profiles may import it; `imports` says which framework each of its own imports was.
    """

    __tablename__ = "frameworks"
    __table_args__ = (CheckConstraint(f"kind IN {FRAMEWORK_KINDS}", name="kind"),)

    uuid: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    document_version: Mapped[str] = mapped_column(Text, server_default="", default="")
    oscal_version: Mapped[str] = mapped_column(Text, server_default="", default="")
    sha256: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    imports: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}", default=dict)
    requirements: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    imported_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))


class Requirement(Row, AuditTable):
    """A control of a framework. `parent_code` is that of the control which it enhances.

    `statement_id` is the part of the control that says it, which OSCAL's assessments name.
    """

    __tablename__ = "requirements"
    __table_args__ = (UniqueConstraint("framework_id", "code"), Index(None, "framework_id", "position"))

    framework_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("frameworks.id"))
    position: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text, server_default="", default="")
    parent_code: Mapped[str | None] = mapped_column(Text)
    family: Mapped[str] = mapped_column(Text, server_default="", default="")
    family_title: Mapped[str] = mapped_column(Text, server_default="", default="")
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, server_default="", default="")
    guidance: Mapped[str] = mapped_column(Text, server_default="", default="")
    statement_id: Mapped[str | None] = mapped_column(Text)
    is_withdrawn: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    related: Mapped[list[str]] = mapped_column(JSONB, server_default="[]", default=list)


class Mapping(Row, AuditTable):
    """That a requirement of one framework answers one of another."""

    __tablename__ = "mappings"
    __table_args__ = (
        CheckConstraint(f"relationship IN {RELATIONSHIPS}", name="relationship"),
        UniqueConstraint("source_id", "target_id"),
        Index(None, "target_id"),
    )

    source_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("requirements.id"))
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("requirements.id"))
    relationship: Mapped[str] = mapped_column(Text, server_default="equivalent", default="equivalent")
