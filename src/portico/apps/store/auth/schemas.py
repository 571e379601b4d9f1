"""What goes in and out of the authentication routes."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from portico.apps.store.users.schemas import PersonName
from portico.identity.public import Email, Password, TokenPair, Username

Token = Annotated[str, Field(max_length=4096)]


class RegisterIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Username
    email: Email
    password: Password
    first_name: PersonName = ""
    last_name: PersonName = ""


class RegisterOut(BaseModel):
    id: int
    username: str
    email: str


class LoginIn(BaseModel):
    """Name and password. `username` takes an e-mail address as well."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=1024)]


class RefreshIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refresh: Token


class TokensOut(BaseModel):
    """The tokens, each under the two names that clients look for."""

    access: str
    refresh: str
    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 - a kind of token, not a token
    expires_in: int = Field(description="Seconds until the access token expires.")

    @classmethod
    def of(cls, pair: TokenPair) -> Self:
        return cls(
            access=pair.access, refresh=pair.refresh, access_token=pair.access, refresh_token=pair.refresh,
            expires_in=pair.expires_in,
        )  # fmt: skip


class AccountOut(BaseModel):
    id: int
    username: str
    email: str
    firstname: str
    lastname: str
    is_staff: bool
    is_superuser: bool


class Done(BaseModel):
    detail: str
