"""The workflow log as it is shown, and what is counted in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from portico.kernel.database import Connection, Row, fetch_all

Place = tuple[datetime, int]
"""Of a line in the log, which is in the order of these."""

LINE = """
    SELECT e.id, e.at, e.kind, e.user_id, e.user_name AS user, e.workstation_id, w.name AS workstation, e.project_id,
        e.component_id, e.assembly_id, e.piece_id, p.barcode AS piece, e.lot_id, e.work_order_id, e.operation_id,
        e.details
    FROM (SELECT * FROM factory.events AS e WHERE {where} ORDER BY e.at DESC, e.id DESC LIMIT {limit}) AS e
    LEFT JOIN factory.workstations AS w ON w.company_id = e.company_id AND w.id = e.workstation_id
    LEFT JOIN factory.pieces AS p ON p.company_id = e.company_id AND p.id = e.piece_id
    ORDER BY e.at DESC, e.id DESC"""
FILTERS: dict[str, LiteralString] = {
    "kind": "e.kind = %(kind)s",
    "workstation": "e.workstation_id = %(workstation)s",
    "user": "e.user_id = %(user)s",
    "project": "e.project_id = %(project)s",
    "piece": "e.piece_id = %(piece)s",
    "since": "e.at >= %(since)s",
    "until": "e.at < %(until)s",
    "after": "(e.at, e.id) < (%(after_at)s, %(after_id)s)",
}
# One way through the period counts for all of these. A piece that is cut twice in an hour is one piece.
COUNTED = """
    WITH counted AS (
        SELECT kind, workstation_id, user_id, date_trunc(%(by)s, at, %(zone)s) AS start, count(*) AS count,
            count(DISTINCT piece_id) FILTER (WHERE kind = 'PieceCut') AS cut,
            count(DISTINCT piece_id) FILTER (WHERE kind = 'PieceCompleted') AS completed,
            count(DISTINCT piece_id) FILTER (WHERE kind = 'Scrap') AS scrapped,
            count(DISTINCT piece_id) FILTER (WHERE kind = 'Shipping') AS shipped,
            grouping(kind, workstation_id, user_id, date_trunc(%(by)s, at, %(zone)s)) AS without, max(user_name) AS name
        FROM factory.events WHERE at >= %(since)s AND at < %(until)s
        GROUP BY GROUPING SETS ((kind), (workstation_id), (user_id), (date_trunc(%(by)s, at, %(zone)s)), ()))
    SELECT counted.kind, counted.workstation_id, w.name AS workstation, counted.user_id, counted.name AS user,
        counted.start, counted.count, counted.cut, counted.completed, counted.scrapped, counted.shipped, counted.without
    FROM counted LEFT JOIN factory.workstations AS w ON w.id = counted.workstation_id
    ORDER BY counted.start, counted.count DESC, counted.kind, counted.workstation_id, counted.user_id"""
BY_KIND, BY_WORKSTATION, BY_USER, OVER_TIME, IN_ALL = 0b0111, 0b1011, 0b1101, 0b1110, 0b1111
"""Which columns a row of COUNTED is grouped without."""


async def events(
    connection: Connection, filters: Mapping[str, Any], *, after: Place | None = None, limit: int
) -> list[Row]:
    """Lines of the log, the newest first, by the filters that are given. An index has each of them in this order."""
    asked = {name: value for name, value in filters.items() if value is not None}
    if after is not None:
        asked |= {"after": True, "after_at": after[0], "after_id": after[1]}
    where = " AND ".join(condition for name, condition in FILTERS.items() if name in asked) or "true"
    # As a parameter PostgreSQL would take the limit for a tenth of the table, and join all of it.
    return await fetch_all(connection, LINE.format(where=where, limit=limit), asked)


async def statistics(
    connection: Connection, *, since: datetime, until: datetime, by: str, zone: ZoneInfo
) -> dict[str, Any]:
    """What happened in a period, counted in several ways by one statement. `by` is an hour or a day of this zone."""
    params = {"since": since, "until": until, "by": by, "zone": zone.key}
    rows = await fetch_all(connection, COUNTED, params)
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["without"], []).append(row)
    for row in grouped.get(OVER_TIME, []):
        row["start"] = row["start"].astimezone(zone)
    return {
        "total": grouped[IN_ALL][0]["count"],
        "by_kind": grouped.get(BY_KIND, []),
        "by_workstation": grouped.get(BY_WORKSTATION, []),
        "by_user": grouped.get(BY_USER, []),
        "over_time": grouped.get(OVER_TIME, []),
    }
