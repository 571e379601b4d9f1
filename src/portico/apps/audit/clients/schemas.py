"""What goes in and out of the client routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from portico.apps.audit.fields import Currency
from portico.kernel.inputs import Body
from portico.kernel.listing import Listed

ClientName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Registration = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")]
"""ISO 3166-1, two letters; empty where it is not known."""


class ClientIn(Body):
    name: ClientName
    registration: Registration = ""
    country: Country = ""
    currency: Currency = "EUR"


class ClientPatch(Body):
    """What is absent stays as it is."""

    name: ClientName = ""
    registration: Registration = ""
    country: Country = ""
    currency: Currency = "EUR"


class ClientOut(BaseModel):
    id: int
    name: str
    registration: str
    country: str
    currency: str
    created_at: datetime


class ClientPage(Listed):
    items: list[ClientOut]
