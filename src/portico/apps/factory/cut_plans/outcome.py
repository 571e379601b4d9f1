"""What came out of a cut plan."""

from decimal import Decimal
from typing import Any

from portico.apps.factory.cut_plans.solver import Plan


def summary(plan: Plan) -> dict[str, Any]:
    """What a plan is worth, in numbers that JSON knows. Yield and gap are in percent."""
    material = sum((bar.length for bar in plan.bars), Decimal(0))
    cut = sum((part.length for bar in plan.bars for part in bar.cuts), Decimal(0))
    kept = sum((bar.rest for bar in plan.bars if bar.is_kept), Decimal(0))
    return {
        "bars": len(plan.bars), "pieces": sum(len(bar.cuts) for bar in plan.bars),
        "material": float(material), "cut_length": float(cut), "remnants": float(kept),
        "waste": float(material - cut - kept), "bound": float(plan.bound),
        "yield_percent": float(round(100 * cut / material, 2)),
        "gap_percent": float(round(100 * (material / plan.bound - 1), 2)),
    }  # fmt: skip
