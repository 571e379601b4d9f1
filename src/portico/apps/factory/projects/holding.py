"""Holding a part of a project that is about to be changed."""

from portico.apps.factory.codes import IsDeleted
from portico.apps.factory.projects.errors import PartNotFound
from portico.apps.factory.projects.levels import Level, Part
from portico.apps.factory.projects.repository import ProjectRepository
from portico.kernel.etags import IfMatch


async def hold_live(projects: ProjectRepository, level: Level, part_id: int, match: IfMatch) -> Part:
    """Lock a part that is not deleted. Raises `PartNotFound`, `PreconditionFailed`, `IsDeleted`."""
    part = await projects.lock(level.model, part_id)
    if part is None:
        raise PartNotFound(level.kind, part_id)
    match.check(part.version)
    if part.deleted_at is not None:
        raise IsDeleted(level.kind, level.code_of(part))
    return part
