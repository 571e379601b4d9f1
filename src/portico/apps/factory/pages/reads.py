"""What the pages show beside what the routes of the nouns answer."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from portico.kernel.database import Connection, Row, fetch_all, fetch_one


async def at_station(connection: Connection, session_id: UUID) -> Row | None:
    """Who works where, by a session that began by badge and PIN; None for any other."""
    return await fetch_one(
        connection,
        """
        SELECT u.id AS user_id, u.full_name, u.email, w.id AS workstation_id, w.guid AS workstation_guid,
               w.name AS workstation
        FROM factory.sessions AS s
        JOIN factory.users AS u ON u.id = s.user_id
        JOIN factory.workstations AS w ON w.company_id = s.company_id AND w.id = s.workstation_id
        WHERE s.id = %(id)s""",
        {"id": session_id},
    )


async def counts(connection: Connection, today: date) -> Row:
    """The numbers of the dashboard, in one statement."""
    row = await fetch_one(
        connection,
        """
        SELECT (SELECT count(*) FROM factory.projects AS j WHERE j.deleted_at IS NULL AND EXISTS (
                    SELECT FROM factory.components AS c
                    JOIN factory.assemblies AS a ON a.company_id = c.company_id AND a.component_id = c.id
                    JOIN factory.pieces AS p ON p.company_id = a.company_id AND p.assembly_id = a.id
                    WHERE c.company_id = j.company_id AND c.project_id = j.id AND p.deleted_at IS NULL
                      AND p.state IN ('planned', 'in_production', 'rework'))) AS projects,
               p.pieces_done, p.pieces_left, w.orders_running, w.orders_waiting, w.orders_late,
               (SELECT count(*) FROM factory.lots WHERE state = 'blocked') AS lots_blocked,
               (SELECT count(*) FROM factory.nonconformances WHERE state <> 'closed') AS nonconformances
        FROM (SELECT count(*) FILTER (WHERE state IN ('completed', 'shipped')) AS pieces_done,
                     count(*) FILTER (WHERE state IN ('planned', 'in_production', 'rework')) AS pieces_left
              FROM factory.pieces WHERE deleted_at IS NULL) AS p,
             (SELECT count(*) FILTER (WHERE state = 'in_progress') AS orders_running,
                     count(*) FILTER (WHERE state = 'released') AS orders_waiting,
                     count(*) FILTER (WHERE due_on < %(today)s) AS orders_late
              FROM factory.work_orders WHERE state IN ('released', 'in_progress', 'held')) AS w""",
        {"today": today},
    )
    assert row is not None  # noqa: S101 - aggregates always answer a row
    return row


STATIONS = """
    SELECT w.id, w.name, w.location, w.type,
           CASE WHEN d.id IS NOT NULL THEN CASE WHEN d.is_planned THEN 'stopped' ELSE 'down' END
                WHEN r.id IS NOT NULL THEN 'running' ELSE 'idle' END AS state,
           coalesce(d.starts_at, r.started_at, last.ended_at) AS since,
           d.reason AS down_reason, d.is_planned, r.work_order, r.operation, r.person,
           coalesce(made.good, 0) AS good, coalesce(made.scrap, 0) AS scrap
    FROM factory.workstations AS w
    LEFT JOIN LATERAL (
        SELECT id, starts_at, reason, is_planned FROM factory.downtimes
        WHERE company_id = w.company_id AND workstation_id = w.id AND starts_at <= %(now)s
          AND coalesce(ends_at, 'infinity') > %(now)s
        ORDER BY starts_at DESC LIMIT 1) AS d ON true
    LEFT JOIN LATERAL (
        SELECT u.id, u.started_at, o.name AS operation, k.code AS work_order,
               coalesce(nullif(p.full_name, ''), p.email, '') AS person
        FROM factory.operation_runs AS u
        JOIN factory.operations AS o ON o.company_id = u.company_id AND o.id = u.operation_id
        JOIN factory.work_orders AS k ON k.company_id = o.company_id AND k.id = o.work_order_id
        LEFT JOIN factory.users AS p ON p.company_id = u.company_id AND p.id = u.user_id
        WHERE u.company_id = w.company_id AND u.workstation_id = w.id AND u.ended_at IS NULL
        ORDER BY u.started_at DESC LIMIT 1) AS r ON true
    LEFT JOIN LATERAL (
        SELECT max(ended_at) AS ended_at FROM factory.operation_runs
        WHERE company_id = w.company_id AND workstation_id = w.id
          AND started_at > %(now)s::timestamptz - interval '30 days') AS last ON true
    LEFT JOIN LATERAL (
        SELECT sum(good) AS good, sum(scrap) AS scrap FROM factory.reports
        WHERE company_id = w.company_id AND workstation_id = w.id
          AND at > %(now)s::timestamptz - interval '24 hours') AS made ON true
    WHERE w.deleted_at IS NULL AND w.is_active
    ORDER BY lower(w.name), w.id"""


async def stations(connection: Connection, now: datetime) -> list[Row]:
    """What each workstation does now, and since when."""
    return await fetch_all(connection, STATIONS, {"now": now})


TO_CUT = """
    FROM factory.pieces AS p
    JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    JOIN factory.projects AS j ON j.company_id = c.company_id AND j.id = c.project_id
    WHERE p.state = 'planned' AND p.bar_id = '' AND p.outer_length > 0 AND p.deleted_at IS NULL"""


async def projects_to_cut(connection: Connection) -> list[Row]:
    """Those with pieces that are on no bar yet, the first due first."""
    return await fetch_all(
        connection,
        f"""
        SELECT j.id, j.code, j.name, count(*) AS pieces {TO_CUT}
        GROUP BY j.id, j.code, j.name, j.due_on ORDER BY j.due_on NULLS LAST, j.code LIMIT 200""",
    )


async def profiles_to_cut(connection: Connection, project_id: int) -> list[Row]:
    return await fetch_all(
        connection,
        f"SELECT p.profile, count(*) AS pieces {TO_CUT} AND j.id = %(project)s GROUP BY p.profile ORDER BY p.profile",
        {"project": project_id},
    )


async def components_to_cut(connection: Connection, project_id: int, profile: str) -> list[Row]:
    return await fetch_all(
        connection,
        f"""
        SELECT c.id, c.code, c.name, count(*) AS pieces, sum(p.outer_length) AS length {TO_CUT}
          AND j.id = %(project)s AND p.profile = %(profile)s
        GROUP BY c.id, c.code, c.name ORDER BY c.code LIMIT 400""",
        {"project": project_id, "profile": profile},
    )


async def pieces_to_cut(
    connection: Connection, project_id: int, profile: str, components: Sequence[int], *, limit: int
) -> list[int]:
    """The ids of what these components have to cut of a profile."""
    rows = await fetch_all(
        connection,
        f"""
        SELECT p.id {TO_CUT} AND j.id = %(project)s AND p.profile = %(profile)s AND c.id = ANY(%(components)s)
        ORDER BY p.id LIMIT %(limit)s""",
        {"project": project_id, "profile": profile, "components": list(components), "limit": limit},
    )
    return [row["id"] for row in rows]
