"""Whether a request takes papers: what the vault asks before it files one."""

from portico.apps.audit.engagements.standing import EngagementNotFound, Standing
from portico.kernel.database import fetch_one
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.transaction import Transaction

# Shared: whoever submits or accepts the request waits until the papers are filed.
_HELD = """
    SELECT r.id, r.state, r.assignee_id FROM audit.requests AS r
    WHERE r.id = %(id)s AND r.engagement_id = %(engagement)s FOR SHARE OF r"""
_ASKED = ("requested", "returned")


class RequestNotFound(NotFound):
    def __init__(self, request_id: int) -> None:
        super().__init__(f"There is no request {request_id}.")


class RequestClosed(Conflict):
    code = "REQUEST_CLOSED"

    def __init__(self, state: str) -> None:
        super().__init__(f"The request is {state}: nothing is filed for it now.", details={"state": state})


async def require_open(write: Transaction, standing: Standing, request_id: int | None) -> None:
    """Have a request stay as it is until the end of the transaction, if papers may be filed for it.

    An auditee answers requests of their own, while they are asked. The team files what came by another way, until the
    request is accepted; and papers that nobody was asked for, `request_id` None.
    Raises `RequestNotFound`, `RequestClosed`, `EngagementNotFound`, `InvalidInput`.
    """
    if request_id is None:
        if standing.is_auditee:
            raise EngagementNotFound(standing.engagement_id)
        return
    params = {"id": request_id, "engagement": standing.engagement_id}
    row = await fetch_one(await write.connection(), _HELD, params)
    if standing.is_auditee:
        if row is None or row["state"] == "draft" or row["assignee_id"] != standing.user_id:
            raise RequestNotFound(request_id)
        if row["state"] not in _ASKED:
            raise RequestClosed(row["state"])
    elif row is None:
        raise InvalidInput(details={"request": "is no request of this engagement"})
    elif row["state"] == "accepted":
        raise RequestClosed(row["state"])
