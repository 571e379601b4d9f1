"""What the bodies and answers of several nouns have: people, money, currencies."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer, StringConstraints

from portico.kernel.inputs import NoBoolean

AS_NUMBER = PlainSerializer(float, return_type=float, when_used="json")
# 15 digits are what a JSON number keeps.
Money = Annotated[Decimal, Field(max_digits=15, decimal_places=2, allow_inf_nan=False), NoBoolean, AS_NUMBER]
"""Comes and goes as a JSON number with two decimals."""
Sum = Annotated[Decimal, AS_NUMBER]
"""Money that goes out: a sum is longer than what comes in may be."""
Amount = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2, allow_inf_nan=False), NoBoolean, AS_NUMBER]
"""Money that is more than nothing."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""

FinancialYear = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20, pattern=r"^(.*\d\d.*)?$")]
"""As the client writes it, such as 2025, 2024/25 or FY24; empty where it is not known."""


UNSEEN: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such engagement, or none that you may see."}
}
"""For the document, where not the path names it but the body or the query."""


class PersonOut(BaseModel):
    """Somebody, as all answers show them."""

    id: UUID
    name: str


class ActionOut(BaseModel):
    """An action of a table of states: where it leads, whether the caller may take it now, and else why not."""

    action: str
    target: str
    allowed: bool
    reasons: list[str]
