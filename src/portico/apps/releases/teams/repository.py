"""The write side of teams."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portico.apps.releases.teams.models import Team, TeamMember
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class TeamRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, team_id: int) -> Team | None:
        """The team, locked against other writers until the end of the transaction."""
        query = select(Team).where(Team.id == team_id).with_for_update(key_share=True)
        found: Team | None = await self._write.session.scalar(query)
        return found

    async def save(self, team: Team) -> bool:
        """Write the team; False where another one has its name."""
        return await rows.save(self._write, team) is None

    async def remove(self, team: Team) -> str | None:
        """Remove the team and its members; where others refer to it, answer what they are."""
        return await rows.remove(self._write, team)

    async def add_member(self, team_id: int, user_id: int) -> bool:
        """Whether the user was no member before."""
        statement = insert(TeamMember).values(team_id=team_id, user_id=user_id).on_conflict_do_nothing()
        return bool((await self._write.session.execute(statement.returning(TeamMember.user_id))).all())

    async def remove_member(self, team_id: int, user_id: int) -> bool:
        """Whether the user was a member before."""
        statement = delete(TeamMember).where(TeamMember.team_id == team_id, TeamMember.user_id == user_id)
        return bool((await self._write.session.execute(statement.returning(TeamMember.user_id))).all())
