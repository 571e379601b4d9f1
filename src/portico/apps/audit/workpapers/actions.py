"""What a caller may do with a workpaper now, and why not the rest."""

from portico.apps.audit.permissions import ENGAGEMENT_ALLOWED, Access
from portico.apps.audit.possibilities import possibilities
from portico.apps.audit.workpapers import reads
from portico.apps.audit.workpapers.models import WORKPAPER_MACHINE
from portico.apps.audit.workpapers.service import WorkpaperNotFound
from portico.kernel.database import Connection
from portico.kernel.errors import existing
from portico.kernel.state_machine import Possibility


async def actions(connection: Connection, access: Access, workpaper_id: int) -> list[Possibility]:
    """Raises `WorkpaperNotFound`."""
    row = existing(await reads.case(connection, access.user_id, workpaper_id), WorkpaperNotFound(workpaper_id))
    return possibilities(WORKPAPER_MACHINE, row, lambda action: row["role"] in ENGAGEMENT_ALLOWED[action])
