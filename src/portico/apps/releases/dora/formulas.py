"""The five metrics as texts and as arithmetic on what the statements have counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portico.apps.releases.dora import statements
from portico.apps.releases.dora.windows import Window

Counts = Mapping[str, Any]
"""A row of `statements.DEPLOYMENTS` and one of `statements.CHANGES`; empty where nothing happened."""


@dataclass(frozen=True)
class Metric:
    """`value` answers None where there is nothing that it could be the value of, which is not 0."""

    name: str
    title: str
    unit: str
    formula: str
    value: Callable[[Counts], float | None]
    numerator: Callable[[Counts], int | None]
    denominator: Callable[[Counts, Window], int]
    excluded: Mapping[str, str]
    """From the reason to the column that counts it."""

    def of(self, counts: Counts, window: Window) -> dict[str, Any]:
        return {
            "value": self.value(counts),
            "numerator": self.numerator(counts),
            "denominator": self.denominator(counts, window),
        }

    def left_out(self, counts: Counts) -> list[dict[str, Any]]:
        found = {reason: counts.get(column, 0) for reason, column in self.excluded.items()}
        return [{"reason": reason, "count": count} for reason, count in found.items() if count]


def _percent(column: str) -> Callable[[Counts], float | None]:
    def value(counts: Counts) -> float | None:
        every = counts.get("deployments", 0)
        return round(100 * counts[column] / every, 1) if every else None

    return value


def _seconds(column: str) -> Callable[[Counts], float | None]:
    def value(counts: Counts) -> float | None:
        found = counts.get(column)
        return None if found is None else round(found, 3)

    return value


def _count(column: str) -> Callable[[Counts], int]:
    return lambda counts: counts.get(column, 0)


def _rows(column: str) -> Callable[[Counts, Window], int]:
    return lambda counts, _: counts.get(column, 0)


NEVER_RAN = {f"{state}, so it never ran": state for state in ("cancelled", "rejected", "expired")}

METRICS = (
    Metric(
        "change_lead_time", "Change lead time", "seconds",
        "median over changes of (first successful production deployment of a release that contains the change"
        " - commit), of the changes that came into production in the window",
        _seconds("lead_time"), lambda _: None, _rows("changes"),
        {
            statements.NO_COMMIT_TIME: "no_commit_time", statements.IMPORTED: "imported",
            statements.RAN_BEFORE: "ran_before", statements.COMMITTED_LATER: "committed_later",
        },
    ),
    Metric(
        "deployment_frequency", "Deployment frequency", "days",
        "days (UTC) of the window on which a production deployment succeeded; `count` is how many did",
        lambda counts: counts["days"] if counts.get("deployments") else None,
        _count("days"), lambda _, window: window.days,
        {"it failed": "failed", **NEVER_RAN},
    ),
    Metric(
        "failed_deployment_recovery_time", "Failed deployment recovery time", "seconds",
        "median of (restored - end of the deployment) over production deployments that needed immediate intervention"
        " and ended in the window",
        _seconds("recovery"), lambda _: None, _rows("recovered"),
        {statements.NOT_RESTORED: "unrestored", statements.RESTORED_BEFORE: "restored_before"},
    ),
    Metric(
        "change_fail_rate", "Change fail rate", "percent",
        "100 * production deployments that needed immediate intervention / production deployments that ran,"
        " of those that ended in the window",
        _percent("needed"), _count("needed"), _rows("deployments"), NEVER_RAN,
    ),
    Metric(
        "deployment_rework_rate", "Deployment rework rate", "percent",
        "100 * production deployments made because of an incident / production deployments that ran,"
        " of those that ended in the window",
        _percent("unplanned"), _count("unplanned"), _rows("deployments"), NEVER_RAN,
    ),
)  # fmt: skip
