"""The write side of assessments, and of the frameworks by which an engagement assesses."""

from typing import Any, LiteralString

from sqlalchemy.dialects.postgresql import insert

from portico.apps.audit.assessments.models import Assessment, EngagementFramework
from portico.kernel.database import Row, fetch_one
from portico.kernel.transaction import Transaction

REQUIREMENT: LiteralString = """
    SELECT id, framework_id, is_withdrawn FROM audit.requirements WHERE id = %(id)s"""
HOLD: LiteralString = """
    SELECT framework_id FROM audit.engagement_frameworks
    WHERE engagement_id = %(engagement)s AND framework_id = %(framework)s"""
ASSESSED: LiteralString = """
    SELECT a.id FROM audit.assessments AS a JOIN audit.requirements AS r ON r.id = a.requirement_id
    WHERE a.engagement_id = %(engagement)s AND r.framework_id = %(framework)s LIMIT 1"""
DROP: LiteralString = """
    DELETE FROM audit.engagement_frameworks WHERE engagement_id = %(engagement)s AND framework_id = %(framework)s"""


class AssessmentRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, assessment: Assessment) -> None:
        self._write.session.add(assessment)
        await self._write.session.flush()

    async def requirement(self, engagement_id: int, requirement_id: int) -> Row | None:
        """A requirement, and whether the engagement assesses by its framework, which it then does until the end."""
        row = await fetch_one(await self._write.connection(), REQUIREMENT, {"id": requirement_id})
        if row is None:
            return None
        return {**row, "is_chosen": await self._hold(engagement_id, row["framework_id"], f"{HOLD} FOR SHARE")}

    async def choose(self, **values: Any) -> bool:
        """Whether it is new."""
        statement = insert(EngagementFramework).values(**values).on_conflict_do_nothing()
        found = await self._write.session.execute(statement.returning(EngagementFramework.framework_id))
        return found.first() is not None

    async def chosen(self, engagement_id: int, framework_id: int) -> bool:
        """Whether an engagement assesses by a framework. Nobody begins to until the end of the transaction."""
        return await self._hold(engagement_id, framework_id, f"{HOLD} FOR UPDATE")

    async def is_used(self, engagement_id: int, framework_id: int) -> bool:
        params = {"engagement": engagement_id, "framework": framework_id}
        return await fetch_one(await self._write.connection(), ASSESSED, params) is not None

    async def drop(self, engagement_id: int, framework_id: int) -> None:
        connection = await self._write.connection()
        await connection.execute(DROP, {"engagement": engagement_id, "framework": framework_id})

    async def _hold(self, engagement_id: int, framework_id: int, sql: LiteralString) -> bool:
        params = {"engagement": engagement_id, "framework": framework_id}
        return await fetch_one(await self._write.connection(), sql, params) is not None
