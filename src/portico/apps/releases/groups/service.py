"""The rules of groups. Who is in one decides what may start: nothing starts while that changes."""

from typing import Any

from portico.apps.releases import audit, policy
from portico.apps.releases.groups.models import Group
from portico.apps.releases.groups.repository import GroupRepository
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.users.service import keep_person
from portico.kernel import rows
from portico.kernel.errors import NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class GroupNotFound(NotFound):
    def __init__(self, group_id: int) -> None:
        super().__init__(f"There is no group {group_id}.")


class GroupService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._groups = GroupRepository(write)

    async def create(self, **values: Any) -> int:
        """Add a group and answer its id. Raises `NameTaken`."""
        self._access.require(Action.CONFIGURE)
        group = Group(**values)
        await self._save(group, values["name"])
        await self._log("group.created", group.id, **values)
        return group.id

    async def change(self, group_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a group's values. Raises `GroupNotFound`, `NameTaken`, `PreconditionFailed`."""
        group = await self._editable(group_id, match)
        if values:
            group.change(**values)
            await self._save(group, values["name"])
            await self._log("group.changed", group_id, **values)

    async def delete(self, group_id: int, match: IfMatch) -> None:
        """Remove a group. Raises `GroupNotFound`, `InUse` where a rule or a freeze names it, `PreconditionFailed`."""
        group = await self._editable(group_id, match)
        if (by := await self._groups.remove(group)) is not None:
            raise rows.InUse("group", by)
        await self._log("group.deleted", group_id)

    async def add_member(self, group_id: int, user_id: int, match: IfMatch) -> None:
        """Raises `GroupNotFound`, `UserNotFound`, `NotAPerson`, `PreconditionFailed`."""
        group = await self._editable(group_id, match)
        await keep_person(self._write, user_id)
        if await self._groups.add_member(group_id, user_id):
            group.change()
            await self._log("group.member_added", group_id, user_id=user_id)

    async def remove_member(self, group_id: int, user_id: int, match: IfMatch) -> None:
        """Raises `NotFound`, also for who is no member; `PreconditionFailed`."""
        group = await self._editable(group_id, match)
        if not await self._groups.remove_member(group_id, user_id):
            raise NotFound(f"User {user_id} is not in group {group_id}.")
        group.change()
        await self._log("group.member_removed", group_id, user_id=user_id)

    async def _save(self, group: Group, name: str) -> None:
        if not await self._groups.save(group):
            raise rows.NameTaken("group", name)

    async def _editable(self, group_id: int, match: IfMatch) -> Group:
        self._access.require(Action.CONFIGURE)
        await policy.change(self._write)
        group = await self._groups.lock(group_id)
        if group is None:
            raise GroupNotFound(group_id)
        match.check(group.version)
        return group

    async def _log(self, action: str, group_id: int, **details: Any) -> None:
        await audit.log(self._write, self._access, action, f"group:{group_id}", **details)
