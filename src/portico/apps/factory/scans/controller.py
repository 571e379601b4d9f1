"""The route of scans."""

from typing import Any

from portico.apps.factory.access import WriteAccess
from portico.apps.factory.scans.schemas import ScanIn, ScanOut
from portico.apps.factory.scans.service import ScanService
from portico.identity.public import Once
from portico.kernel.inputs import Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing

scans = router(prefix="/api/v1/scans", tags=["floor"])


@scans.post("", response_model=ScanOut, summary="What a code is, and what may be done with it", dependencies=[Once])
async def scan_code(body: ScanIn, write: Writing, access: WriteAccess, now: Now) -> Any:
    return await ScanService(write, access, now).scan(body.code, body.workstation)
