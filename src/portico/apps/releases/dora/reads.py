"""The metrics of DORA as they are shown: two statements for all of them, and one for the rows behind a number."""

from datetime import datetime
from typing import Any

from portico.apps.releases.dora.formulas import METRICS, Counts, Metric
from portico.apps.releases.dora.statements import CHANGES, DEPLOYMENTS, EXISTS, ROWS
from portico.apps.releases.dora.windows import Window
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.errors import NotFound
from portico.kernel.paging import seal, unseal

Filters = dict[str, int | None]
"""`service` and `team`; None matches every one."""


class NothingToMeasure(NotFound):
    message = "There is no such service or team"


async def metrics(connection: Connection, window: Window, filters: Filters) -> dict[str, Any]:
    """All five. Raises `NothingToMeasure` for a service or a team that is none."""
    await _check(connection, filters)
    params = {**window.params(), **filters}
    totals = dict[datetime | None, dict[str, Any]]()
    for statement in (DEPLOYMENTS, CHANGES):
        for row in await fetch_all(connection, statement, params):
            totals.setdefault(row.pop("bucket"), {}).update(row)
    return {
        "window": {
            "from": window.start, "to": window.end, "days": window.days, "time_zone": "UTC", "bucket": window.bucket
        },
        **filters,
        "metrics": [_shown(metric, window, totals) for metric in METRICS],
    }  # fmt: skip


async def rows(
    connection: Connection, window: Window, filters: Filters, *, metric: str, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The rows behind one of the numbers, the newest first. Raises `NothingToMeasure`, `InvalidInput`."""
    await _check(connection, filters)
    key = {"at": None, "first": None, "second": None}
    if cursor:
        key = dict(zip(key, unseal(cursor, str, int, int), strict=True))
    found = await fetch_all(connection, ROWS[metric], {**window.params(), **filters, **key, "limit": limit})
    return {"items": found, "next_cursor": _following(found[-1]) if len(found) == limit else None}


def _shown(metric: Metric, window: Window, totals: dict[datetime | None, dict[str, Any]]) -> dict[str, Any]:
    counts: Counts = totals.get(None, {})
    return {
        "name": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "formula": metric.formula,
        **metric.of(counts, window),
        "count": counts["succeeded"] if metric.name == "deployment_frequency" else None,
        "excluded": metric.left_out(counts),
        "trend": [
            {"from": part.start, "to": part.end, **metric.of(totals.get(first, {}), part)}
            for first, part in window.buckets()
        ],
    }


def _following(row: Row) -> str:
    return seal(row["at"].isoformat(), row["first_key"], row["second_key"])


async def _check(connection: Connection, filters: Filters) -> None:
    found = await fetch_one(connection, EXISTS, filters)
    if not found or not found["found"]:
        raise NothingToMeasure
