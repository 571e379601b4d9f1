"""The process that solves one cut plan: the question comes in on stdin, the plan goes out on stdout, both as JSON.

Run as `python -m portico.apps.factory.cut_plans.process`. It imports little, since it is started for each plan.
"""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.solver import Bar, Plan, solve

NICENESS = 10
MOST_MEMORY = 1024 * 1024 * 1024


def asked(stock: Sequence[Stock], parts: Sequence[Part], *, seconds: float, **lengths: Decimal) -> bytes:
    question = {
        "stock": [[str(each.length), each.quantity] for each in stock],
        "parts": [[each.key, str(each.length)] for each in parts],
        "lengths": {name: str(length) for name, length in lengths.items()},
        "seconds": seconds,
    }
    return json.dumps(question).encode()


def answered(answer: bytes, parts: Sequence[Part]) -> Plan:
    told = json.loads(answer)
    by_key = {part.key: part for part in parts}
    bars = tuple(
        Bar(bar["stock"], Decimal(bar["length"]), tuple(by_key[key] for key in bar["cuts"]), Decimal(bar["rest"]),
            bar["is_kept"])
        for bar in told["bars"]
    )  # fmt: skip
    return Plan(bars, tuple(by_key[key] for key in told["left_over"]), Decimal(told["bound"]))


def _solved(question: dict[str, Any]) -> dict[str, Any]:
    plan = solve(
        [Stock(Decimal(length), quantity) for length, quantity in question["stock"]],
        [Part(key, Decimal(length)) for key, length in question["parts"]],
        **{name: Decimal(length) for name, length in question["lengths"].items()},
        seconds=question["seconds"],
    )
    bars = [
        {
            "stock": bar.stock, "length": str(bar.length), "cuts": [part.key for part in bar.cuts],
            "rest": str(bar.rest), "is_kept": bar.is_kept,
        }
        for bar in plan.bars
    ]  # fmt: skip
    return {"bars": bars, "left_over": [part.key for part in plan.left_over], "bound": str(plan.bound)}


def _stand_back() -> None:
    """Whoever waits for the server comes first, and memory has an end. Not every system knows of these."""
    with suppress(AttributeError, OSError):
        os.nice(NICENESS)
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - see above

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    _stand_back()
    json.dump(_solved(json.load(sys.stdin)), sys.stdout)
