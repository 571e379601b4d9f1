"""What goes in and out of the additions to an archived engagement."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from portico.apps.audit.fields import PersonOut
from portico.kernel.inputs import Body
from portico.kernel.listing import Listed

Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class AdditionIn(Body):
    text: Prose
    reason: Prose


class AdditionOut(BaseModel):
    id: int
    at: datetime
    by: PersonOut
    text: str
    reason: str


class AdditionPage(Listed):
    items: list[AdditionOut]
