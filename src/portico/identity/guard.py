"""The dependencies by which routes learn who is calling. Each app has one `Guard`, made from its realm."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from portico.identity.login import Login
from portico.identity.passwords import check_new_password, hasher
from portico.identity.realm import Caller, Client, Realm
from portico.identity.sessions import Sessions
from portico.identity.tokens import Tokens
from portico.kernel import idempotency
from portico.kernel.client_address import client_address
from portico.kernel.clock import Clock
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput, Unauthorized
from portico.kernel.openapi import OPTIONAL
from portico.kernel.runtime import Runtime
from portico.kernel.unit_of_work import Reading, Writing

_scheme = partial(HTTPBearer, auto_error=False, description="The `access` token that a log-in gives.")
_bearer = _scheme(scheme_name="Bearer")
_bearer_if_any = _scheme(scheme_name=f"{OPTIONAL}Bearer")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
BearerIfAny = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer_if_any)]


class NotALiveToken(InvalidInput):
    message = "Invalid token"


@dataclass(frozen=True)
class Identity:
    """The services of one realm in one process; `prepare` puts it on the app's state."""

    realm: Realm
    tokens: Tokens
    sessions: Sessions
    login: Login
    clock: Clock

    async def log_out(self, connection: Connection, caller: Caller, refresh_token: str) -> None:
        """End the session of a refresh token. Raises `NotALiveToken` unless it is the caller's and live."""
        now = self.clock()
        try:
            session_id = self.tokens.read_refresh(refresh_token, now).session_id
        except Unauthorized:
            raise NotALiveToken from None
        if not await self.sessions.end(connection, session_id, user_id=caller.user_id, now=now):
            raise NotALiveToken


def prepare(realm: Realm) -> Callable[[FastAPI, Runtime], None]:
    """What an app's registration needs to have identity at its routes."""

    def put(app: FastAPI, runtime: Runtime) -> None:
        tokens = Tokens(realm.app, app.state.settings)
        sessions = Sessions(realm, tokens)
        login = Login(realm, runtime.database, sessions, runtime.clock)
        app.state.identity = Identity(realm, tokens, sessions, login, runtime.clock)

    return put


async def _identity(request: Request) -> Identity:
    return identity_of(request)


def identity_of(request: Request) -> Identity:
    found: Identity = request.app.state.identity
    return found


async def _client(request: Request) -> Client:
    return Client(client_address(request), request.headers.get("user-agent", "")[:300])


async def caller_on(
    connection: Connection, request: Request, credentials: HTTPAuthorizationCredentials | None
) -> Caller:
    """The caller of this request, from its bearer token. Raises `Unauthorized`."""
    if credentials is None:
        raise Unauthorized
    identity = identity_of(request)
    now = identity.clock()
    caller = await identity.sessions.caller(connection, identity.tokens.read_access(credentials.credentials, now), now)
    request.scope["portico.user"] = caller.user_id
    return caller


class PasswordPolicy:
    """Checks and hashes new passwords: at least 12 characters where real users are, 8 elsewhere."""

    def __init__(self, *, shortest: int) -> None:
        self._shortest = shortest

    async def hash(self, password: str) -> str:
        """Raises `InvalidInput` for a weak password, `RateLimited` while too many hashes are under way."""
        check_new_password(password, shortest=self._shortest)
        return await hasher().hash(password)


async def _new_password(request: Request) -> PasswordPolicy:
    return PasswordPolicy(shortest=request.app.state.settings.shortest_password)


async def _reader(request: Request, credentials: Bearer, connection: Reading) -> Caller:
    return await caller_on(connection, request, credentials)


async def _reader_if_any(request: Request, credentials: BearerIfAny, connection: Reading) -> Caller | None:
    return None if credentials is None else await caller_on(connection, request, credentials)


async def _writer(request: Request, credentials: Bearer, write: Writing) -> Caller:
    if credentials is None:
        raise Unauthorized
    return await caller_on(await write.connection(), request, credentials)


Reader = Annotated[Caller, Depends(_reader)]
MaybeReader = Annotated[Caller | None, Depends(_reader_if_any)]
Writer = Annotated[Caller, Depends(_writer)]
ClientOf = Annotated[Client, Depends(_client)]
NewPassword = Annotated[PasswordPolicy, Depends(_new_password)]
IdentityOf = Annotated[Identity, Depends(_identity)]


async def _once(request: Request, caller: Writer, write: Writing, key: idempotency.Key = None) -> None:
    if key is not None:
        await idempotency.once(request, write, caller=caller.key, key=key)


Once = Depends(_once)
"""Goes into a route's `dependencies`: its POST is repeatable with an Idempotency-Key, scoped to the caller."""
