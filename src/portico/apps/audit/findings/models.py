"""Findings: criteria, condition, cause and effect (IIA), and what becomes of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, Done, OfEngagement, Row
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

SEVERITIES = ("low", "medium", "high", "critical")
FINDING_STATES = (
    "draft", "validation", "agreed", "disputed", "action_planned", "in_remediation", "ready_for_retest",
    "closed_verified", "reopened", "risk_accepted", "withdrawn",
)  # fmt: skip
UNRESOLVED = {"agreed", "disputed", "action_planned", "in_remediation", "reopened"}
ACCEPT_RISK = "risk:accept"
"""No role gives this right: auditees are named for it."""


def _is_traced(finding: Any) -> str | None:
    """A finding is about a requirement, and somebody's, and rests on sealed evidence. Its procedure is its workpaper's.

    `sealed` is how many of the linked versions of evidence have a seal, and were not found altered since.
    """
    missing = [
        what
        for what, there in (
            ("an owner who is an auditee of the engagement", finding.has_owner),
            ("a requirement, of its own or of its procedure", finding.requirement_id is not None),
            ("sealed evidence", finding.sealed > 0),
        )
        if not there
    ]
    return f"It lacks {', '.join(missing)}." if missing else None


def _is_fixed_by_others(finding: Any) -> str | None:
    return "You have fixed it: somebody else closes it." if finding.caller_id == finding.fixed_by else None


def _is_retested(finding: Any) -> str | None:
    """`sealed_of_retest` is as `sealed`, of the retest that it is ready for."""
    return None if finding.sealed_of_retest > 0 else "It lacks sealed evidence of this retest."


FINDING_MACHINE = StateMachine(
    Transition(
        action="validate", source={"draft"}, target="validation", permission=Action.FIND, guards=[_is_traced]
    ),
    Transition(action="agree", source={"validation", "disputed"}, target="agreed", permission=Action.OWN),
    Transition(action="dispute", source={"validation"}, target="disputed", permission=Action.OWN),
    Transition(action="revise", source={"disputed"}, target="draft", permission=Action.FIND),
    Transition(
        action="plan", source={"agreed", "disputed", "reopened"}, target="action_planned", permission=Action.OWN
    ),
    Transition(action="remediate", source={"action_planned"}, target="in_remediation", permission=Action.OWN),
    Transition(action="ready", source={"in_remediation"}, target="ready_for_retest", permission=Action.OWN),
    Transition(
        action="close", source={"ready_for_retest"}, target="closed_verified", permission=Action.FIND,
        guards=[_is_fixed_by_others, _is_retested],
    ),
    Transition(
        action="reopen", source={"ready_for_retest", "closed_verified", "risk_accepted"}, target="reopened",
        permission=Action.FIND,
    ),
    Transition(action="accept-risk", source=UNRESOLVED, target="risk_accepted", permission=ACCEPT_RISK),
    Transition(
        action="withdraw", source={"draft", "validation", "disputed"}, target="withdrawn", permission=Action.FIND
    ),
)  # fmt: skip


class Finding(OfEngagement, Versioned, AuditTable):
    """It traces to a workpaper, and by this to a procedure, a requirement and sealed evidence.

    `owner_id` is the auditee to whom it is sent by `validate`, at `sent_at`, or handed over; `fixed_by` who said that
    it is ready for the retest; `retests` how often it was.
    """

    __tablename__ = "findings"
    __table_args__ = (
        CheckConstraint(f"state IN {FINDING_STATES}", name="state"),
        CheckConstraint(f"severity IN {SEVERITIES}", name="severity"),
        CheckConstraint("(risk_accepted_until IS NOT NULL) = (state = 'risk_accepted')", name="accepted"),
        CheckConstraint("closed_by <> fixed_by", name="four_eyes"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn')"
            " OR (requirement_id IS NOT NULL AND owner_id IS NOT NULL AND sent_at IS NOT NULL)",
            name="traced",
        ),
        CheckConstraint("closed_by IS NOT NULL OR state <> 'closed_verified'", name="closed"),
        UniqueConstraint("engagement_id", "number"),
        Index(None, "owner_id", "state"),
        Index(None, "workpaper_id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    workpaper_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("workpapers.id"))
    requirement_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("requirements.id"))
    title: Mapped[str] = mapped_column(Text)
    criteria: Mapped[str] = mapped_column(Text)
    condition: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text, server_default="", default="")
    effect: Mapped[str] = mapped_column(Text, server_default="", default="")
    recommendation: Mapped[str] = mapped_column(Text, server_default="", default="")
    severity: Mapped[str] = mapped_column(Text, server_default="medium", default="medium")
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    written_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    owner_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    action_plan: Mapped[str] = mapped_column(Text, server_default="", default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    retests: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    fixed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    closed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    risk_accepted_until: Mapped[date | None] = mapped_column(Date)
    risk_accepted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class FindingEvidence(AuditTable):
    """Which version of which evidence a finding rests on, or its retest: the number of that one, else 0."""

    __tablename__ = "finding_evidence"
    __table_args__ = (Index(None, "evidence_version_id"),)

    finding_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("findings.id"), primary_key=True, autoincrement=False
    )
    evidence_version_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("evidence_versions.id"), primary_key=True, autoincrement=False
    )
    retest: Mapped[int] = mapped_column(Integer, server_default="0", default=0)


class FindingNote(Row, Done, AuditTable):
    """What was said when a finding went on: the reason of a dispute, the result of a retest. Never changed."""

    __tablename__ = "finding_notes"
    __table_args__ = (Index(None, "finding_id"),)

    finding_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("findings.id"))
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))  # type: ignore[assignment]
    action: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
