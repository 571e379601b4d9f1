"""The workflow log: what happened on the floor, line by line, for ever."""

from typing import Any

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import Done, FactoryTable, Owned, Row

EVENT_KINDS = (
    "SignIn", "BarcodeScan", "OrderReleased", "OrderStarted", "OrderHeld", "OrderResumed", "OrderCompleted",
    "OrderClosed", "OrderCancelled", "OrderAborted", "OrderReopened", "OperationStart", "OperationPause",
    "OperationResume", "OperationEnd", "OperationSkip", "Report", "PieceCut", "PieceCompleted", "Rework",
    "AssemblyWeld", "QualityCheck", "Nonconformance", "Packaging", "Shipping", "Scrap", "Replacement", "Receipt",
    "LotReleased",
    "LotBlocked", "LotUnblocked", "LotRejected", "LotConsumed", "LotRefilled", "LotShipped", "LotExpired", "Movement",
    "Reversal", "Recall", "Downtime", "CutPlanAccepted", "Deleted", "Restored", "Sync",
)  # fmt: skip


class WorkflowEvent(Row, Done, FactoryTable):
    """References are ids without a constraint: the log outlives what it tells of."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "company_id", "at", "id"),
        Index(None, "company_id", "kind", "at", "id"),
        Index(None, "company_id", "workstation_id", "at", "id"),
        Index(None, "company_id", "user_id", "at", "id"),
        Index(None, "company_id", "project_id", "at", "id"),
        Index(None, "company_id", "piece_id", "at", "id"),
    )

    kind: Mapped[str] = mapped_column(Text)
    workstation_id: Mapped[int | None] = mapped_column(BigInteger)
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    component_id: Mapped[int | None] = mapped_column(BigInteger)
    assembly_id: Mapped[int | None] = mapped_column(BigInteger)
    piece_id: Mapped[int | None] = mapped_column(BigInteger)
    lot_id: Mapped[int | None] = mapped_column(BigInteger)
    work_order_id: Mapped[int | None] = mapped_column(BigInteger)
    operation_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", default=dict)


class Counter(Owned, FactoryTable):
    """The last number of a kind that a company has given, such as that of its recalls."""

    __tablename__ = "counters"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
