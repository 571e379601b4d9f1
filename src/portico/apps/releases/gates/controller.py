"""The gate routes of a release."""

from typing import Annotated, Any

from fastapi import Path, Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.gates import reads
from portico.apps.releases.gates.schemas import GateIn, GateOut
from portico.apps.releases.gates.service import GateService
from portico.apps.releases.releases import reads as releases
from portico.apps.releases.releases.service import ReleaseNotFound
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

gates = router(prefix="/api/v1/releases/{release_id}/gates", tags=["gates"])

GateName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$")]


@gates.get("", response_model=list[GateOut], summary="What the checks outside say of a release")
async def list_gates(release_id: Id, access: ReadAccess, reading: Reading, now: Now) -> Any:
    existing(await releases.release(reading, release_id), ReleaseNotFound())
    return await reads.of_release(reading, release_id, now)


@gates.put("/{name}", response_model=GateOut, summary="Say how a check went; the last word counts")
async def report_gate(
    release_id: Id, name: GateName, body: GateIn, write: Writing, access: WriteAccess, match: Matching, now: Now,
    response: Response,
) -> Any:  # fmt: skip
    await GateService(write, access, now).report(release_id, name, match, **body.model_dump())
    return tagged(response, await reads.gate(await write.connection(), release_id, name, now), ReleaseNotFound())
