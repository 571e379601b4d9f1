"""What goes out of the routes of the figures."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NO_DATA = "Null where there is no data, which is not 0."


class About(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    workstation_id: int | None = Field(description="Null: all workstations together.")
    workstation: str | None
    start: datetime = Field(alias="from", description="The first moment in the window.")
    to: datetime = Field(description="The first moment after it.")
    measured_until: datetime = Field(description="What of the window is still to come is not in the figures.")
    notes: list[str] = Field(description="What to know before one trusts the figures.")


class InputOut(BaseModel):
    symbol: str = Field(description="As in the formula.")
    title: str = Field(description="The term of ISO 22400-2.")
    unit: Literal["min", "items", "ratio"]
    value: float | None


class FigureOut(BaseModel):
    value: float | None = Field(description=f"A ratio; above 1 it is not capped. {NO_DATA}")
    percent: float | None
    formula: str
    inputs: list[InputOut]


class ElementsOut(BaseModel):
    shift_minutes: float
    planned_stop_minutes: float
    planned_busy_minutes: float = Field(description="PBT: the shifts without the planned stops.")
    unplanned_stop_minutes: float
    actual_production_minutes: float = Field(description="APT: PBT without the other stops.")
    standard_minutes: float = Field(description="PRI x PQ: the sum over the operations.")
    produced: int
    good: int
    scrap: int
    rework: int


class LossOut(BaseModel):
    kind: Literal["downtime", "speed", "scrap", "rework", "planned"]
    reason: str
    minutes: float = Field(description="For scrap and rework the standard time of what was made in vain.")
    count: int | None = Field(description="Stops, or items.")
    share: float | None = Field(description="Of the planned busy time.")


class StationOut(BaseModel):
    workstation_id: int
    workstation: str
    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None


class OeeOut(About):
    oee: FigureOut
    availability: FigureOut
    effectiveness: FigureOut
    quality: FigureOut
    elements: ElementsOut
    biggest_loss: LossOut | None
    stations: list[StationOut] = Field(description="Those with shifts or reports in the window.")


class LossesOut(About):
    planned_busy_minutes: float
    oee: float | None = Field(description=NO_DATA)
    biggest_loss: LossOut | None
    losses: list[LossOut] = Field(description="The biggest first.")
    planned_stops: list[LossOut] = Field(description="What left the planned busy time.")
