"""Workpapers: what was done, what was seen, what follows from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, OfEngagement, Row
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

WORKPAPER_STATES = ("draft", "prepared", "in_review", "approved", "locked")


def _is_concluded(version: Any) -> str | None:
    return None if version.conclusion.strip() else "It has no conclusion."


def _is_of_others(version: Any) -> str | None:
    """Four eyes: nobody reviews what they have prepared or edited. `caller_id` is who asks."""
    own = version.caller_id in (version.prepared_by, *version.editors)
    return "You have prepared or edited it: somebody else reviews it." if own else None


def _is_sealed(version: Any) -> str | None:
    """`unsealed` is how many of the linked versions of evidence have no seal, or were found altered since."""
    return f"It rests on evidence that is not sealed: {version.unsealed} of its links." if version.unsealed else None


WORKPAPER_MACHINE = StateMachine(
    Transition(
        action="prepare", source={"draft"}, target="prepared", permission=Action.WORK, guards=[_is_concluded]
    ),
    Transition(
        action="review", source={"prepared"}, target="in_review", permission=Action.REVIEW, guards=[_is_of_others]
    ),
    Transition(
        action="return", source={"prepared", "in_review"}, target="draft", permission=Action.REVIEW,
        guards=[_is_of_others],
    ),
    Transition(
        action="approve", source={"in_review"}, target="approved", permission=Action.REVIEW,
        guards=[_is_of_others, _is_sealed],
    ),
    Transition(action="lock", source={"approved"}, target="locked", permission=Action.WORK),
)  # fmt: skip


class Workpaper(OfEngagement, AuditTable):
    """What its versions share."""

    __tablename__ = "workpapers"
    __table_args__ = (UniqueConstraint("engagement_id", "number"), Index(None, "procedure_id"))

    number: Mapped[int] = mapped_column(Integer)
    procedure_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("procedures.id"))


class WorkpaperVersion(Row, Versioned, AuditTable):
    """One edition of a workpaper. Editing one that has left `draft` opens the next; the newest one counts.

    `editors` is everybody whose work is in it, those of the version that it was copied from included.
    """

    __tablename__ = "workpaper_versions"
    __table_args__ = (
        CheckConstraint(f"state IN {WORKPAPER_STATES}", name="state"),
        CheckConstraint("reviewed_by <> prepared_by AND reviewed_by <> ALL (editors)", name="four_eyes"),
        CheckConstraint("prepared_by IS NOT NULL OR state = 'draft'", name="prepared"),
        CheckConstraint("reviewed_by IS NOT NULL OR state IN ('draft', 'prepared')", name="reviewed"),
        UniqueConstraint("workpaper_id", "number"),
        Index(None, "state", "id"),
    )

    workpaper_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workpapers.id"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    objective: Mapped[str] = mapped_column(Text, server_default="", default="")
    work_done: Mapped[str] = mapped_column(Text, server_default="", default="")
    conclusion: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    edited_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    editors: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    prepared_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    prepared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    review_note: Mapped[str] = mapped_column(Text, server_default="", default="")


class WorkpaperEvidence(AuditTable):
    """Which version of which evidence a version of a workpaper rests on."""

    __tablename__ = "workpaper_evidence"
    __table_args__ = (Index(None, "evidence_version_id"),)

    workpaper_version_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("workpaper_versions.id"), primary_key=True, autoincrement=False
    )
    evidence_version_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("evidence_versions.id"), primary_key=True, autoincrement=False
    )
