"""What goes in and out of the routes that sign in and out."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from portico.apps.factory.users.schemas import Role
from portico.identity.public import TokensOut
from portico.kernel.inputs import Body


class QrIn(Body):
    """What a badge and a workstation's own code say, and the PIN that goes with the badge."""

    user_guid: UUID
    workstation_guid: UUID
    pin: Annotated[str, Field(pattern="^[0-9]{6}$", description="Six digits.")]


class SignedInOut(TokensOut):
    role: Role


class AtStationOut(BaseModel):
    """There is no refresh token: the session ends with the shift."""

    access_token: str
    role: Role
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not a token
    expires_in: int = Field(description="Seconds until the shift of this sign-in ends.")


class MeOut(BaseModel):
    id: int
    email: str
    full_name: str
    role: Role = Field(description="What this session may; at a workstation everyone is an operator.")
    company_id: UUID
    company_name: str
    workstation_id: int | None = Field(description="Where one has signed in by badge.")
