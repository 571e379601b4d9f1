"""What goes in and out of the scan route."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from portico.apps.factory.work_orders.schemas import ActionOut, OperationOut
from portico.kernel.inputs import Body, Reference


class ScanIn(Body):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    workstation: Reference


class Doing(BaseModel):
    action: str
    allowed: bool
    reasons: list[str]


class ScannedOperation(OperationOut):
    actions: list[ActionOut]


class ScanOut(BaseModel):
    kind: Literal["piece", "lot", "assembly", "component", "work_order", "user", "workstation"]
    id: int
    code: str
    name: str
    state: str | None
    work_order_id: int | None
    lot_id: int | None
    piece_id: int | None
    assembly_id: int | None
    component_id: int | None
    project_id: int | None
    here: float | None = Field(description="Of a lot, how much lies at the workstation.")
    operations: list[ScannedOperation] = Field(description="Of its orders at this workstation, the first due first.")
    actions: list[Doing]
