"""What goes in and out of the environment routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from portico.kernel.inputs import Body, Flag, Name, NoBoolean

Type = Literal["dev", "test", "staging", "production"]
Rank = Annotated[int, Field(ge=0, le=1_000_000, description="Lists are in this order, the lowest first."), NoBoolean]


def _once_each(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("name each gate once")
    return names


Gates = Annotated[list[Name], Field(max_length=20), AfterValidator(_once_each)]


class EnvironmentIn(Body):
    """Production is protected, and says so where nothing is said."""

    name: Name
    type: Type
    rank: Rank
    is_protected: Flag | None = None
    required_gates: Gates = Field(default_factory=list)

    @model_validator(mode="after")
    def _production_is_protected(self) -> "EnvironmentIn":
        if self.type == "production" and self.is_protected is False:
            raise ValueError("production is always protected")
        return self


class EnvironmentPatch(Body):
    """Some of an environment, for PUT. What is absent stays as it is."""

    name: Name = ""
    type: Type = "dev"
    rank: Rank = 0
    is_protected: Flag = True
    required_gates: Gates = Field(default_factory=list)


class EnvironmentOut(BaseModel):
    id: int
    name: str
    type: Type
    rank: int
    is_protected: bool = Field(description="Nothing starts here that no approval rule has let through.")
    required_gates: list[str] = Field(description="The gates that a release must have passed.")
    created_at: datetime
