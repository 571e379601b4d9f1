"""What the items of a sample say of the population, beside what is tolerable. It compares; people conclude."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from portico.apps.audit.samples import attribute, monetary_unit
from portico.apps.audit.samples.monetary_unit import Finding

NOTE = "This compares two figures. What follows from it is for the auditor to conclude."
FORMULAS = {
    "binomial": "Clopper and Pearson: the rate at which k or fewer deviations among n are as likely as the risk",
    "hypergeometric": "the largest D / N at which k or fewer deviations among n of N are more likely than the risk",
    "stringer": "interval * (f(0) + sum((f(i) - f(i - 1)) * taint(i))), taints from the largest down, f: Poisson"
    " factors at the risk; what is known of the items of an interval or more is added",
}


def of_attributes(plan: Mapping[str, Any], deviations: int, items: int, population: int) -> dict[str, Any]:
    """The upper limit of the rate of deviations in the population. Where all of it was examined the rate is known."""
    risk, tolerable = _exact(plan["inputs"]["risk"]), _exact(plan["inputs"]["tolerable"])
    distribution = "hypergeometric" if items == population else plan["distribution"]
    finite = population if distribution == "hypergeometric" else None
    # Rounded up as it is shown; what is tolerable has fewer decimals, so that nothing changes sides.
    limit = Fraction(ceil(attribute.upper_limit(risk, items, deviations, finite) * attribute.STEPS), attribute.STEPS)
    rate = Fraction(deviations, items)
    is_within = limit <= tolerable
    return {
        "distribution": distribution,
        "formula": FORMULAS[distribution],
        "items": items,
        "deviations": deviations,
        "rate": _shown(rate),
        "upper_limit": _shown(limit),
        "allowance": _shown(limit - rate),
        "risk": float(risk),
        "tolerable": float(tolerable),
        "is_within_tolerable": is_within,
        "comparison": f"At a risk of {_percent(risk)} the rate of deviations is at most {_percent(limit)}, which is "
        f"{'not ' if is_within else ''}above the tolerable {_percent(tolerable)}. {NOTE}",
    }


def of_monetary_units(
    plan: Mapping[str, Any], findings: Sequence[Finding], population_value: Decimal
) -> dict[str, Any]:
    """The upper limits of overstatement and of understatement, each with what it is made of."""
    risk, tolerable = _exact(plan["inputs"]["risk"]), cents(plan["inputs"]["tolerable"])
    interval = cents(plan["interval"])
    certain = [each for each in findings if abs(each.recorded) >= interval]
    sampled = int(population_value * 100) - sum(abs(each.recorded) for each in certain)
    over = monetary_unit.bound(risk, interval, findings, sampled)
    under = monetary_unit.bound(risk, interval, monetary_unit.mirrored(findings), sampled)
    limit = max(over.upper, under.upper)
    is_within = limit <= tolerable
    return {
        "distribution": "poisson",
        "formula": FORMULAS["stringer"],
        "items": len(findings),
        "examined_for_certain": len(certain),
        "interval": _money(interval),
        "misstated": sum(1 for each in findings if each.misstatement),
        "overstatement": {name: _money(value) for name, value in over._asdict().items()},
        "understatement": {name: _money(value) for name, value in under._asdict().items()},
        "upper_limit": _money(limit),
        "risk": float(risk),
        "tolerable": _money(tolerable),
        "is_within_tolerable": is_within,
        "comparison": f"At a risk of {_percent(risk)} the misstatement is at most {limit / 100:,.2f}, which is "
        f"{'not ' if is_within else ''}above the tolerable {tolerable / 100:,.2f}. {NOTE}",
    }


def _exact(number: float) -> Fraction:
    """A number of a stored plan as it is written there."""
    return Fraction(str(number))


def cents(amount: float) -> int:
    return int(_exact(amount) * 100)


def _money(cents: int) -> float:
    return cents / 100


def _shown(rate: Fraction) -> float:
    return float(round(rate, 6))


def _percent(rate: Fraction) -> str:
    return f"{float(rate) * 100:.4f}".rstrip("0").rstrip(".") + " %"
