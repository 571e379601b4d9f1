"""What goes in and out of the routing routes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Name, NoBoolean, Reference
from portico.kernel.listing import Listed

Label = Annotated[str, Field(max_length=200)]
State = Literal["draft", "released", "retired"]
NONE: Any = Field(default_factory=list)


class StepIn(Body):
    name: Name
    workstation_id: Reference
    standard_seconds: Annotated[
        Decimal,
        Field(gt=0, max_digits=10, decimal_places=2, description="Planned run time for one item, ISO 22400-2 PRI."),
        NoBoolean,
    ]
    instruction: Annotated[str, Field(max_length=5000)] = ""


Steps = Annotated[list[StepIn], Field(max_length=100, description="In their order.")]


class RoutingIn(Body):
    code: Name
    name: Label = ""
    steps: Steps = NONE


class RoutingPatch(Body):
    """Some of a draft, for PUT. What is absent stays as it is; `steps` replace all that it had."""

    name: Label = ""
    steps: Steps = NONE


class StepOut(BaseModel):
    position: int
    name: str
    workstation_id: int
    workstation: str
    standard_seconds: float
    instruction: str


class RoutingLine(BaseModel):
    id: int
    code: str
    edition: int = Field(description="A released edition never changes; a change is the next one.")
    name: str
    state: State
    step_count: int
    created_at: datetime


class RoutingOut(RoutingLine):
    steps: list[StepOut]


class RoutingPage(Listed):
    items: list[RoutingLine]
