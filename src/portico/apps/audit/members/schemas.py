"""What goes in and out of the member routes."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from portico.kernel.inputs import Body, Flag

MemberRole = Literal["lead", "auditor", "reviewer", "auditee"]


class MemberIn(Body):
    role: MemberRole
    may_accept_risk: Flag = False


class MemberOut(BaseModel):
    id: UUID
    name: str
    email: str
    role: MemberRole
    may_accept_risk: bool = Field(description="Named to accept that something found is not remediated.")
