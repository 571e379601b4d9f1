"""The authentication routes."""

from typing import Any

from fastapi import Request

from portico.apps.items.access import ModeOf
from portico.apps.items.auth.schemas import RenewedOut
from portico.apps.items.permissions import Access, Action
from portico.apps.items.users import reads
from portico.apps.items.users.schemas import UserOut
from portico.identity.public import BearerIfAny, ClientOf, IdentityOf, LoginIn, Reader, RefreshIn, TokensOut, caller_on
from portico.kernel.errors import MissingFields
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

auth = router(prefix="/api/v1/auth", tags=["auth"])

REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"description": "Incorrect email or password"},
    403: {"description": "The password is right, and the account is disabled."},
}
NOT_LIVE: dict[int | str, dict[str, Any]] = {401: {"description": "A token that is not live."}}


@auth.post("/login", response_model=TokensOut, summary="Log in", responses=REFUSED)
async def log_in(body: LoginIn, identity: IdentityOf, client: ClientOf) -> Any:
    return TokensOut.of(await identity.login.log_in(body.email, body.password, client))


@auth.post("/verify", response_model=UserOut, summary="Whose access token this is")
async def verify(caller: Reader, reading: Reading) -> Any:
    return await reads.user(reading, caller.user_id)


@auth.post(
    "/refresh", response_model=RenewedOut, response_model_exclude_none=True, responses=NOT_LIVE,
    summary="New tokens for a refresh token, which is used up by it",
)  # fmt: skip
async def refresh(
    request: Request,
    write: Writing,
    identity: IdentityOf,
    client: ClientOf,
    mode: ModeOf,
    bearer: BearerIfAny,
    body: RefreshIn | None = None,
) -> Any:
    """In the sandbox also, without a body, a new access token for an old one that is live. The session gets no longer
    by it, and brings no refresh token: who has found an access token cannot keep the session for good."""
    connection = await write.connection()
    now = identity.clock()
    if body is not None:
        pair = await identity.sessions.rotate(connection, body.refresh_token, client, now)
        return RenewedOut(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in)
    if not Access(mode, None).may(Action.RENEW_BY_ACCESS_TOKEN):
        raise MissingFields(details={"refresh_token": "Field required"})
    caller = await caller_on(connection, request, bearer)
    token = await identity.sessions.access_again(connection, caller, now)
    return RenewedOut(access_token=token.access, expires_in=token.expires_in)
