"""Work orders, and their operations: the snapshot of the routing that they run on."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.permissions import Action
from portico.apps.factory.tables import FactoryTable, Row, refers
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

SERVER = "server"
"""The permission of what follows from something else: it is no action of anybody's."""


def _is_finished(order: Any) -> str | None:
    """Looks at an order with `unfinished`, the names of its operations that are neither ended nor skipped."""
    return f"Neither ended nor skipped: {', '.join(order.unfinished)}." if order.unfinished else None


def _may_run(operation: Any) -> str | None:
    """Looks at an operation with `order_state`."""
    is_open = operation.order_state in ("released", "in_progress")
    return None if is_open else f"The work order is {operation.order_state}."


def _has_something(operation: Any) -> str | None:
    """Looks at an operation with `available`."""
    return None if operation.available > 0 else "Nothing is available here yet."


WORK_ORDER_STATES = ("draft", "released", "in_progress", "held", "completed", "closed", "cancelled", "aborted")
WORK_ORDER_MACHINE = StateMachine(
    Transition(action="release", source={"draft"}, target="released", permission=Action.PLAN),
    Transition(action="start", source={"released"}, target="in_progress", permission=Action.WORK),
    Transition(action="hold", source={"in_progress"}, target="held", permission=Action.PLAN),
    Transition(action="resume", source={"held"}, target="in_progress", permission=Action.PLAN),
    Transition(
        action="complete", source={"in_progress"}, target="completed", permission=Action.PLAN, guards=[_is_finished]
    ),
    Transition(action="close", source={"completed"}, target="closed", permission=Action.PLAN),
    Transition(action="cancel", source={"draft", "released"}, target="cancelled", permission=Action.PLAN),
    Transition(action="abort", source={"in_progress", "held"}, target="aborted", permission=Action.PLAN),
    Transition(action="reopen", source={"completed"}, target="in_progress", permission=Action.SUPERVISE),
)
OPERATION_STATES = ("ready", "running", "paused", "ended", "skipped", "aborted")
DONE = ("ended", "skipped", "aborted")
OPERATION_MACHINE = StateMachine(
    Transition(
        action="start", source={"ready"}, target="running", permission=Action.WORK, guards=[_may_run, _has_something]
    ),
    Transition(action="pause", source={"running"}, target="paused", permission=Action.WORK),
    Transition(action="resume", source={"paused"}, target="running", permission=Action.WORK, guards=[_may_run]),
    Transition(action="end", source={"running", "paused"}, target="ended", permission=Action.WORK, guards=[_may_run]),
    Transition(action="skip", source={"ready"}, target="skipped", permission=Action.PLAN, guards=[_may_run]),
    Transition(action="abort", source={"ready", "running", "paused"}, target="aborted", permission=SERVER),
    Transition(action="reopen", source={"ended"}, target="paused", permission=SERVER),
)


class WorkOrder(Row, Versioned, FactoryTable):
    """So many of something, by the operations that were copied from a routing when it was released."""

    __tablename__ = "work_orders"
    __table_args__ = (
        CheckConstraint(f"state IN {WORK_ORDER_STATES}", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        UniqueConstraint("company_id", "code"),
        refers("project_id", "projects"),
        refers("routing_id", "routings"),
        refers("article_id", "articles"),
        Index(None, "company_id", "state", "due_on"),
        Index(None, "company_id", "project_id"),
    )

    code: Mapped[str] = mapped_column(Text)
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    routing_id: Mapped[int] = mapped_column(BigInteger)
    article_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    due_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    released_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Operation(Row, Versioned, FactoryTable):
    """A step of a work order at a workstation. `good`, `scrap` and `rework` are the sums of its reports.

    `rework` is what is still put aside.

    What is available is the quantity of the order at the first operation, and what was good before at the others.
    """

    __tablename__ = "operations"
    __table_args__ = (
        CheckConstraint(f"state IN {OPERATION_STATES}", name="state"),
        CheckConstraint("good >= 0 AND scrap >= 0 AND rework >= 0", name="counts"),
        UniqueConstraint("company_id", "work_order_id", "position"),
        refers("work_order_id", "work_orders"),
        refers("workstation_id", "workstations"),
        Index(None, "company_id", "workstation_id", "state"),
    )

    work_order_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    workstation_id: Mapped[int] = mapped_column(BigInteger)
    standard_seconds: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    instruction: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="ready", default="ready")
    good: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    scrap: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    rework: Mapped[int] = mapped_column(Integer, server_default="0", default=0)


class OperationRun(Row, FactoryTable):
    """A time in which an operation ran; the actual production time is made of these. One at a time."""

    __tablename__ = "operation_runs"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="times"),
        refers("operation_id", "operations"),
        refers("workstation_id", "workstations"),
        Index("operation_runs_one_at_a_time", "company_id", "operation_id", unique=True,
              postgresql_where=text("ended_at IS NULL")),
        Index(None, "company_id", "workstation_id", "started_at"),
    )  # fmt: skip

    operation_id: Mapped[int] = mapped_column(BigInteger)
    workstation_id: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    user_id: Mapped[int] = mapped_column(BigInteger)
