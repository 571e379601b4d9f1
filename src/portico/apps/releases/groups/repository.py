"""The write side of groups."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portico.apps.releases.groups.models import Group, GroupMember
from portico.kernel import rows
from portico.kernel.transaction import Transaction


class GroupRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, group_id: int) -> Group | None:
        """The group, locked against other writers until the end of the transaction."""
        query = select(Group).where(Group.id == group_id).with_for_update(key_share=True)
        found: Group | None = await self._write.session.scalar(query)
        return found

    async def save(self, group: Group) -> bool:
        """Write the group; False where another one has its name."""
        return await rows.save(self._write, group) is None

    async def remove(self, group: Group) -> str | None:
        """Remove the group and its members; where others refer to it, answer what they are."""
        return await rows.remove(self._write, group)

    async def add_member(self, group_id: int, user_id: int) -> bool:
        """Whether the user was no member before."""
        statement = insert(GroupMember).values(group_id=group_id, user_id=user_id).on_conflict_do_nothing()
        return bool((await self._write.session.execute(statement.returning(GroupMember.user_id))).all())

    async def remove_member(self, group_id: int, user_id: int) -> bool:
        """Whether the user was a member before."""
        statement = delete(GroupMember).where(GroupMember.group_id == group_id, GroupMember.user_id == user_id)
        return bool((await self._write.session.execute(statement.returning(GroupMember.user_id))).all())
