"""What the tests of a ledger compare with, as an engagement's `settings` have it. Each has a default."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from portico.apps.audit.fields import AS_NUMBER, Amount
from portico.kernel.inputs import NoBoolean

Weekday = Annotated[int, Field(ge=1, le=7), NoBoolean]
Days = Annotated[int, Field(ge=0, le=366), NoBoolean]
Count = Annotated[int, Field(ge=1, le=1000), NoBoolean]
Percent = Annotated[Decimal, Field(gt=0, le=50, decimal_places=2), NoBoolean, AS_NUMBER]


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    holidays: Annotated[tuple[date, ...], Field(max_length=200)] = ()
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=7, description="1 is Monday, 7 Sunday.")] = (6, 7)
    limits: Annotated[
        tuple[Amount, ...], Field(max_length=20, description="From these amounts on somebody else has to approve.")
    ] = ()
    below_limit_percent: Annotated[Percent, Field(description="How far below a limit is just below it.")] = Decimal(5)
    rare_account_lines: Annotated[Count, Field(description="An account with at most so many lines is rare.")] = 3
    rare_pair_entries: Annotated[
        Count, Field(description="A pair of accounts in at most so many entries is unusual.")
    ] = 1
    round_step: Annotated[Amount, Field(description="A multiple of this is a round amount.")] = Decimal(1000)
    backdated_days: Annotated[Days, Field(description="Entered more than so many days after its date: backdated.")] = 30
    reversal_days: Annotated[Days, Field(description="Within so many days the opposite entry is a reversal.")] = 31
    duplicate_days: Annotated[
        Days, Field(description="Within so many days the same entry without a reference is a duplicate.")
    ] = 7
    description_letters: Annotated[Count, Field(description="A text with fewer characters describes nothing.")] = 3


def of(settings: Mapping[str, Any]) -> Parameters:
    """An engagement's parameters, with the defaults where it has none of its own."""
    return Parameters.model_validate(settings)
