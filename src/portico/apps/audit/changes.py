"""What is told of an engagement when something in it changes, and who hears it: streams follow the outbox.

The team hears all of it. Somebody of the client hears of what was sent to them, as far as the portal shows it. Who that
is stands in the event; whether they still have a role in the engagement is asked when it is handed out.
"""

from collections.abc import Collection, Mapping
from typing import LiteralString

from portico.apps.audit.members import reads as members
from portico.apps.audit.permissions import AUDITEE
from portico.identity.public import Caller
from portico.kernel import outbox
from portico.kernel.database import Connection, fetch_one
from portico.kernel.event_log import Actor
from portico.kernel.outbox import Event
from portico.kernel.transaction import Transaction

NO_CHANGE = frozenset({"evidence.read", "evidence.verified", "binder.handed_over"})
"""What is logged of an engagement and changes nothing in it."""

# Each as the reads of its noun have it: no draft, and of evidence what its auditee has uploaded.
_ASKED: LiteralString = "SELECT assignee_id AS who FROM audit.requests WHERE id = %(id)s AND state <> 'draft'"
_OWNER: LiteralString = "SELECT owner_id AS who FROM audit.findings WHERE id = %(id)s AND sent_at IS NOT NULL"
_ANSWERED: LiteralString = """
    SELECT v.received_by AS who FROM audit.evidence_versions AS v
    JOIN audit.evidence AS d ON d.id = v.evidence_id
    JOIN audit.requests AS r ON r.id = d.request_id AND r.assignee_id = v.received_by AND r.state <> 'draft'
    WHERE v.id = %(id)s"""
TO_CLIENT: Mapping[str, LiteralString] = {
    **dict.fromkeys(
        ("request.sent", "request.changed", "request.submitted", "request.accepted", "request.returned"), _ASKED
    ),
    **dict.fromkeys(("evidence.received", "evidence.superseded", "evidence.sealed"), _ANSWERED),
    **dict.fromkeys(
        (
            "finding.sent", "finding.handed_over", "finding.agreed", "finding.disputed", "finding.planned",
            "finding.in_remediation", "finding.ready_for_retest", "finding.closed", "finding.reopened",
            "finding.risk_accepted", "finding.withdrawn",
        ),
        _OWNER,
    ),
}  # fmt: skip
"""What the client hears of as well, and the query that tells whom of them it concerns."""


async def tell(write: Transaction, actor: Actor, action: str, engagement_id: int, thing: str) -> None:
    """Tell of what was just logged, where it changes anything: which thing, and by whom. Nothing of its content."""
    if action in NO_CHANGE:
        return
    who = await _concerned(write, action, thing)
    # Of the team the portal names those who took a finding on, and nobody else.
    is_named = who is None or action.startswith("finding.") or actor.key == str(who)
    await outbox.add(
        write, app="audit", topic=action, key=thing,
        payload={"engagement": engagement_id, "by": actor.name if is_named else None},
        audience=[_team(engagement_id), *([] if who is None else [_auditee(engagement_id, who)])],
    )  # fmt: skip


def hears(caller: Caller, event: Event) -> bool:
    """The rule of streams. What stands in an audience is a role that its hearers have by their engagements."""
    return any(word in caller.roles for word in event.audience)


async def roles_in_engagements(connection: Connection, user_ids: Collection[int]) -> Mapping[int, set[str]]:
    """What these users hear now, from them to the words of audiences."""
    found: dict[int, set[str]] = {}
    for row in await members.roles_of(connection, user_ids):
        place, who = row["engagement_id"], row["user_id"]
        found.setdefault(who, set()).add(_auditee(place, who) if row["role"] == AUDITEE else _team(place))
    return found


async def _concerned(write: Transaction, action: str, thing: str) -> int | None:
    query = TO_CLIENT.get(action)
    if query is None:
        return None
    row = await fetch_one(await write.connection(), query, {"id": int(thing.rpartition(":")[2])})
    return row["who"] if row else None


def _team(engagement_id: int) -> str:
    return f"team:{engagement_id}"


def _auditee(engagement_id: int, user_id: int) -> str:
    return f"auditee:{engagement_id}:{user_id}"
