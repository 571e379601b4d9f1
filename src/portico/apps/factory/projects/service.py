"""The rules of projects, components and assemblies, and of what is planned of a piece. States: `piece_service`."""

from typing import Any

from portico.apps.factory.articles.service import ArticleService
from portico.apps.factory.codes import CodeTaken, IsDeleted
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.projects.errors import PieceIsMade
from portico.apps.factory.projects.holding import hold_live
from portico.apps.factory.projects.levels import PROJECT, Level, Part, above
from portico.apps.factory.projects.models import MADE, Piece
from portico.apps.factory.projects.repository import ProjectRepository
from portico.kernel.errors import InvalidInput
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

OF_THE_CUT = frozenset(
    {"article_id", "outer_length", "inner_length", "left_angle", "right_angle", "profile", "colour", "material"}
)
"""What a piece is, once it is made."""


class ProjectService:
    """For any level of a project: see `levels`."""

    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._projects = ProjectRepository(write)

    async def create(self, level: Level, **values: Any) -> int:
        """Add one and answer its id. Raises `CodeTaken`, `IsDeleted` for its parent, `InvalidInput`."""
        self._access.require(Action.PLAN)
        await self._keep_parent(level, values)
        await self._keep_article(values)
        part: Part = level.model(**values)
        if not await self._projects.save(part):
            raise CodeTaken(level.kind, level.code_of(part))
        return part.id

    async def change(self, level: Level, part_id: int, match: IfMatch, **values: Any) -> None:
        """Set these values. Raises `PartNotFound`, `IsDeleted`, `PieceIsMade`, `PreconditionFailed`."""
        self._access.require(Action.PLAN)
        part = await hold_live(self._projects, level, part_id, match)
        changed = {name: value for name, value in values.items() if getattr(part, name) != value}
        if isinstance(part, Piece) and part.state in MADE and (fixed := sorted(OF_THE_CUT & changed.keys())):
            raise PieceIsMade(fixed, part.state)
        await self._keep_article(changed)
        if changed:
            part.change(**changed)

    async def keep_project(self, project_id: int) -> str:
        """Have a project stay until the end of the transaction; its code. Raises `InvalidInput`, `IsDeleted`."""
        part = await self._projects.keep(PROJECT.model, project_id)
        if part is None:
            raise InvalidInput(details={"project_id": f"there is no project {project_id}"})
        if part.deleted_at is not None:
            raise IsDeleted(PROJECT.kind, PROJECT.code_of(part))
        return PROJECT.code_of(part)

    async def _keep_parent(self, level: Level, values: dict[str, Any]) -> None:
        upper = above(level)
        if upper is None:
            return
        part = await self._projects.keep(upper.model, values[level.parent])
        if part is None:
            raise InvalidInput(details={level.parent: f"there is no {upper.kind} {values[level.parent]}"})
        if part.deleted_at is not None:
            raise IsDeleted(upper.kind, upper.code_of(part))

    async def _keep_article(self, values: dict[str, Any]) -> None:
        if values.get("article_id") is not None:
            await ArticleService(self._write, self._access).keep(values["article_id"])
