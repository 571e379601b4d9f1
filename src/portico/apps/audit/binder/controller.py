"""The route of the binder."""

from typing import Any

from fastapi import Request, Response

from portico.apps.audit.access import ReadAccess
from portico.apps.audit.binder.service import Binder
from portico.kernel.downloads import FileAnswer
from portico.kernel.inputs import Id, Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading
from portico.kernel.uploads import FilesOf

binder = router(prefix="/api/v1/engagements/{engagement_id}", tags=["reports"])
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "Everything on file, and a script that verifies it."}
}


@binder.get(
    "/binder.zip", response_class=Response, responses=ANSWERS,
    summary="Everything of an engagement, with a script that verifies it without this server",
)  # fmt: skip
async def get_binder(
    engagement_id: Id, request: Request, access: ReadAccess, now: Now, files: FilesOf, reading: Reading
) -> Response:
    made = Binder(request.app.state.database, files, access, engagement_id, now)
    await made.open(reading)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="binder-{engagement_id}.zip"',
        "Content-Encoding": "identity",  # it is compressed already
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return FileAnswer(request, made.packed(), 200, headers)
