"""The approval inbox: what waits for who has signed in, and what they decided lately."""

from typing import Any

from fastapi import Request

from portico.apps.releases.access import PageReadAccess, PageWriteAccess
from portico.apps.releases.approvals import reads
from portico.apps.releases.approvals.schemas import ApprovalIn
from portico.apps.releases.deployments import reads as deployments
from portico.apps.releases.deployments.decisions import decide
from portico.apps.releases.permissions import Action
from portico.apps.releases.site import INBOX, site
from portico.kernel.forms import Done, Form, typed
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading, Writing

PART = 20
TO_REVIEW = {"status": None, "needs_review": True}
DONE = {"approved": "You have approved it.", "rejected": "You have rejected it."}

approval_pages = page_router()


@approval_pages.get("/approvals", summary="What waits for your approval")
async def show_inbox(
    request: Request, reading: Reading, access: PageReadAccess, now: Now, cursor: Cursor = None, done: Done = ""
) -> Any:
    waiting = await reads.inbox(reading, access.user_id, now, limit=PART, cursor=cursor)
    may_review = access.may(Action.REVIEW)
    reviews = await deployments.deployments(reading, TO_REVIEW, limit=PART) if may_review else {"items": []}
    return site.page(
        request, "approvals.html", waiting=waiting["items"], total=waiting["total"], following=waiting["next_cursor"],
        is_later=cursor is not None, decided=await reads.decided_by(reading, access.user_id, limit=PART),
        reviews=[row for row in reviews["items"] if row["requester_id"] != access.user_id], done=DONE.get(done, ""),
    )  # fmt: skip


@approval_pages.post("/approvals/{deployment_id}", summary="Approve or reject a deployment from the inbox")
async def answer(
    request: Request, deployment_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    """The hash is that of the content which the form has shown."""
    wanted = {name: form.get(name, "") for name in ("decision", "comment", "content_hash")}
    decision = typed(ApprovalIn, wanted)
    await decide(write, access, deployment_id, now, **decision.model_dump())
    return site.go_to(request, INBOX, done=decision.decision)
