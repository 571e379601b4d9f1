"""What goes out of the search route."""

from pydantic import BaseModel, Field

from portico.apps.items.schemas import ItemOut
from portico.kernel.search import MARKED


class Highlights(BaseModel):
    name: str = Field(description=MARKED)
    description: str | None = Field(description=MARKED)


class FoundItem(ItemOut):
    rank: float = Field(description="The higher, the better; it means nothing from one query to another.")
    highlights: Highlights


class FoundItems(BaseModel):
    """Some of the items that match, the best first, and how the list goes on."""

    items: list[FoundItem]
    total: int = Field(description="How many items match, on all pages.")
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")
