"""What goes out of the routes of the workflow log."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class EventOut(BaseModel):
    id: int
    at: datetime
    kind: str
    user_id: int
    user: str = Field(description="As the user was called then.")
    workstation_id: int | None
    workstation: str | None
    project_id: int | None
    component_id: int | None
    assembly_id: int | None
    piece_id: int | None
    piece: str | None = Field(description="Its barcode.")
    lot_id: int | None
    work_order_id: int | None
    operation_id: int | None
    details: dict[str, Any]


class EventPage(BaseModel):
    """Lines of the log, the newest first. It grows for ever, so nobody counts it here: the statistics do, by period."""

    items: list[EventOut]
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


class OfKind(BaseModel):
    kind: str
    count: int


class OfStation(BaseModel):
    workstation_id: int | None = Field(description="Null: at none.")
    workstation: str | None
    count: int


class OfUser(BaseModel):
    user_id: int
    user: str
    count: int


class Bucket(BaseModel):
    """An hour or a day. Each piece counts once in it for each of these."""

    start: datetime = Field(description="In the time zone of the company.")
    count: int = Field(description="Lines of the log.")
    cut: int
    completed: int
    scrapped: int
    shipped: int


class StatisticsOut(BaseModel):
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    time_zone: str
    by: Literal["hour", "day"]
    total: int
    by_kind: list[OfKind]
    by_workstation: list[OfStation]
    by_user: list[OfUser]
    over_time: list[Bucket] = Field(description="Without those in which nothing happened.")
