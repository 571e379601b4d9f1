"""The report of an engagement, for its team."""

from datetime import datetime
from importlib import import_module

from portico.apps.audit.engagements.standing import look
from portico.apps.audit.permissions import Access
from portico.apps.audit.reports import reads
from portico.apps.audit.reports.content import Report, report
from portico.kernel.database import Connection


async def report_of(connection: Connection, access: Access, engagement_id: int, *, now: datetime) -> Report:
    """Raises `EngagementNotFound`."""
    await look(connection, access, engagement_id)
    return report(await reads.told(connection, engagement_id), at=now)


def pdf(written: Report) -> bytes:
    """The report on paper: a second of computing, for a thread."""
    made: bytes = import_module("portico.apps.audit.reports.printing").pdf(written)
    return made
