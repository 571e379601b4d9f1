"""The authentication routes."""

from typing import Any

from fastapi import Request

from portico.apps.store.auth.schemas import AccountOut, Done, LoginIn, RefreshIn, RegisterIn, RegisterOut, TokensOut
from portico.apps.store.permissions import Access
from portico.apps.store.users import reads
from portico.apps.store.users.service import UserService
from portico.identity.public import ClientOf, IdentityOf, NewPassword, Reader, Writer
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

auth = router(prefix="/api/auth", tags=["auth"])

REFUSED: dict[int | str, dict[str, Any]] = {401: {"description": "Wrong credentials, or a token that is not live."}}


@auth.post("/register", status_code=201, response_model=RegisterOut, summary="Register")
async def register(body: RegisterIn, request: Request, write: Writing, new_password: NewPassword) -> Any:
    pwd_hash = await new_password.hash(body.password)
    service = UserService(write, Access(request.app.state.store_mode, None))
    user_id = await service.register(**body.model_dump(exclude={"password"}), pwd_hash=pwd_hash)
    return {"id": user_id, "username": body.username, "email": body.email}


@auth.post("/login", response_model=TokensOut, summary="Log in", responses=REFUSED)
async def log_in(body: LoginIn, identity: IdentityOf, client: ClientOf) -> Any:
    return TokensOut.of(await identity.login.log_in(body.username, body.password, client))


@auth.post(
    "/refresh", response_model=TokensOut, responses=REFUSED,
    summary="New tokens for a refresh token, which is used up by it",
)  # fmt: skip
async def refresh(body: RefreshIn, write: Writing, identity: IdentityOf, client: ClientOf) -> Any:
    connection = await write.connection()
    return TokensOut.of(await identity.sessions.rotate(connection, body.refresh, client, identity.clock()))


@auth.get("/me", response_model=AccountOut, summary="The caller's account")
async def me(caller: Reader, reading: Reading) -> Any:
    return await reads.account(reading, caller.user_id)


@auth.post("/logout", response_model=Done, summary="End the session of a refresh token")
async def log_out(body: RefreshIn, caller: Writer, write: Writing, identity: IdentityOf) -> Any:
    await identity.log_out(await write.connection(), caller, body.refresh)
    return {"detail": "Logged out"}


@auth.post("/logout-all", response_model=Done, summary="End all of the caller's sessions")
async def log_out_everywhere(caller: Writer, write: Writing, identity: IdentityOf) -> Any:
    await identity.sessions.end_all(await write.connection(), caller.user_id)
    return {"detail": "Logged out everywhere"}
