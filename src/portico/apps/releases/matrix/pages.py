"""The board, on which the pages start: what runs where, since when, by whom, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query, Request

from portico.apps.releases.access import PageReadAccess
from portico.apps.releases.choices import choices
from portico.apps.releases.freezes import reads as freezes
from portico.apps.releases.matrix import reads
from portico.apps.releases.site import site
from portico.kernel.database import Connection, Row
from portico.kernel.forms import Blank, Chosen
from portico.kernel.inputs import Now
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Reading

NEW, WEEK = timedelta(days=1), timedelta(days=7)
MOST_FREEZES = 200
MaybeTime = Annotated[datetime | None, Blank, Query()]

board_pages = page_router()


@board_pages.get("/board", summary="What runs where")
async def show_board(
    request: Request, reading: Reading, _: PageReadAccess, now: Now, team: Chosen = None, at: MaybeTime = None
) -> Any:
    """Of a time that is past it shows what ran then, and nothing of what is going on now."""
    past = min(_utc(at), now) if at else None
    found = await reads.matrix(reading, at=past or now, team_id=team)
    unsettled, holding = ({}, []) if past else await _going_on(reading, now)
    now = past or now
    columns = [{**place, "freeze": _over_all(holding, place)} for place in found["environments"]]
    return site.page(
        request, "board.html", environments=columns, now=now, past=past, team=team, choices=await choices(reading),
        services=[{**line, "cells": _cells(line, columns, unsettled, holding, now)} for line in found["services"]],
    )  # fmt: skip


async def _going_on(connection: Connection, now: datetime) -> tuple[dict[Any, Row], list[Row]]:
    """What failed last or runs at this moment, by state and place; and the freezes that hold."""
    found = await reads.unsettled(connection)
    current = await freezes.freezes(connection, now=now, current=True, limit=MOST_FREEZES)
    return (
        {(row["state"], row["service_id"], row["environment_id"]): row for row in found},
        [freeze for freeze in current["items"] if freeze["is_active"]],
    )


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _cells(
    line: Row, columns: Sequence[Row], unsettled: Mapping[Any, Row], holding: Sequence[Row], now: datetime
) -> list[dict[str, Any]]:
    cells = []
    for place, cell in zip(columns, line["cells"], strict=True):
        failed, running = (unsettled.get((state, line["id"], place["id"])) for state in ("failed", "running"))
        frozen = None if place["freeze"] else _freeze_of(holding, line, place)
        age = _age(now - cell["since"]) if cell else "none" if not (failed or running) else ""
        cells.append({
            "runs": cell, "failed": failed, "running": running, "frozen": frozen,
            "look": "running" if running else "failed" if failed else age,
        })  # fmt: skip
    return cells


def _age(age: timedelta) -> str:
    return "new" if age < NEW else "week" if age < WEEK else "old"


def _over_all(holding: Sequence[Row], place: Row) -> Row | None:
    """A freeze of every service in an environment."""
    wide = [freeze for freeze in holding if not freeze["team_ids"] and not freeze["service_ids"]]
    return next((freeze for freeze in wide if _is_there(freeze, place)), None)


def _freeze_of(holding: Sequence[Row], service: Row, place: Row) -> Row | None:
    """A freeze of this service, or of its team."""
    for freeze in holding:
        is_of = service["id"] in freeze["service_ids"] or not freeze["service_ids"]
        is_of_team = service["team_id"] in freeze["team_ids"] or not freeze["team_ids"]
        if is_of and is_of_team and _is_there(freeze, place):
            return freeze
    return None


def _is_there(freeze: Row, place: Row) -> bool:
    ids, types = freeze["environment_ids"], freeze["environment_types"]
    return (not ids or place["id"] in ids) and (not types or place["type"] in types)
