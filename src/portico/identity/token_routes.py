"""Log-in, refresh and log-out, for apps whose contract has them in the usual form.

An app with another form writes its own routes with the same services, and takes the schemas that fit.
"""

from typing import Annotated, Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from portico.identity.guard import ClientOf, IdentityOf, Writer
from portico.identity.tokens import TokenPair
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing

REFUSED: dict[int | str, dict[str, Any]] = {401: {"description": "Wrong credentials, or a token that is not live."}}


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
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not a token
    expires_in: int = Field(description="Seconds until the access token expires.")

    @classmethod
    def of(cls, pair: TokenPair) -> Self:
        return cls(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in)


def token_router(path: str = "/auth") -> APIRouter:
    """`POST` login, refresh, logout and logout-all below the path."""
    api = router(prefix=path, tags=["auth"])

    @api.post("/login", response_model=TokensOut, summary="Log in", responses=REFUSED)
    async def log_in(body: LoginIn, identity: IdentityOf, client: ClientOf) -> Any:
        return TokensOut.of(await identity.login.log_in(body.email, body.password, client))

    @api.post(
        "/refresh", response_model=TokensOut, responses=REFUSED,
        summary="New tokens for a refresh token, which is used up by it",
    )  # fmt: skip
    async def refresh(body: RefreshIn, write: Writing, identity: IdentityOf, client: ClientOf) -> Any:
        connection = await write.connection()
        return TokensOut.of(await identity.sessions.rotate(connection, body.refresh_token, client, identity.clock()))

    @api.post("/logout", status_code=204, summary="End the session of a refresh token")
    async def log_out(body: RefreshIn, caller: Writer, write: Writing, identity: IdentityOf) -> None:
        await identity.log_out(await write.connection(), caller, body.refresh_token)

    @api.post("/logout-all", status_code=204, summary="End all of the caller's sessions")
    async def log_out_everywhere(caller: Writer, write: Writing, identity: IdentityOf) -> None:
        await identity.sessions.end_all(await write.connection(), caller.user_id)

    return api
