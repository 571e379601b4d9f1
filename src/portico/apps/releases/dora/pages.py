"""The page of the metrics: each number with its formula, its trend, and the way to the rows behind it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from portico.apps.releases.access import PageReadAccess
from portico.apps.releases.choices import choices
from portico.apps.releases.dora import reads
from portico.apps.releases.dora.charts import chart, day, last_day, written
from portico.apps.releases.dora.formulas import METRICS
from portico.apps.releases.dora.schemas import MetricName
from portico.apps.releases.dora.windows import Window
from portico.apps.releases.site import DORA, site
from portico.kernel.errors import InvalidInput
from portico.kernel.forms import Blank, Chosen
from portico.kernel.inputs import Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading

PART = 50
dora_pages = page_router()

MaybeDay = Annotated[date | None, Blank, Query()]


async def _window(
    now: Now, start: Annotated[date | None, Blank, Query(alias="from")] = None, to: MaybeDay = None
) -> Window:
    """People name the first and the last day; without them it is the 90 days until now."""
    try:
        return Window.of(_midnight(start), _midnight(to + timedelta(days=1)) if to else None, now=now)
    except OverflowError:
        raise InvalidInput(details={"to": "is too far away"}) from None


InWindow = Annotated[Window, Depends(_window)]


@dora_pages.get("/dora", summary="The five metrics of DORA")
async def show_dora(
    request: Request, reading: Reading, _: PageReadAccess, window: InWindow, service: Chosen = None,
    team: Chosen = None,
) -> Any:  # fmt: skip
    found = await reads.metrics(reading, window, {"service": service, "team": team})
    bucket = found["window"]["bucket"]
    return site.page(
        request, "dora.html", found=found, charts={each["name"]: chart(each, bucket) for each in found["metrics"]},
        written=written, day=lambda at: day(at, bucket), choices=await choices(reading),
        filters=_filters(window, service, team), window=found["window"],
        last=last_day(window.end),
    )  # fmt: skip


@dora_pages.get("/dora/rows", summary="The rows behind one of the metrics")
async def show_rows(
    request: Request, reading: Reading, _: PageReadAccess, window: InWindow, metric: MetricName,
    service: Chosen = None, team: Chosen = None, cursor: Cursor = None,
) -> Any:  # fmt: skip
    chosen = {"service": service, "team": team}
    rows = await reads.rows(reading, window, chosen, metric=metric, limit=PART, cursor=cursor)
    return site.page(
        request, "dora_rows.html", metric=next(each for each in METRICS if each.name == metric), rows=rows["items"],
        following=rows["next_cursor"], is_later=cursor is not None, first=window.start, last=last_day(window.end),
        filters={**_filters(window, service, team), "metric": metric}, dora=DORA,
    )  # fmt: skip


def _midnight(at: date | None) -> datetime | None:
    return datetime.combine(at, time(), tzinfo=UTC) if at else None


def _filters(window: Window, service: int | None, team: int | None) -> dict[str, str]:
    """What a link says to come to the same window again."""
    chosen = {"service": service, "team": team}
    days = {"from": f"{window.start:%Y-%m-%d}", "to": f"{last_day(window.end):%Y-%m-%d}"}
    return {**days, **{name: str(value) for name, value in chosen.items() if value is not None}}
