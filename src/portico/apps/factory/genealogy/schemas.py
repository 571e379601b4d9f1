"""What goes out of the genealogy route."""

from pydantic import BaseModel, Field


class KinOut(BaseModel):
    depth: int = Field(description="By the shortest way; 0 is the lot itself.")
    lot_id: int
    code: str
    state: str
    material: str | None
    article: str | None
    unit: str
    on_hand: float
    via: list[int] = Field(
        description="The lots that link it: with `down` what it was made of, else what became of it."
    )


class KinPage(BaseModel):
    total: int = Field(description="How many there are, on all pages, with the lot itself.")
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")
    items: list[KinOut]
