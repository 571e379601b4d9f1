"""What the caller does, in the event log: a chain of hashes, whose head is exported.

The object of every event in an engagement is the engagement, so that its members read all of it; `thing` says what
it was done to. What changes something there is told to those who watch.
"""

from typing import Any

from portico.apps.audit.changes import tell
from portico.apps.audit.permissions import Access
from portico.kernel import event_log
from portico.kernel.event_log import Actor
from portico.kernel.transaction import Transaction


async def log(write: Transaction, access: Access, action: str, object: str, **details: Any) -> None:
    """Log what is done in the firm; `object` is such as `client:5`."""
    await event_log.add(write, app="audit", actor=access.actor, action=action, object=object, details=details)


async def log_in(
    write: Transaction, access: Access, action: str, engagement_id: int, /, thing: str, **details: Any
) -> None:
    """Log what is done in an engagement; `thing` is such as `request:5`."""
    await log_by(write, access.actor, action, engagement_id, thing, **details)


async def log_by(
    write: Transaction, actor: Actor, action: str, engagement_id: int, /, thing: str, **details: Any
) -> None:
    """As `log_in`, for jobs: they have no caller."""
    await event_log.add(
        write, app="audit", actor=actor, action=action, object=f"engagement:{engagement_id}",
        details={"thing": thing, **details},
    )  # fmt: skip
    await tell(write, actor, action, engagement_id, thing)
