"""What goes in and out of the category routes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from portico.apps.store.products.schemas import Ignored

Name = Annotated[str, Field(min_length=1, max_length=200)]


class CategoryIn(BaseModel):
    """A whole category, for POST and PUT."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    name: Name


class CategoryPatch(BaseModel):
    """Some of a category, for PATCH."""

    model_config = ConfigDict(extra="forbid")

    id: Ignored = None
    name: Name = ""


class CategoryOut(BaseModel):
    id: int
    name: str
