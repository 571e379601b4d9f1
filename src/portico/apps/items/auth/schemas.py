"""What comes out of the authentication routes, beside identity's own."""

from pydantic import BaseModel, Field


class RenewedOut(BaseModel):
    """New tokens. Only a refresh token brings another refresh token."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not a token
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str | None = None
