"""The dashboard: how much there is of what, and the board of stations, which renews itself."""

from typing import Any

from portico.apps.factory.pages import reads
from portico.apps.factory.site import ReadDesk
from portico.kernel.inputs import Now
from portico.kernel.pages import page_router

COUNTS = (
    ("projects", "open projects", False),
    ("pieces_done", "pieces done", False),
    ("pieces_left", "pieces to do", False),
    ("orders_running", "orders in progress", False),
    ("orders_waiting", "orders released", False),
    ("orders_late", "orders late", True),
    ("lots_blocked", "lots blocked", True),
    ("nonconformances", "nonconformances open", True),
)
"""From the name of a count to what it is called, and whether one would rather have none."""

dashboard_pages = page_router()


@dashboard_pages.get("/admin", summary="Counts, and what runs at the stations")
async def show_dashboard(desk: ReadDesk, now: Now) -> Any:
    return await desk.page("dashboard.html", **await _board(desk, now))


@dashboard_pages.get("/admin/board", summary="The part of the dashboard that renews itself")
async def show_board(desk: ReadDesk, now: Now) -> Any:
    return await desk.page("board.html", **await _board(desk, now))


async def _board(desk: ReadDesk, now: Now) -> dict[str, Any]:
    found = await reads.counts(desk.connection, now.astimezone(await desk.zone()).date())
    counts = [
        {"key": name, "value": found[name], "label": label, "is_bad": is_bad} for name, label, is_bad in COUNTS
    ]  # fmt: skip
    return {"counts": counts, "stations": await reads.stations(desk.connection, now), "now": now}
