"""What goes out of the search route."""

from typing import Literal

from pydantic import BaseModel, Field

from portico.kernel.search import MARKED


class DocumentOut(BaseModel):
    evidence_id: int
    number: int = Field(description="Of the evidence, in its engagement.")
    title: str
    version_id: int
    version: int
    name: str = Field(description="Of the file.")
    state: Literal["received", "sealed", "superseded"]


class HitOut(BaseModel):
    engagement_id: int
    document: DocumentOut
    chunk_id: int
    page: int
    score: float = Field(description="The sum of 1 / (60 + place) over the arms that found it.")
    arms: list[Literal["lexical", "semantic"]]
    sha256: str = Field(description="Of the document's bytes, at receipt.")
    snippet: str = Field(description=f"What stands around the words. {MARKED}")


class HitsOut(BaseModel):
    """The best hits, the best first."""

    items: list[HitOut]
    mode: Literal["hybrid", "lexical", "semantic"] = Field(description="What was asked for.")
    used: Literal["hybrid", "lexical", "semantic"] = Field(description="What was done.")
    why: str | None = Field(description="Why `used` is not `mode`.")
