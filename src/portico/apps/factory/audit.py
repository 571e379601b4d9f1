"""What administrators do, in the event log of the installation. What happens on the floor stands in `workflow`."""

from typing import Any

from portico.apps.factory.permissions import Access
from portico.kernel import event_log
from portico.kernel.transaction import Transaction


async def log(write: Transaction, access: Access, action: str, object: str, **details: Any) -> None:
    """Log what the caller does, and in which company; `object` is such as `user:5`."""
    details = {"company": access.company_id, **details}
    await event_log.add(write, app="factory", actor=access.actor, action=action, object=object, details=details)
