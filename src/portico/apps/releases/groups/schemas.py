"""What goes in and out of the group routes."""

from datetime import datetime

from pydantic import BaseModel

from portico.apps.releases.fields import MemberOut
from portico.kernel.inputs import Body, Name


class GroupIn(Body):
    name: Name


class GroupPatch(Body):
    """Some of a group, for PUT. What is absent stays as it is."""

    name: Name = ""


class GroupOut(BaseModel):
    id: int
    name: str
    members: list[MemberOut]
    created_at: datetime
