"""What goes out of the search route."""

from typing import Literal

from pydantic import BaseModel, Field

from portico.kernel.listing import Listed
from portico.kernel.search import MARKED

Kind = Literal["runbook", "service", "release", "defect", "incident"]


class FoundOut(BaseModel):
    type: Kind
    id: int
    title: str
    highlight: str = Field(description=f"What stands around the words. {MARKED}")
    rank: float = Field(description="The higher, the better; it means nothing from one query to another.")


class FoundPage(Listed):
    """What was found, the best first."""

    items: list[FoundOut]
    totals: dict[Kind, int] = Field(description="How many of each type match.")
