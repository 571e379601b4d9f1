"""The routes that sign in and out."""

from typing import Any

from fastapi import Request, Response

from portico.apps.factory.auth import cookie
from portico.apps.factory.auth.schemas import AtStationOut, MeOut, QrIn, SignedInOut
from portico.apps.factory.auth.service import BadgeService, caller_of, role_of
from portico.apps.factory.permissions import OPERATOR
from portico.apps.factory.users import reads
from portico.identity.public import ClientOf, IdentityOf, LoginIn, Reader, RefreshIn, TokenPair, Writer
from portico.kernel.errors import NotFound, Unauthorized, existing
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

auth = router(prefix="/api/v1/auth", tags=["auth"])

REFUSED: dict[int | str, dict[str, Any]] = {401: {"description": "Wrong credentials, or a token that is not live."}}


@auth.post("/login", response_model=SignedInOut, summary="Sign in by e-mail address and password", responses=REFUSED)
async def log_in(body: LoginIn, request: Request, identity: IdentityOf, client: ClientOf, response: Response) -> Any:
    pair = await identity.login.log_in(body.email, body.password, client)
    caller = await caller_of(identity, request.app.state.database, pair.access)
    return _signed_in(request, response, pair, role_of(caller))


@auth.post(
    "/refresh", response_model=SignedInOut, responses=REFUSED,
    summary="New tokens for a refresh token, in the body or in the cookie, which is used up by it",
)  # fmt: skip
async def refresh(
    request: Request,
    write: Writing,
    identity: IdentityOf,
    client: ClientOf,
    response: Response,
    body: RefreshIn | None = None,
) -> Any:
    token = cookie.read(request) if body is None else body.refresh_token
    if token is None:
        raise Unauthorized
    connection = await write.connection()
    pair = await identity.sessions.rotate(connection, token, client, identity.clock())
    now = identity.clock()
    caller = await identity.sessions.caller(connection, identity.tokens.read_access(pair.access, now), now)
    return _signed_in(request, response, pair, role_of(caller))


@auth.post("/qr", response_model=AtStationOut, summary="Sign in at a workstation by badge and PIN", responses=REFUSED)
async def sign_in_at_station(
    body: QrIn, request: Request, identity: IdentityOf, client: ClientOf, response: Response
) -> Any:
    service = BadgeService(identity, request.app.state.database)
    token = await service.sign_in(body.user_guid, body.workstation_guid, body.pin, client)
    response.headers["Cache-Control"] = "no-store"
    return AtStationOut(access_token=token.access, role=OPERATOR, expires_in=token.expires_in)


@auth.get("/me", response_model=MeOut, summary="Who the caller is, of which company, and where")
async def me(reading: Reading, caller: Reader) -> Any:
    found = await reads.signed_in(reading, caller.session_id)
    return {**existing(found, NotFound()), "role": role_of(caller)}


@auth.post("/logout", status_code=204, summary="End the caller's session, or that of a refresh token")
async def log_out(
    request: Request,
    caller: Writer,
    write: Writing,
    identity: IdentityOf,
    response: Response,
    body: RefreshIn | None = None,
) -> None:
    connection = await write.connection()
    if body is None:
        await identity.sessions.end(connection, caller.session_id, user_id=caller.user_id, now=identity.clock())
    else:
        await identity.log_out(connection, caller, body.refresh_token)
    cookie.drop(request, response)


@auth.post("/logout-all", status_code=204, summary="End all of the caller's sessions")
async def log_out_everywhere(
    request: Request, caller: Writer, write: Writing, identity: IdentityOf, response: Response
) -> None:
    await identity.sessions.end_all(await write.connection(), caller.user_id)
    cookie.drop(request, response)


def _signed_in(request: Request, response: Response, pair: TokenPair, role: str) -> SignedInOut:
    cookie.put(request, response, pair.refresh)
    response.headers["Cache-Control"] = "no-store"
    return SignedInOut(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in, role=role)
