"""What goes in and out of the scrap reason routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Flag, Name

Label = Annotated[str, Field(max_length=200)]


class ScrapReasonIn(Body):
    code: Name
    name: Label = ""
    is_active: Flag = True


class ScrapReasonPatch(Body):
    """Some of a reason, for PUT. What is absent stays as it is; the code stays for ever."""

    name: Label = ""
    is_active: Flag = True


class ScrapReasonOut(BaseModel):
    id: int
    code: str
    name: str
    is_active: bool = Field(description="Whether reports may still give it.")
    created_at: datetime
