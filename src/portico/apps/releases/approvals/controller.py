"""The routes of approval rules, and the inbox."""

from typing import Annotated, Any

from fastapi import Query, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.approvals import reads
from portico.apps.releases.approvals.schemas import ApprovalPage, InboxPage, RuleIn, RuleOut, RulePatch
from portico.apps.releases.approvals.service import RuleNotFound, RuleService
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

approvals = router(prefix="/api/v1/approvals", tags=["approvals"])
approval_rules = router(prefix="/api/v1/approval-rules", tags=["approvals"])
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]


@approvals.get("", response_model=InboxPage | ApprovalPage, summary="What was decided, or what waits for the caller")
async def list_approvals(
    access: ReadAccess,
    reading: Reading,
    now: Now,
    mine: Annotated[bool, Query(description="The deployments that wait for the caller, the oldest first.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    if mine:
        return await reads.inbox(reading, access.user_id, now, limit=limit, cursor=cursor)
    return await reads.history(reading, limit=limit, cursor=cursor)


@approval_rules.get("", response_model=list[RuleOut], summary="All approval rules")
async def list_rules(access: ReadAccess, reading: Reading) -> Any:
    return await reads.all_rules(reading)


@approval_rules.post("", status_code=201, response_model=RuleOut, summary="Add an approval rule", dependencies=[Once])
async def create_rule(body: RuleIn, write: Writing, access: WriteAccess, now: Now, response: Response) -> Any:
    rule_id = await RuleService(write, access, now).create(**body.model_dump())
    return await _shown(await write.connection(), rule_id, response)


@approval_rules.get("/{rule_id}", response_model=RuleOut, summary="One approval rule")
async def get_rule(rule_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, rule_id, response)


@approval_rules.put("/{rule_id}", response_model=RuleOut, summary="Change some of an approval rule")
async def change_rule(
    rule_id: Id, body: RulePatch, write: Writing, access: WriteAccess, now: Now, match: Matching, response: Response
) -> Any:
    await RuleService(write, access, now).change(rule_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), rule_id, response)


@approval_rules.delete("/{rule_id}", status_code=204, summary="Remove an approval rule")
async def delete_rule(rule_id: Id, write: Writing, access: WriteAccess, now: Now, match: Matching) -> None:
    await RuleService(write, access, now).delete(rule_id, match)


async def _shown(connection: Connection, rule_id: int, response: Response) -> Any:
    return tagged(response, await reads.rule(connection, rule_id), RuleNotFound(rule_id))
