"""How much of a material: up to three decimals, numbers outside and exact inside."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from portico.kernel.inputs import NoBoolean


def _some(value: Decimal) -> Decimal:
    if not value:
        raise ValueError("must not be 0")
    return value


LARGEST = 10_000_000
Quantity = Annotated[Decimal, Field(gt=0, le=LARGEST, decimal_places=3), NoBoolean]
Difference = Annotated[Decimal, Field(ge=-LARGEST, le=LARGEST, decimal_places=3), AfterValidator(_some), NoBoolean]
