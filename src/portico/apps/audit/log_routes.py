"""The event log: of engagements for their teams, of the firm for administrators, and its chain for both."""

from typing import Any

from fastapi import Depends, Request

from portico.apps.audit.access import ReadAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.fields import UNSEEN
from portico.apps.audit.members import reads as members
from portico.apps.audit.permissions import Action
from portico.kernel import event_log
from portico.kernel.database import Row
from portico.kernel.event_log_routes import LogPage, chain_routes
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.paging import Limit, seal, unseal
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading


async def _may_read(access: ReadAccess, reading: Reading) -> set[int]:
    """The engagements in whose teams the caller is. The chain is one: who may read any part of it may verify all."""
    own = await members.engagements_of(reading, access.user_id)
    if not own:
        access.require(Action.READ_LOG)
    return own


log_routes = router(prefix="/api/v1/log", tags=["log"])
log_chain = chain_routes(reading=Depends(_may_read), prefix="/api/v1/log")


@log_routes.get(
    "",
    response_model=LogPage,
    summary="What was done, in an engagement or in all that you may see, newest first",
    responses=UNSEEN,
)
async def list_events(
    request: Request,
    access: ReadAccess,
    reading: Reading,
    engagement: IdFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """An administrator sees of engagements of others who did what to which thing, and nothing of its content."""
    before = unseal(cursor, int)[0] if cursor else None
    of: str | list[str] | None
    if engagement is not None:
        await look(reading, access, engagement, Action.READ_OWN_LOG)
        of, own = f"engagement:{engagement}", {engagement}
    else:
        own = await _may_read(access, reading)
        of = None if access.may(Action.READ_LOG) else [f"engagement:{number}" for number in own]
    rows = await event_log.page(reading, request.app.state.name, of=of, before=before, limit=limit)
    following = seal(rows[-1]["id"]) if len(rows) == limit else None
    return {"events": [_shown(row, own) for row in rows], "next_cursor": following}


def _shown(row: Row, own: set[int]) -> Row:
    name, _, number = row["object"].partition(":")
    if name != "engagement" or int(number) in own:
        return row
    return {**row, "details": {"thing": row["details"].get("thing", "")}}
