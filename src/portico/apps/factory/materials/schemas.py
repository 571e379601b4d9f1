"""What goes in and out of the material routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from portico.kernel.inputs import Body, Name
from portico.kernel.listing import Listed

Label = Annotated[str, Field(max_length=200)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


class MaterialIn(Body):
    code: Name
    name: Label = ""
    unit: Unit = "pcs"


class MaterialPatch(Body):
    """Some of a material, for PUT. What is absent stays as it is; the code stays for ever."""

    name: Label = ""
    unit: Unit = "pcs"


class MaterialOut(BaseModel):
    id: int
    code: str
    name: str
    unit: str = Field(description="What its quantities are in: m, kg, pcs.")
    created_at: datetime
    deleted_at: datetime | None


class MaterialPage(Listed):
    items: list[MaterialOut]
