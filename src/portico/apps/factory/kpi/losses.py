"""Where the planned time went: each loss in minutes, so that one can be held against another."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from portico.apps.factory.kpi.formulas import Elements
from portico.kernel.database import Row

SPEED = "Slower than the standard time, or nothing ran"
REWORK = "Sent to rework"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """`count` is how many stops, or items; None: nothing that can be counted."""

    kind: str
    reason: str
    minutes: float
    count: int | None = None


def losses_of(elements: Elements, stops: Iterable[Row], scrap: Iterable[Row], rework_minutes: float) -> list[Loss]:
    """All of them, the biggest first. Scrap and rework cost the standard time of what was made in vain.

    Together with the standard time of what was good they are the planned busy time.
    """
    found = _summed("downtime", (each for each in stops if not each["is_planned"]), "times")
    found += _summed("scrap", scrap, "quantity")
    if elements.rework:
        found.append(Loss(kind="rework", reason=REWORK, minutes=rework_minutes, count=elements.rework))
    if elements.speed_loss is not None:
        found.append(Loss(kind="speed", reason=SPEED, minutes=elements.speed_loss))
    return sorted(found, key=lambda each: (-each.minutes, each.kind, each.reason))


def planned_stops(stops: Iterable[Row]) -> list[Loss]:
    """What left the planned busy time: no loss, and worth seeing."""
    found = _summed("planned", (each for each in stops if each["is_planned"]), "times")
    return sorted(found, key=lambda each: (-each.minutes, each.reason))


def biggest(losses: Iterable[Loss]) -> Loss | None:
    """The first that is one: a speed above the standard is no loss."""
    return next((each for each in losses if each.minutes > 0), None)


def _summed(kind: str, rows: Iterable[Row], counted: str) -> list[Loss]:
    """By reason, over all workstations."""
    minutes, counts = defaultdict[str, float](float), defaultdict[str, int](int)
    for row in rows:
        minutes[row["reason"]] += row["minutes"]
        counts[row["reason"]] += row[counted]
    return [
        Loss(kind=kind, reason=reason, minutes=minutes[reason], count=count)
        for reason, count in counts.items()
        if count  # what was taken back leaves nothing
    ]
