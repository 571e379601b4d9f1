"""What goes out of the routes of the metrics."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MetricName = Literal[
    "change_lead_time", "deployment_frequency", "failed_deployment_recovery_time", "change_fail_rate",
    "deployment_rework_rate",
]  # fmt: skip


class Period(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    start: datetime = Field(alias="from", description="The first moment in it.")
    to: datetime = Field(description="The first moment after it.")


class WindowOut(Period):
    days: int = Field(description="How many days of the calendar it touches.")
    time_zone: str
    bucket: Literal["week", "month"]


class Excluded(BaseModel):
    reason: str
    count: int


class Bucket(Period):
    value: float | None = Field(description="Null where nothing happened, which is not 0.")
    numerator: int | None
    denominator: int


class MetricOut(BaseModel):
    name: MetricName
    title: str
    unit: Literal["seconds", "days", "percent"]
    formula: str
    value: float | None = Field(description="Null where there is nothing to say, which is not 0.")
    numerator: int | None = Field(description="Null for a median.")
    denominator: int = Field(description="For a median how many rows it is of; for the frequency days of the window.")
    count: int | None = Field(description="Of the deployment frequency: how many deployments succeeded.")
    excluded: list[Excluded] = Field(description="Rows that are not in the number, and why.")
    trend: list[Bucket]


class DoraOut(BaseModel):
    window: WindowOut
    service: int | None
    team: int | None
    metrics: list[MetricOut]


class DoraRow(BaseModel):
    """A change, for the lead time; else a deployment."""

    at: datetime = Field(description="When it ran, or ended: what the window goes by.")
    service_id: int
    service: str
    environment_id: int
    environment: str
    deployment_id: int
    release_id: int
    version: str
    state: str
    is_counted: bool = Field(description="Whether it is in the numerator, or in the median.")
    excluded: str | None = Field(description="Why it is in neither part of the number.")
    seconds: float | None
    why: str | None
    sha: str | None
    subject: str | None
    committed_at: datetime | None
    restored_at: datetime | None
    incidents: list[int] = Field(description="Those attributed to the deployment that needed intervention.")
    incident_id: int | None = Field(description="The one because of which the deployment was made.")


class DoraRows(BaseModel):
    items: list[DoraRow]
    next_cursor: str | None
