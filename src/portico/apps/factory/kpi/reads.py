"""The figures as they are shown. A fixed number of statements, for one workstation or for all of them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from portico.apps.factory.kpi.formulas import FORMULAS, Elements, percent, total
from portico.apps.factory.kpi.losses import Loss, biggest, losses_of, planned_stops
from portico.apps.factory.kpi.statements import REPORTS, SCRAP, SHIFTS, STOPS
from portico.apps.factory.kpi.windows import Window
from portico.apps.factory.local_time import zone_of_company
from portico.kernel.database import Connection, Row, fetch_all
from portico.kernel.errors import NotFound

FACTORS = ("availability", "effectiveness", "quality", "oee")
TITLES = {
    "PBT": ("planned busy time", "min"),
    "APT": ("actual production time", "min"),
    "PRI x PQ": ("planned run time of what was produced", "min"),
    "PQ": ("produced quantity", "items"),
    "GQ": ("good quantity", "items"),
    "availability": ("availability", "ratio"),
    "effectiveness": ("effectiveness", "ratio"),
    "quality": ("quality", "ratio"),
}
INPUTS = {
    "availability": ("APT", "PBT"), "effectiveness": ("PRI x PQ", "APT"), "quality": ("GQ", "PQ"),
    "oee": ("availability", "effectiveness", "quality"),
}  # fmt: skip


class NothingToMeasure(NotFound):
    def __init__(self, workstation_id: int) -> None:
        super().__init__(f"There is no workstation {workstation_id}.")


@dataclass(frozen=True)
class Measured:
    window: Window
    stations: dict[int, tuple[str, Elements]]
    elements: Elements
    losses: list[Loss]
    planned: list[Loss]


async def oee(
    connection: Connection, workstation: int | None, start: datetime | None, end: datetime | None, *, now: datetime
) -> dict[str, Any]:
    """Of one workstation, or of all together and each. Raises `NothingToMeasure`, `InvalidInput`."""
    found = await _measure(connection, workstation, start, end, now=now)
    worst = biggest(found.losses)
    return {
        **_about(found, workstation),
        **{name: _figure(found.elements, name) for name in FACTORS},
        "elements": _shown(found.elements),
        "biggest_loss": _loss(worst, found.elements) if worst else None,
        "stations": [
            {"workstation_id": number, "workstation": name, **{each: getattr(one, each) for each in FACTORS}}
            for number, (name, one) in found.stations.items()
            if one.shifts or one.produced
        ],
        "notes": found.elements.notes,
    }


async def losses(
    connection: Connection, workstation: int | None, start: datetime | None, end: datetime | None, *, now: datetime
) -> dict[str, Any]:
    """The biggest first. Raises `NothingToMeasure`, `InvalidInput`."""
    found = await _measure(connection, workstation, start, end, now=now)
    worst = biggest(found.losses)
    return {
        **_about(found, workstation),
        "planned_busy_minutes": found.elements.pbt,
        "oee": found.elements.oee,
        "biggest_loss": _loss(worst, found.elements) if worst else None,
        "losses": [_loss(each, found.elements) for each in found.losses],
        "planned_stops": [_loss(each, found.elements) for each in found.planned],
        "notes": found.elements.notes,
    }


async def _measure(
    connection: Connection, workstation: int | None, start: datetime | None, end: datetime | None, *, now: datetime
) -> Measured:
    window = Window.of(start, end, zone=await zone_of_company(connection), now=now)
    params = window.params(workstation)
    shifts = await fetch_all(connection, SHIFTS, params)
    if workstation is not None and not shifts:
        raise NothingToMeasure(workstation)
    stops = await fetch_all(connection, STOPS, params)
    reports = {row["workstation_id"]: row for row in await fetch_all(connection, REPORTS, params)}
    scrap = await fetch_all(connection, SCRAP, params)
    stations = {
        row["workstation_id"]: (row["workstation"], _elements(row, stops, reports.get(row["workstation_id"], {})))
        for row in shifts
    }
    elements = total(each for _, each in stations.values())
    rework = sum(row["rework_minutes"] for row in reports.values())
    return Measured(window, stations, elements, losses_of(elements, stops, scrap, rework), planned_stops(stops))


def _elements(shift: Row, stops: list[Row], report: Row) -> Elements:
    lost = {True: 0.0, False: 0.0}
    for stop in stops:
        if stop["workstation_id"] == shift["workstation_id"]:
            lost[stop["is_planned"]] += stop["minutes"]
    counts = {name: report[name] for name in ("good", "scrap", "rework", "standard") if name in report}
    return Elements(shifts=shift["minutes"], planned_stops=lost[True], unplanned_stops=lost[False], **counts)


def _about(found: Measured, workstation: int | None) -> dict[str, Any]:
    name = found.stations[workstation][0] if workstation is not None else None
    window = found.window
    return {
        "workstation_id": workstation, "workstation": name,
        "from": window.start, "to": window.end, "measured_until": window.until,
    }  # fmt: skip


def _figure(elements: Elements, name: str) -> dict[str, Any]:
    values = {
        "PBT": elements.pbt, "APT": elements.apt, "PRI x PQ": elements.standard, "PQ": elements.produced,
        "GQ": elements.good, "availability": elements.availability, "effectiveness": elements.effectiveness,
        "quality": elements.quality,
    }  # fmt: skip
    value = getattr(elements, name)
    return {
        "value": value,
        "percent": percent(value),
        "formula": FORMULAS[name],
        "inputs": [
            {"symbol": each, "title": TITLES[each][0], "unit": TITLES[each][1], "value": values[each]}
            for each in INPUTS[name]
        ],
    }


def _shown(elements: Elements) -> dict[str, Any]:
    return {
        "shift_minutes": elements.shifts,
        "planned_stop_minutes": elements.planned_stops,
        "planned_busy_minutes": elements.pbt,
        "unplanned_stop_minutes": elements.unplanned_stops,
        "actual_production_minutes": elements.apt,
        "standard_minutes": elements.standard,
        "produced": elements.produced,
        "good": elements.good,
        "scrap": elements.scrap,
        "rework": elements.rework,
    }


def _loss(loss: Loss, elements: Elements) -> dict[str, Any]:
    return {**asdict(loss), "share": loss.minutes / elements.pbt if elements.pbt > 0 else None}
