"""Fields that the bodies of several nouns have."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from portico.kernel.inputs import NoBoolean
from portico.kernel.paging import BIGGEST_ID


class Body(BaseModel):
    """What comes in. Unknown fields are refused by their names."""

    model_config = ConfigDict(extra="forbid")


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Description = Annotated[str, Field(max_length=2000)]
Reference = Annotated[int, Field(ge=1, le=BIGGEST_ID, description="The id of another object."), NoBoolean]

Flag = Annotated[bool, Field(strict=True)]
"""True or false, and no number that could be meant for it."""


class MemberOut(BaseModel):
    id: int
    username: str
    full_name: str
