"""What goes in and out of the authentication routes."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from portico.apps.audit.users.schemas import PersonName
from portico.identity.public import Email, Password
from portico.kernel.inputs import Body


class SignupIn(Body):
    email: Email
    password: Password
    first_name: PersonName
    last_name: PersonName


class PasswordIn(Body):
    password: Annotated[str, Field(max_length=1024, description="The one until now.")]
    new_password: Password


class AccountOut(BaseModel):
    id: UUID
    email: str


class SignupOut(BaseModel):
    message: str
    user: AccountOut


class SignedInOut(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not a token
    user: AccountOut
