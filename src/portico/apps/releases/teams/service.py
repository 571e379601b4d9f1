"""The rules of teams."""

from typing import Any

from portico.apps.releases import audit
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.teams.models import Team
from portico.apps.releases.teams.repository import TeamRepository
from portico.apps.releases.users.service import keep
from portico.kernel import rows
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class TeamNotFound(NotFound):
    def __init__(self, team_id: int) -> None:
        super().__init__(f"There is no team {team_id}.")


class TeamService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._teams = TeamRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a team and answer its id. Raises `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        team = Team(**values)
        await self._save(team, values["name"])
        await self._log("team.created", team.id, **values)
        return team.id

    async def change(self, team_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a team's values. Raises `TeamNotFound`, `NameTaken`, `PreconditionFailed`."""
        team = await self._editable(team_id, match)
        if values:
            team.change(**values)
            await self._save(team, values.get("name", team.name))
            await self._log("team.changed", team_id, **values)

    async def delete(self, team_id: int, match: IfMatch) -> None:
        """Remove a team. Raises `TeamNotFound`, `InUse`, `PreconditionFailed`."""
        team = await self._editable(team_id, match)
        if (by := await self._teams.remove(team)) is not None:
            raise rows.InUse("team", by)
        await self._log("team.deleted", team_id)

    async def add_member(self, team_id: int, user_id: int, match: IfMatch) -> None:
        """Raises `TeamNotFound`, `UserNotFound`, `PreconditionFailed`."""
        team = await self._editable(team_id, match)
        await keep(self._write, user_id)
        if await self._teams.add_member(team_id, user_id):
            team.change()
            await self._log("team.member_added", team_id, user_id=user_id)

    async def remove_member(self, team_id: int, user_id: int, match: IfMatch) -> None:
        """Raises `TeamNotFound`, also for who is no member; `PreconditionFailed`."""
        team = await self._editable(team_id, match)
        if not await self._teams.remove_member(team_id, user_id):
            raise NotFound(f"User {user_id} is not in team {team_id}.")
        team.change()
        await self._log("team.member_removed", team_id, user_id=user_id)

    async def _save(self, team: Team, name: str) -> None:
        if not await self._teams.save(team):
            raise rows.NameTaken("team", name)

    async def _editable(self, team_id: int, match: IfMatch) -> Team:
        self._access.require(Action.CONFIGURE)
        team = await self._teams.lock(team_id)
        if team is None:
            raise TeamNotFound(team_id)
        match.check(team.version)
        return team

    async def _log(self, action: str, team_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"team:{team_id}", **details)
