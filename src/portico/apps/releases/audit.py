"""What the caller does, in the event log."""

from typing import Any

from portico.apps.releases.permissions import Access
from portico.kernel import event_log
from portico.kernel.transaction import Transaction


async def log(write: Transaction, access: Access, action: str, object: str, **details: Any) -> None:
    """Log what the caller does; `object` is such as `team:5`."""
    await event_log.add(write, app="releases", actor=access.actor, action=action, object=object, details=details)
