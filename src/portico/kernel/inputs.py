"""Kinds of input that several apps take: ids in paths, bodies and their usual fields, the time."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from portico.kernel.paging import BIGGEST_ID

LONGEST_ID = len(str(BIGGEST_ID))


def _digits(text: Any) -> Any:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("must be digits")  # `int` would take 1_0, +1 and 1.0 as well: an object has one address
    return text


Id = Annotated[int, Path(ge=0, le=BIGGEST_ID), BeforeValidator(_digits)]
"""An id as it stands in a path. One that no row can have is 404, not invalid input."""


def row_id(text: str) -> int | None:
    """The number of a row as a text from outside names it, or None for what no row can have.

    Told by its length first: `int` refuses thousands of digits with an error of its own.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID and int(text) <= BIGGEST_ID):
        return None
    return int(text)


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


NoBoolean = BeforeValidator(_no_boolean)
"""Stands last in the annotation of a number: before the limits it would hide them from the OpenAPI document.

Strings of digits are taken for numbers, as forms send them; `true` is not 1.
"""


class Body(BaseModel):
    """What comes in. Unknown fields are refused by their names."""

    model_config = ConfigDict(extra="forbid")


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Description = Annotated[str, Field(max_length=2000)]
Reference = Annotated[int, Field(ge=1, le=BIGGEST_ID, description="The id of another object."), NoBoolean]

Flag = Annotated[bool, Field(strict=True)]
"""True or false, and no number that could be meant for it."""


async def _now(request: Request) -> datetime:
    found: datetime = request.app.state.clock()
    return found


Now = Annotated[datetime, Depends(_now)]
"""The server's clock, which tests move. Who and when never come from a body."""
