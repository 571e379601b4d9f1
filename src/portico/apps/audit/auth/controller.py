"""The routes that sign up, in and out. They are also at `/auth`."""

from typing import Any

from fastapi import Request, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.auth.schemas import PasswordIn, SignedInOut, SignupIn, SignupOut
from portico.apps.audit.users import reads
from portico.apps.audit.users.schemas import UserOut
from portico.apps.audit.users.service import set_own_password, sign_up
from portico.identity.public import (
    ClientOf,
    Identity,
    IdentityOf,
    LoginIn,
    NewPassword,
    RefreshIn,
    TokenPair,
    Writer,
)
from portico.kernel.client_address import client_address
from portico.kernel.database import Connection
from portico.kernel.errors import NotFound, existing
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

auth = router(prefix="/api/v1/auth", tags=["auth"])

REFUSED: dict[int | str, dict[str, Any]] = {401: {"description": "Wrong credentials, or a token that is not live."}}


@auth.post("/login", response_model=SignedInOut, summary="Sign in", responses=REFUSED)
async def log_in(body: LoginIn, request: Request, identity: IdentityOf, client: ClientOf, response: Response) -> Any:
    pair = await identity.login.log_in(body.email, body.password, client)
    async with request.app.state.database.connection() as connection:
        return await _signed_in(connection, identity, pair, response)


@auth.post("/signup", status_code=201, response_model=SignupOut, summary="Sign up")
async def register(body: SignupIn, request: Request, write: Writing, new_password: NewPassword) -> Any:
    """Whoever signs up may nothing until an engagement has a role for them, or an administrator one in the firm."""
    pwd_hash = await new_password.hash(body.password)
    values = body.model_dump(exclude={"password"})
    guid = await sign_up(write, address=client_address(request), pwd_hash=pwd_hash, **values)
    return {"message": "User created successfully", "user": {"id": guid, "email": body.email}}


@auth.post(
    "/refresh", response_model=SignedInOut, responses=REFUSED,
    summary="New tokens for a refresh token, which is used up by it",
)  # fmt: skip
async def refresh(body: RefreshIn, write: Writing, identity: IdentityOf, client: ClientOf, response: Response) -> Any:
    connection = await write.connection()
    pair = await identity.sessions.rotate(connection, body.refresh_token, client, identity.clock())
    return await _signed_in(connection, identity, pair, response)


@auth.get("/me", response_model=UserOut, summary="The caller's account")
async def me(access: ReadAccess, reading: Reading) -> Any:
    return await reads.user(reading, access.user_id)


@auth.put("/password", status_code=204, summary="Take another password, and end all sessions", responses=REFUSED)
async def change_password(
    body: PasswordIn,
    write: Writing,
    access: WriteAccess,
    identity: IdentityOf,
    client: ClientOf,
    new_password: NewPassword,
) -> None:
    """An account that a lead has made has a password that the lead knows: work begins with another one."""
    await write.aside(identity.login.log_in(access.user_name, body.password, client))  # counts failures, as signing in
    pwd_hash = await write.aside(new_password.hash(body.new_password))
    await set_own_password(write, access, pwd_hash)


@auth.post("/logout", status_code=204, summary="End the caller's session, or that of a refresh token")
async def log_out(caller: Writer, write: Writing, identity: IdentityOf, body: RefreshIn | None = None) -> None:
    connection = await write.connection()
    if body is None:
        await identity.sessions.end(connection, caller.session_id, user_id=caller.user_id, now=identity.clock())
    else:
        await identity.log_out(connection, caller, body.refresh_token)


@auth.post("/logout-all", status_code=204, summary="End all of the caller's sessions")
async def log_out_everywhere(caller: Writer, write: Writing, identity: IdentityOf) -> None:
    await identity.sessions.end_all(await write.connection(), caller.user_id)


async def _signed_in(connection: Connection, identity: Identity, pair: TokenPair, response: Response) -> Any:
    now = identity.clock()
    caller = await identity.sessions.caller(connection, identity.tokens.read_access(pair.access, now), now)
    user = existing(await reads.user(connection, caller.user_id), NotFound())
    response.headers["Cache-Control"] = "no-store"
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "user": {"id": user["id"], "email": user["email"]},
    }
