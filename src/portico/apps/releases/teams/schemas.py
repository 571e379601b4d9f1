"""What goes in and out of the team routes."""

from datetime import datetime

from pydantic import BaseModel

from portico.apps.releases.fields import MemberOut
from portico.kernel.inputs import Body, Description, Name


class TeamIn(Body):
    name: Name
    description: Description = ""


class TeamPatch(Body):
    """Some of a team, for PUT. What is absent stays as it is."""

    name: Name = ""
    description: Description = ""


class TeamOut(BaseModel):
    id: int
    name: str
    description: str
    members: list[MemberOut]
    created_at: datetime
