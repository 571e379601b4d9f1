"""The levels of a project, from the top: what each is made in, and what is made in it."""

from dataclasses import dataclass

from portico.apps.factory.projects.models import Assembly, Component, Piece, Project

Part = Project | Component | Assembly | Piece
PartType = type[Project] | type[Component] | type[Assembly] | type[Piece]


@dataclass(frozen=True)
class Level:
    kind: str
    model: PartType
    parent: str = ""
    """The column that refers to the level above."""

    @property
    def table(self) -> str:
        return self.model.__tablename__

    def code_of(self, part: Part) -> str:
        return part.barcode if isinstance(part, Piece) else part.code


PROJECT = Level("project", Project)
COMPONENT = Level("component", Component, "project_id")
ASSEMBLY = Level("assembly", Assembly, "component_id")
PIECE = Level("piece", Piece, "assembly_id")
LEVELS = (PROJECT, COMPONENT, ASSEMBLY, PIECE)


def above(level: Level) -> Level | None:
    place = LEVELS.index(level)
    return LEVELS[place - 1] if place else None


def below(level: Level) -> tuple[Level, ...]:
    return LEVELS[LEVELS.index(level) + 1 :]
