"""What goes in and out of the authentication routes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class LoginIn(BaseModel):
    """E-mail address and password. `email` takes a username as well."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=1024)]


class RefreshIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[str, Field(max_length=4096)]


class TokensOut(BaseModel):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not a token
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str


class RenewedOut(BaseModel):
    """New tokens. Only a refresh token brings another refresh token."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - as above
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str | None = None
