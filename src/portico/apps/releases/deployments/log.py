"""The log of deployments: the one way by which a state changes.

Each change is a line that stays, an event for those who listen, and an event in the log of the app.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from portico.apps.releases import events
from portico.apps.releases.deployments.models import DEPLOYMENT_STATES, OPEN, Deployment
from portico.apps.releases.permissions import Access, Action
from portico.kernel import event_log
from portico.kernel.database import Row, fetch_one
from portico.kernel.event_log import Actor
from portico.kernel.transaction import Transaction

REQUEST = "request"
START = "deployment.start"
"""Beside `deployment.queued`: the word on which whoever deploys begins."""

# The names are for those who hear of it: they know a service by its name.
ADD_LINE = """
    INSERT INTO releases.status_changes (deployment_id, at, action, before, after, by, by_name, reason, details,
                                         created_at)
    VALUES (%(id)s, %(at)s, %(action)s, %(before)s, %(after)s, %(by)s, %(by_name)s, %(reason)s, %(details)s, %(at)s)
    RETURNING (SELECT name FROM releases.services WHERE id = %(service_id)s) AS service,
              (SELECT name FROM releases.environments WHERE id = %(environment_id)s) AS environment,
              (SELECT semver FROM releases.releases WHERE id = %(release_id)s) AS version"""


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who changes a state: for the log, and for the table of what may be done."""

    actor: Actor
    user_id: int | None = None
    may: Callable[[Any], bool] = field(default=lambda action: True)

    @classmethod
    def caller(cls, access: Access, team_id: int) -> "Who":
        """The caller, who has rights for the services of a team."""
        return cls(actor=access.actor, user_id=access.user_id, may=lambda action: may_for(access, action, team_id))

    @classmethod
    def system(cls, name: str) -> "Who":
        """The server itself, or one that it trusts: what a rule, a time or a signed message says."""
        return cls(actor=Actor(key=f"system {name}", name=name))


SERVER = Who.system("portico")


def may_for(access: Access, action: Any, team_id: int) -> bool:
    """Whether the table of states lets the caller do this. What is the server's own is nobody's right."""
    return isinstance(action, Action) and access.may_for(action, team_id)


async def begin(write: Transaction, deployment: Deployment, who: Who, now: datetime) -> None:
    """Log a deployment that was just added."""
    await _record(write, deployment, who, now, action=REQUEST, before=None, reason=deployment.reason, details={})


async def advance(
    write: Transaction,
    deployment: Deployment,
    action: str,
    who: Who,
    now: datetime,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    """Change the state of a deployment that is locked, and log it.

    Raises `Forbidden` and `IllegalTransition`, as the table of states has it.
    """
    before = deployment.state
    after = DEPLOYMENT_STATES.advance(deployment, action, who.may)
    times: dict[str, Any] = {}
    if after == "queued":
        times["queued_at"] = now
    elif after == "running":
        times["started_at"] = now
    elif after not in OPEN:
        times["ended_at"] = now
    deployment.change(state=after, **times)
    await _record(write, deployment, who, now, action=action, before=before, reason=reason, details=details)


async def _record(
    write: Transaction, deployment: Deployment, who: Who, now: datetime, *,
    action: str, before: str | None, reason: str, details: dict[str, Any],
) -> None:  # fmt: skip
    names = await fetch_one(
        await write.connection(),
        ADD_LINE,
        {
            "id": deployment.id, "at": now, "action": action, "before": before, "after": deployment.state,
            "by": who.user_id, "by_name": who.actor.name, "reason": reason, "details": Jsonb(details),
            "service_id": deployment.service_id, "environment_id": deployment.environment_id,
            "release_id": deployment.release_id,
        },
    )  # fmt: skip
    payload = {**_facts(deployment), **(names or {}), "by": who.actor.name, "reason": reason, **details}
    key = f"deployment:{deployment.id}"
    await event_log.add(
        write, app="releases", actor=who.actor, action=f"deployment.{deployment.state}", object=key, details=payload
    )
    topics = [f"deployment.{deployment.state}", *([START] if deployment.state == "queued" else [])]
    for topic in topics:
        await events.tell(write, topic, key=key, payload=payload, now=now)


def _facts(deployment: Deployment) -> Row:
    names = (
        "id", "state", "service_id", "release_id", "environment_id", "content_hash", "is_rollback", "is_emergency",
        "incident_id", "agent", "cause",
    )  # fmt: skip
    return {name: getattr(deployment, name) for name in names}
