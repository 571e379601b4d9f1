"""The sync routes, for planning programs with an API key."""

from typing import Any

from portico.apps.factory.access import WriteAccess
from portico.apps.factory.sync.schemas import (
    ArticlesIn,
    AssembliesIn,
    ComponentsIn,
    PiecesIn,
    ProjectsIn,
    SyncOut,
)
from portico.apps.factory.sync.service import SyncService
from portico.apps.factory.sync.statements import ARTICLES, ASSEMBLIES, COMPONENTS, PIECES, PROJECTS
from portico.identity.public import Once
from portico.kernel.inputs import Body, Now
from portico.kernel.routes import MIB, router, takes
from portico.kernel.unit_of_work import Writing

MOST = 8 * MIB
sync = router(prefix="/api/v1/sync", tags=["sync"], dependencies=[Once])


@sync.post(
    "/projects", response_model=SyncOut, response_model_exclude_unset=True, summary="Add or change projects by code"
)
@takes(MOST)
async def sync_projects(body: ProjectsIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    return await SyncService(write, access, now).sync(PROJECTS, _plain(body)["projects"])


@sync.post(
    "/components", response_model=SyncOut, response_model_exclude_unset=True, summary="Add or change components by code"
)
@takes(MOST)
async def sync_components(body: ComponentsIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    return await SyncService(write, access, now).sync(COMPONENTS, _plain(body)["components"])


@sync.post(
    "/assemblies", response_model=SyncOut, response_model_exclude_unset=True, summary="Add or change assemblies by code"
)
@takes(MOST)
async def sync_assemblies(body: AssembliesIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    return await SyncService(write, access, now).sync(ASSEMBLIES, _plain(body)["assemblies"])


@sync.post("/pieces", response_model=SyncOut, response_model_exclude_unset=True, summary="Add or change pieces by code")
@takes(MOST)
async def sync_pieces(body: PiecesIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    return await SyncService(write, access, now).sync(PIECES, _plain(body)["pieces"])


@sync.post(
    "/articles", response_model=SyncOut, response_model_exclude_unset=True, summary="Add or change articles by code"
)
@takes(MOST)
async def sync_articles(body: ArticlesIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    return await SyncService(write, access, now).sync(ARTICLES, _plain(body)["articles"])


def _plain(body: Body) -> dict[str, Any]:
    """As JSON has it: decimal numbers as text, which PostgreSQL reads exactly."""
    return body.model_dump(mode="json", exclude_none=True)
