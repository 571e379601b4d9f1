"""What a sample's plan and its evaluation say, as a page shows it: rates of attributes, amounts of monetary units."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from portico.apps.audit.formats import count, money, words

PLAN = (
    "risk", "tolerable", "expected", "expected_deviations", "population_size", "population_value", "distribution",
    "confidence_factor", "interval", "formula",
)  # fmt: skip
EVALUATION = (
    "items", "examined_for_certain", "deviations", "rate", "allowance", "misstated", "interval", "upper_limit",
    "tolerable", "risk", "distribution", "formula",
)  # fmt: skip
MEASURES = ("tolerable", "expected", "rate", "allowance", "upper_limit")
"""Parts of the whole where attributes are counted, amounts where monetary units are."""
AMOUNTS = ("population_value", "interval")
BOUND = ("known", "projected", "basic", "allowance", "upper")

Facts = list[tuple[str, str]]


def planned(sample: Mapping[str, Any]) -> Facts:
    plan = sample["plan"]
    return _facts(PLAN, {**plan.get("inputs", {}), **plan}, sample["method"])


def evaluated(sample: Mapping[str, Any]) -> Facts:
    return _facts(EVALUATION, sample["evaluation"] or {}, sample["method"])


def bounds(sample: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the two limits of monetary units are made of. In each the parts add up to the upper one."""
    found = sample["evaluation"] or {}
    over, under = found.get("overstatement"), found.get("understatement")
    return [(part, money(over[part]), money(under[part])) for part in BOUND] if over and under else []


def _facts(names: Sequence[str], values: Mapping[str, Any], method: str) -> Facts:
    return [
        (words(name).capitalize(), _written(name, values[name], method))
        for name in names if values.get(name) is not None
    ]  # fmt: skip


def _written(name: str, value: Any, method: str) -> str:
    if name == "risk" or (name in MEASURES and method == "attribute"):
        return _rate(value)
    if name in MEASURES or name in AMOUNTS:
        return money(value)
    return count(value) if isinstance(value, int) else str(value)


def _rate(part: float) -> str:
    """With all its decimals: limits are rounded up, and fewer of them would round one down."""
    return f"{(Decimal(str(part)) * 100).normalize():f} %"
