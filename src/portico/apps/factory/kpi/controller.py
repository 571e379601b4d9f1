"""The routes of the figures."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query

from portico.apps.factory.access import ReadAccess
from portico.apps.factory.kpi import reads
from portico.apps.factory.kpi.schemas import LossesOut, OeeOut
from portico.kernel.inputs import Now
from portico.kernel.listing import IdFilter
from portico.kernel.routes import router
from portico.kernel.unit_of_work import ReplicaReading

kpi = router(prefix="/api/v1/kpi", tags=["figures"])

LOCAL = "Without an offset it is the company's clock."
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such workstation."}}


async def _asked(
    now: Now,
    workstation: IdFilter = None,
    start: Annotated[
        datetime | None, Query(alias="from", description=f"Without it: 24 hours before `to`. {LOCAL}")
    ] = None,
    to: Annotated[
        datetime | None, Query(description=f"The first moment after the window. Without it: now. {LOCAL}")
    ] = None,
) -> dict[str, Any]:
    return {"workstation": workstation, "start": start, "end": to, "now": now}


Asked = Annotated[dict[str, Any], Depends(_asked)]


@kpi.get("/oee", response_model=OeeOut, summary="Overall equipment effectiveness", responses=UNKNOWN)
async def show_oee(_: ReadAccess, asked: Asked, reading: ReplicaReading) -> Any:
    return await reads.oee(reading, **asked)


@kpi.get("/losses", response_model=LossesOut, summary="Where the planned time went", responses=UNKNOWN)
async def show_losses(_: ReadAccess, asked: Asked, reading: ReplicaReading) -> Any:
    return await reads.losses(reading, **asked)
