"""What goes in and out of the lifecycle routes."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, model_validator

from portico.kernel.inputs import Body, Flag, Name, NoBoolean, Reference

A_YEAR = 366 * 24 * 60


class PhaseIn(Body):
    """A step. `minimum_environments` of its environments have run a release for `soak_minutes`, without a defect."""

    name: Name
    environment_ids: Annotated[list[Reference], Field(min_length=1, max_length=50)]
    minimum_environments: Annotated[int, Field(ge=1, le=50), NoBoolean] = 1
    is_optional: Flag = Field(default=False, description="Releases may go past it.")
    soak_minutes: Annotated[int, Field(ge=0, le=A_YEAR), NoBoolean] = 0

    @model_validator(mode="after")
    def _has_as_many(self) -> "PhaseIn":
        if self.minimum_environments > len(self.environment_ids):
            raise ValueError("minimum_environments is more than the phase has")
        return self


def _one_phase_each(phases: list[PhaseIn]) -> list[PhaseIn]:
    """An environment has one place on the way: else there would be two answers to what comes before it."""
    counted = Counter(environment_id for phase in phases for environment_id in phase.environment_ids)
    twice = [environment_id for environment_id, count in counted.items() if count > 1]
    if twice:
        raise ValueError(f"environment {twice[0]} stands in it twice")
    return phases


Phases = Annotated[
    list[PhaseIn], Field(min_length=1, max_length=20, description="In their order."), AfterValidator(_one_phase_each)
]


class LifecycleIn(Body):
    name: Name
    phases: Phases


class LifecyclePatch(Body):
    """Some of a lifecycle, for PUT. What is absent stays as it is; phases are replaced all together."""

    name: Name = ""
    phases: Phases = Field(default_factory=list)


class PhaseOut(BaseModel):
    position: int
    name: str
    environment_ids: list[int]
    minimum_environments: int
    is_optional: bool
    soak_minutes: int


class LifecycleOut(BaseModel):
    id: int
    name: str
    phases: list[PhaseOut]
    created_at: datetime
