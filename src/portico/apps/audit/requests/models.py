"""Evidence requests: what the client is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.audit.permissions import Action
from portico.apps.audit.tables import AuditTable, OfEngagement
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the steps of a request rest on."""

    state: str
    is_assigned: bool
    is_answered: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(**{each.name: row[each.name] for each in fields(cls)})


def _has_auditee(asked: Asked) -> str | None:
    return None if asked.is_assigned else "It is assigned to no auditee of the engagement."


def _has_answer(asked: Asked) -> str | None:
    return None if asked.is_answered else "There is neither an answer nor a document yet."


REQUEST_STATES = ("draft", "requested", "submitted", "accepted", "returned")
REQUEST_MACHINE = StateMachine(
    Transition(action="send", source={"draft"}, target="requested", permission=Action.WORK, guards=(_has_auditee,)),
    Transition(
        action="submit", source={"requested", "returned"}, target="submitted", permission=Action.ANSWER,
        guards=(_has_answer,),
    ),
    Transition(action="accept", source={"submitted"}, target="accepted", permission=Action.TAKE_EVIDENCE),
    Transition(action="return", source={"submitted"}, target="returned", permission=Action.TAKE_EVIDENCE),
)  # fmt: skip


class EvidenceRequest(OfEngagement, Versioned, AuditTable):
    """`assignee_id` is the auditee who is asked, and who alone sees it once it is sent. `answer` is theirs."""

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint(f"state IN {REQUEST_STATES}", name="state"),
        UniqueConstraint("engagement_id", "number"),
        Index(None, "assignee_id", "state"),
        Index(None, "procedure_id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="", default="")
    assignee_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    procedure_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("procedures.id"))
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    answer: Mapped[str] = mapped_column(Text, server_default="", default="")
    return_reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
