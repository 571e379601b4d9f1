"""The route of the next version."""

from typing import Any

from portico.apps.releases.access import ReadAccess
from portico.apps.releases.permissions import Action
from portico.apps.releases.services import reads as services
from portico.apps.releases.services.service import ServiceNotFound
from portico.apps.releases.versioning.schemas import NextVersionIn, NextVersionOut
from portico.apps.releases.versioning.service import next_version
from portico.kernel.errors import existing
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

versioning = router(prefix="/api/v1/services", tags=["versioning"])


@versioning.post(
    "/{service_id}/next-version", response_model=NextVersionOut,
    summary="The next version by the commits, with the reason for each",
)  # fmt: skip
async def get_next_version(service_id: Id, body: NextVersionIn, access: ReadAccess, reading: Reading) -> Any:
    access.require(Action.READ)  # it writes nothing, though it is a POST
    existing(await services.team_of(reading, service_id), ServiceNotFound(service_id))
    asked = body.model_dump()
    return await next_version(reading, service_id, commits=asked["commits"], within=asked["range"], pre=asked["pre"])
