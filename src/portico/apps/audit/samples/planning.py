"""What a sample is for, and how large it has to be: the two methods behind one question."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from portico.apps.audit.samples import attribute, monetary_unit
from portico.kernel.errors import InvalidInput

LARGEST = attribute.LARGEST
FORMULAS = {
    "binomial": "the smallest n with sum(i = 0..k) C(n, i) p^i (1 - p)^(n - i) <= risk; p: tolerable, k: n * expected,"
    " rounded up",
    "hypergeometric": "the smallest n with sum(i = 0..k) C(D, i) C(N - D, n - i) / C(N, n) <= risk; D: N * tolerable,"
    " k: n * expected, both rounded up",
    "poisson": "n = value * f / tolerable, rounded up; f: the smallest mean with Q(1 + f * expected / tolerable, f) <="
    " risk, Q the regularised upper incomplete gamma function; interval: tolerable / f, rounded down, and not"
    " above the value",
}


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is planned for. Rates are parts of one; the amounts of a monetary-unit sample are money."""

    method: str
    risk: Decimal
    tolerable: Decimal
    expected: Decimal
    distribution: str
    population_size: int | None = None
    population_value: Decimal | None = None


class TooManyItems(InvalidInput):
    """More than anybody examines by hand: the tolerable is too small, or the expected too near to it."""

    def __init__(self) -> None:
        super().__init__(details={"tolerable": f"takes more than {LARGEST} items"})


def planned(aim: Aim) -> dict[str, Any]:
    """The size with its formula and inputs, as it is stored and shown. Raises `InvalidInput`."""
    if aim.expected >= aim.tolerable:
        raise InvalidInput(details={"expected": "must be below what is tolerable"})
    return _of_attributes(aim) if aim.method == "attribute" else _of_monetary_units(aim)


def _of_attributes(aim: Aim) -> dict[str, Any]:
    if aim.tolerable >= 1:
        raise InvalidInput(details={"tolerable": "is a rate below 1, such as 0.05"})
    population = aim.population_size if aim.distribution == "hypergeometric" else None
    found = attribute.size(Fraction(aim.risk), Fraction(aim.tolerable), Fraction(aim.expected), population)
    if found is None:
        raise TooManyItems
    size = found.items if aim.population_size is None else min(found.items, aim.population_size)
    inputs = {"population_size": aim.population_size}
    return {"size": size, "expected_deviations": found.deviations, **_shown(aim, aim.distribution, inputs)}


def _of_monetary_units(aim: Aim) -> dict[str, Any]:
    if not aim.population_value:
        raise InvalidInput(details={"population_value": "is required, and above nothing"})
    tolerable, expected, value = (_cents(each) for each in (aim.tolerable, aim.expected, aim.population_value))
    found = monetary_unit.plan(Fraction(aim.risk), tolerable, expected, value)
    if found is None:
        raise TooManyItems
    own = {
        "size": found.items,
        "interval": found.interval / 100,
        "confidence_factor": float(round(found.factor, 6)),
    }
    return own | _shown(aim, "poisson", {"population_value": float(aim.population_value)})


def _shown(aim: Aim, distribution: str, inputs: dict[str, Any]) -> dict[str, Any]:
    common = {"risk": float(aim.risk), "tolerable": float(aim.tolerable), "expected": float(aim.expected)}
    return {
        "method": aim.method,
        "distribution": distribution,
        "formula": FORMULAS[distribution],
        "inputs": {**common, **inputs},
    }


def _cents(amount: Decimal) -> int:
    return int(amount * 100)
