"""The team routes."""

from typing import Any

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.teams import reads
from portico.apps.releases.teams.schemas import TeamIn, TeamOut, TeamPatch
from portico.apps.releases.teams.service import TeamNotFound, TeamService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

teams = router(prefix="/api/v1/teams", tags=["teams"])


@teams.get("", response_model=list[TeamOut], summary="All teams, with their members")
async def list_teams(reading: Reading, access: ReadAccess) -> Any:
    return await reads.teams(reading)


@teams.post("", status_code=201, response_model=TeamOut, summary="Add a team", dependencies=[Once])
async def create_team(body: TeamIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    team_id = await TeamService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), team_id, response)


@teams.get("/{team_id}", response_model=TeamOut, summary="One team")
async def get_team(team_id: Id, reading: Reading, access: ReadAccess, response: Response) -> Any:
    return await _shown(reading, team_id, response)


@teams.put("/{team_id}", response_model=TeamOut, summary="Change some of a team")
async def change_team(
    team_id: Id, body: TeamPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await TeamService(write, access).change(team_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), team_id, response)


@teams.delete("/{team_id}", status_code=204, summary="Remove a team that has no services")
async def delete_team(team_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await TeamService(write, access).delete(team_id, match)


@teams.put("/{team_id}/members/{user_id}", response_model=TeamOut, summary="Have somebody in a team")
async def add_member(
    team_id: Id, user_id: Id, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await TeamService(write, access).add_member(team_id, user_id, match)
    return await _shown(await write.connection(), team_id, response)


@teams.delete("/{team_id}/members/{user_id}", status_code=204, summary="Take somebody out of a team")
async def remove_member(team_id: Id, user_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await TeamService(write, access).remove_member(team_id, user_id, match)


async def _shown(connection: Connection, team_id: int, response: Response) -> Any:
    return tagged(response, await reads.team(connection, team_id), TeamNotFound(team_id))
