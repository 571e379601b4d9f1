"""Freezes as they are shown, and those that hold now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from portico.apps.releases.freezes.schedule import Occurrence, Schedule
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

SCHEDULE = "starts_at, ends_at, recurrence, duration_minutes, time_zone, ended_at"
FREEZE = f"""
    SELECT f.id, f.name, f.reason, f.environment_ids, f.environment_types, f.team_ids, f.service_ids, {SCHEDULE},
           f.override_group_id, u.username AS created_by, f.created_at, f.version
    FROM releases.freezes AS f LEFT JOIN releases.users AS u ON u.id = f.created_by"""
ONE = f"{FREEZE} WHERE f.id = %(id)s"
NOT_OVER = "(f.ends_at IS NULL OR f.ends_at > %(now)s) AND (f.ended_at IS NULL OR f.ended_at > %(now)s)"
MATCHING = f"(%(current)s::boolean IS NULL OR ({NOT_OVER}) = %(current)s)"
PART = f"{FREEZE} WHERE {MATCHING} AND f.id < %(before)s ORDER BY f.id DESC LIMIT %(limit)s"
COUNT = f"SELECT count(*) AS total FROM releases.freezes AS f WHERE {MATCHING}"
IN_CALENDAR = f"{FREEZE} WHERE {NOT_OVER} ORDER BY f.id LIMIT 1000"

# An empty list takes everything; the lists of one freeze narrow one another.
IN_SCOPE = """
    (service_ids = '{}' OR %(service_id)s = ANY(service_ids))
    AND (team_ids = '{}' OR %(team_id)s = ANY(team_ids))
    AND (environment_ids = '{}' OR %(environment_id)s = ANY(environment_ids))
    AND (environment_types = '{}' OR %(environment_type)s = ANY(environment_types))"""
PERHAPS_ACTIVE = f"""
    SELECT id, name, reason, override_group_id, {SCHEDULE} FROM releases.freezes
    WHERE starts_at <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)
      AND (ended_at IS NULL OR ended_at > %(now)s) AND {IN_SCOPE} ORDER BY id"""
OVERRIDE = """
    SELECT o.id, o.freeze_id, o.deployment_id, o.user_id, u.username AS by_name, o.reason, o.created_at
    FROM releases.freeze_overrides AS o JOIN releases.users AS u ON u.id = o.user_id"""
OVERRIDES_OF = f"{OVERRIDE} WHERE o.deployment_id = %(deployment_id)s ORDER BY o.id"
OVERRIDES_IN = f"{OVERRIDE} WHERE o.freeze_id = %(freeze_id)s ORDER BY o.id"
ONE_OVERRIDE = f"{OVERRIDE} WHERE o.id = %(id)s"


@dataclass(frozen=True, kw_only=True)
class ActiveFreeze:
    """A freeze that holds now, until a time, or until somebody ends it."""

    id: int
    name: str
    reason: str
    until: datetime | None
    override_group_id: int | None


async def active(
    connection: Connection, *, now: datetime, service_id: int, team_id: int | None, environment_id: int,
    environment_type: str,
) -> list[ActiveFreeze]:  # fmt: skip
    """The freezes that hold now for deployments of this service to this environment. One statement."""
    params = {
        "now": now, "service_id": service_id, "team_id": team_id, "environment_id": environment_id,
        "environment_type": environment_type,
    }  # fmt: skip
    found = []
    for row in await fetch_all(connection, PERHAPS_ACTIVE, params):
        holding = schedule_of(row).at(now)
        if holding is not None:
            found.append(
                ActiveFreeze(
                    id=row["id"], name=row["name"], reason=row["reason"], until=holding.end,
                    override_group_id=row["override_group_id"],
                )
            )  # fmt: skip
    return found


async def overrides_of(connection: Connection, deployment_id: int) -> list[Row]:
    """Which freezes this deployment was let through, by whom and why."""
    return await fetch_all(connection, OVERRIDES_OF, {"deployment_id": deployment_id})


async def overrides_in(connection: Connection, freeze_id: int) -> list[Row]:
    """What was let through this freeze."""
    return await fetch_all(connection, OVERRIDES_IN, {"freeze_id": freeze_id})


async def override(connection: Connection, override_id: int) -> Row | None:
    return await fetch_one(connection, ONE_OVERRIDE, {"id": override_id})


async def freeze(connection: Connection, freeze_id: int, now: datetime) -> Row | None:
    row = await fetch_one(connection, ONE, {"id": freeze_id})
    return _shown(row, now) if row else None


async def freezes(
    connection: Connection, *, now: datetime, current: bool | None = None, limit: int, cursor: str | None = None
) -> dict[str, Any]:
    """A page, the newest first: all, those that may hold yet, or those that are over."""
    params = {"now": now, "current": current}
    page = await newest_first(connection, part=PART, count=COUNT, params=params, limit=limit, cursor=cursor)
    return {**page, "items": [_shown(row, now) for row in page["items"]]}


async def for_calendar(connection: Connection, now: datetime, behind: timedelta) -> list[Row]:
    """Those of which something stands in a calendar that begins so long ago."""
    return await fetch_all(connection, IN_CALENDAR, {"now": now - behind})


def occurrences(row: Row, low: datetime, high: datetime) -> list[Occurrence]:
    return schedule_of(row).between(low, high)


def schedule_of(freeze: Any) -> Schedule:
    """Of an object, or of a row with the columns of `SCHEDULE`."""
    value = freeze.__getitem__ if isinstance(freeze, dict) else partial(getattr, freeze)
    return Schedule(**{name: value(name) for name in SCHEDULE.split(", ")})


def _shown(row: Row, now: datetime) -> Row:
    holding = schedule_of(row).at(now)
    return {**row, "is_active": holding is not None, "until": holding.end if holding else None}
