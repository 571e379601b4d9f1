"""What goes in and out of the sync routes.

What is absent or null stays as it is; of something new it is empty, or what is usual.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from portico.apps.factory.articles.schemas import Unit
from portico.apps.factory.fields import Code, Text
from portico.apps.factory.projects.schemas import Angle, Length, Operations, Quantity
from portico.kernel.inputs import Body

MOST = 1000


class ArticleEntry(Body):
    code: Code
    name: Text | None = None
    unit: Unit | None = None


class ProjectEntry(Body):
    code: Code
    name: Text | None = None
    customer: Text | None = None
    due_on: date | None = None


class ComponentEntry(Body):
    code: Code
    project_code: Code
    name: Text | None = None
    quantity: Quantity | None = None


class AssemblyEntry(Body):
    code: Code
    component_code: Code
    name: Text | None = None
    trolley: Text | None = None
    cell: Text | None = None


class PieceEntry(Body):
    code: Code = Field(description="What is on its label.")
    assembly_code: Code
    article_code: Code | None = None
    outer_length: Length | None = None
    inner_length: Length | None = None
    left_angle: Angle | None = None
    right_angle: Angle | None = None
    profile: Text | None = None
    colour: Text | None = None
    material: Text | None = None
    trolley: Text | None = None
    cell: Text | None = None
    operations: Operations | None = None


class ArticlesIn(Body):
    articles: Annotated[list[ArticleEntry], Field(min_length=1, max_length=MOST)]


class ProjectsIn(Body):
    projects: Annotated[list[ProjectEntry], Field(min_length=1, max_length=MOST)]


class ComponentsIn(Body):
    components: Annotated[list[ComponentEntry], Field(min_length=1, max_length=MOST)]


class AssembliesIn(Body):
    assemblies: Annotated[list[AssemblyEntry], Field(min_length=1, max_length=MOST)]


class PiecesIn(Body):
    pieces: Annotated[list[PieceEntry], Field(min_length=1, max_length=MOST)]


class SyncOut(BaseModel):
    inserted: int
    updated: int = Field(description="Those that were there before, changed or not.")
    kept: list[str] | None = Field(
        default=None,
        description="Pieces that are made already, and whose measures or material are not what was sent: they stay.",
    )
