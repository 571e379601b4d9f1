"""What goes in and out of the freeze routes."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from portico.kernel.inputs import Body, Name, NoBoolean, Reference
from portico.kernel.listing import Listed

LONGEST_MINUTES = 31 * 24 * 60
EMPTY: Any = Field(default_factory=list)


def _in_reach(value: datetime) -> datetime:
    if not 2000 <= value.astimezone(UTC).year < 2200:
        raise ValueError("must be between the years 2000 and 2200")
    return value


def _once_each(values: list[Any]) -> list[Any]:
    return sorted(set(values))


Time = Annotated[AwareDatetime, AfterValidator(_in_reach)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
References = Annotated[
    list[Reference], Field(max_length=200, description="Empty: all of them."), AfterValidator(_once_each)
]
Types = Annotated[
    list[Literal["dev", "test", "staging", "production"]], Field(max_length=10, description="Empty: all of them."),
    AfterValidator(_once_each),
]  # fmt: skip
RuleText = Annotated[
    str,
    Field(min_length=1, max_length=300, examples=["FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=0"],
          description="An RRULE of RFC 5545, daily at the most often, without COUNT and UNTIL."),
]  # fmt: skip
Minutes = Annotated[
    int, Field(ge=1, le=LONGEST_MINUTES, description="By the wall clock; for a recurrence only."), NoBoolean
]  # fmt: skip
Zone = Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Sofia"])]


class FreezeIn(Body):
    name: Name
    reason: Reason
    environment_ids: References = EMPTY
    environment_types: Types = EMPTY
    team_ids: References = EMPTY
    service_ids: References = EMPTY
    starts_at: Time
    ends_at: Time | None = None
    recurrence: RuleText | None = None
    duration_minutes: Minutes | None = None
    time_zone: Zone = "UTC"
    override_group_id: Reference | None = None


class FreezePatch(Body):
    """Some of a freeze, for PUT. What is absent stays as it is."""

    name: Name = ""
    reason: Reason = ""
    environment_ids: References = EMPTY
    environment_types: Types = EMPTY
    team_ids: References = EMPTY
    service_ids: References = EMPTY
    starts_at: Time = datetime(2000, 1, 1, tzinfo=UTC)
    ends_at: Time | None = None
    recurrence: RuleText | None = None
    duration_minutes: Minutes | None = None
    time_zone: Zone = "UTC"
    override_group_id: Reference | None = None


class FreezeOut(BaseModel):
    id: int
    name: str
    reason: str
    environment_ids: list[int]
    environment_types: list[str]
    team_ids: list[int]
    service_ids: list[int]
    starts_at: datetime
    ends_at: datetime | None
    recurrence: str | None
    duration_minutes: int | None
    time_zone: str
    override_group_id: int | None
    created_by: str | None
    created_at: datetime
    ended_at: datetime | None = Field(description="When somebody ended it for good.")


class FreezeLine(FreezeOut):
    """What changes by itself stands in lists only: the tag of one freeze is the count of its edits."""

    is_active: bool = Field(description="Whether it holds now.")
    until: datetime | None = Field(description="Until when it holds, where it holds now.")


class FreezePage(Listed):
    items: list[FreezeLine]


class OccurrenceOut(BaseModel):
    start: datetime
    end: datetime


class OverrideIn(Body):
    deployment_id: Reference
    reason: Reason


class OverrideOut(BaseModel):
    id: int
    freeze_id: int
    deployment_id: int
    by_name: str
    reason: str
    created_at: datetime
