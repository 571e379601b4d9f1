"""What goes in and out of the routes of projects, components, assemblies and pieces."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from portico.apps.factory.fields import Code, Text
from portico.kernel.inputs import Body, Name, NoBoolean, Reference
from portico.kernel.listing import Listed

State = Literal["planned", "in_production", "completed", "shipped", "scrapped", "rework"]
Length = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2, description="In mm."), NoBoolean]
Angle = Annotated[Decimal, Field(ge=-360, le=360, decimal_places=2, description="In degrees."), NoBoolean]
Quantity = Annotated[int, Field(ge=1, le=1_000_000), NoBoolean]
Operations = Annotated[list[Any], Field(max_length=100, description="What the planning program says is done to it.")]


class ProjectPatch(Body):
    """Some of a project. What is absent stays as it is; the code stays for ever."""

    name: Text = ""
    customer: Text = ""
    due_on: date | None = None


class ProjectIn(ProjectPatch):
    code: Code


class ComponentPatch(Body):
    """Some of a component."""

    name: Text = ""
    quantity: Quantity = 1


class ComponentIn(ComponentPatch):
    project_id: Reference
    code: Code


class AssemblyPatch(Body):
    """Some of an assembly."""

    name: Text = ""
    trolley: Text = ""
    cell: Text = ""


class AssemblyIn(AssemblyPatch):
    component_id: Reference
    code: Code


class PiecePatch(Body):
    """Some of a piece. Its measures, its material and its bar change as long as it is planned."""

    article_id: Reference | None = None
    outer_length: Length | None = None
    inner_length: Length | None = None
    left_angle: Angle | None = None
    right_angle: Angle | None = None
    profile: Text = ""
    colour: Text = ""
    material: Text = ""
    trolley: Text = ""
    cell: Text = ""
    operations: Operations = Field(default_factory=list)


class PieceIn(PiecePatch):
    assembly_id: Reference
    barcode: Code


class ReasonIn(Body):
    reason: Name


class Counts(BaseModel):
    """Pieces by state."""

    total: int
    planned: int
    in_production: int
    rework: int
    completed: int
    shipped: int
    scrapped: int


Percent = Annotated[float, Field(description="Completed and shipped pieces, of those that are not scrapped.")]


class ProjectOut(BaseModel):
    id: int
    code: str
    name: str
    customer: str
    due_on: date | None
    created_at: datetime
    deleted_at: datetime | None
    pieces: Counts
    percent_done: Percent


class ComponentOut(BaseModel):
    id: int
    project_id: int
    project: str = Field(description="Its code.")
    code: str
    name: str
    quantity: int
    created_at: datetime
    deleted_at: datetime | None
    pieces: Counts
    percent_done: Percent


class AssemblyOut(BaseModel):
    id: int
    component_id: int
    component: str = Field(description="Its code.")
    project_id: int
    code: str
    name: str
    trolley: str
    cell: str
    created_at: datetime
    deleted_at: datetime | None
    pieces: Counts
    percent_done: Percent


class PieceOut(BaseModel):
    id: int
    barcode: str
    state: State
    assembly_id: int
    assembly: str = Field(description="Its code.")
    component_id: int
    component: str
    project_id: int
    project: str
    article_id: int | None
    article: str | None
    outer_length: float | None = Field(description="In mm.")
    inner_length: float | None
    left_angle: float | None = Field(description="In degrees.")
    right_angle: float | None
    profile: str
    colour: str
    material: str
    bar_id: str = Field(description="The bar that it is cut from.")
    bar_length: float | None
    bar_rest: float | None
    trolley: str
    cell: str
    operations: list[Any]
    replaces_id: int | None = Field(description="The scrapped piece that it is made in place of.")
    replaces: str | None
    replaced_by_id: int | None
    work_order_id: int | None
    lot_id: int | None = Field(description="What it is as material, once it is made.")
    created_at: datetime
    deleted_at: datetime | None


class ProjectDetail(ProjectOut):
    components: list[ComponentOut]


class ComponentDetail(ComponentOut):
    assemblies: list[AssemblyOut]


class AssemblyDetail(AssemblyOut):
    parts: list[PieceOut] = Field(description="Its pieces.")


class ProjectPage(Listed):
    items: list[ProjectOut]


class ComponentPage(Listed):
    items: list[ComponentOut]


class AssemblyPage(Listed):
    items: list[AssemblyOut]


class PiecePage(Listed):
    items: list[PieceOut]


class ActionOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]
