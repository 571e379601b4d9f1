"""OEE with its formula, its inputs and where the time went."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from portico.apps.factory.kpi import reads
from portico.apps.factory.pages.charts import amounts, ratios
from portico.apps.factory.site import ReadDesk
from portico.apps.factory.workstations import reads as workstations
from portico.kernel.forms import Blank, Chosen
from portico.kernel.inputs import Now
from portico.kernel.pages import page_router

MOST_LOSSES = 8
MaybeDay = Annotated[Annotated[date, Field(lt=date.max)] | None, Blank, Query()]
"""A day that has a next one."""

oee_pages = page_router()


@oee_pages.get("/admin/oee", summary="Overall equipment effectiveness, and its biggest losses")
async def show_oee(
    desk: ReadDesk,
    now: Now,
    workstation: Chosen = None,
    start: Annotated[MaybeDay, Query(alias="from")] = None,
    to: MaybeDay = None,
) -> Any:
    """People name the first and the last day; without them it is the last 24 hours."""
    window = (_midnight(start), _midnight(to + timedelta(days=1) if to else None))
    found = await reads.oee(desk.connection, workstation, *window, now=now)
    losses = await reads.losses(desk.connection, workstation, *window, now=now)
    names = ("availability", "effectiveness", "quality", "oee")
    return await desk.page(
        "oee.html", found=found, losses=losses, workstation=workstation, start=start, to=to,
        figures=ratios({name.upper() if name == "oee" else name.capitalize(): found[name]["value"] for name in names}),
        where=amounts([row for row in losses["losses"] if row["minutes"] > 0][:MOST_LOSSES]),
        stations=[(row["id"], row["name"]) for row in await workstations.workstations(desk.connection)],
    )  # fmt: skip


def _midnight(on: date | None) -> datetime | None:
    return datetime.combine(on, time()) if on else None
