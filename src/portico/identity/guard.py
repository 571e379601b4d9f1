"""The dependencies by which routes learn who is calling: a person by token, or else a program by API key."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from portico.identity.passwords import check_new_password, hasher
from portico.identity.realm import API_KEY, BEARER, Caller, Client
from portico.identity.realm_services import Identity, identity_of
from portico.kernel.client_address import client_address
from portico.kernel.database import Connection
from portico.kernel.errors import Forbidden, Unauthorized
from portico.kernel.openapi import OPTIONAL
from portico.kernel.unit_of_work import Reading, Writing

_scheme = partial(HTTPBearer, auto_error=False, description="The `access` token that a log-in gives.")
_bearer = _scheme(scheme_name=BEARER)
_bearer_if_any = _scheme(scheme_name=f"{OPTIONAL}{BEARER}")
_key_scheme = partial(
    APIKeyHeader, name="X-API-Key", auto_error=False,
    description="An API key, for what its scopes name. `Authorization: ApiKey ...` carries it as well.",
)  # fmt: skip
_key = _key_scheme(scheme_name=API_KEY)
_key_if_any = _key_scheme(scheme_name=f"{OPTIONAL}{API_KEY}")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
BearerIfAny = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer_if_any)]
Key = Annotated[str | None, Depends(_key)]
KeyIfAny = Annotated[str | None, Depends(_key_if_any)]
"""For the document: which key it is, and whether the realm has keys at all, `_api_key` knows."""


class NotForApiKeys(Forbidden):
    """Where a route names no action, there is no scope that a key could have for it."""

    message = "An API key may not do this: sign in."


async def _identity(request: Request) -> Identity:
    return identity_of(request)


async def _client(request: Request) -> Client:
    return Client(client_address(request), request.headers.get("user-agent", "")[:300])


async def caller_on(
    connection: Connection, request: Request, credentials: HTTPAuthorizationCredentials | None
) -> Caller:
    """The user who calls in person, by bearer token. Raises `Unauthorized`, and `NotForApiKeys` where one is sent."""
    found = _in_person(request, credentials)
    identity = identity_of(request)
    now = identity.clock()
    caller = await identity.sessions.caller(connection, identity.tokens.read_access(found.credentials, now), now)
    request.scope["portico.user"] = caller.user_id
    return caller


def _in_person(request: Request, credentials: HTTPAuthorizationCredentials | None) -> HTTPAuthorizationCredentials:
    if credentials is None:
        raise Unauthorized if _api_key(request) is None else NotForApiKeys
    return credentials


async def caller_by_any(
    connection: Connection, request: Request, credentials: HTTPAuthorizationCredentials | None
) -> Caller:
    """The caller by bearer token or else by API key. Raises `Unauthorized`."""
    text = _api_key(request)
    if credentials is not None or text is None:
        return await caller_on(connection, request, credentials)
    identity = identity_of(request)
    caller = await identity.api_keys.caller(connection, text, identity.clock())
    request.scope["portico.user"] = caller.user_id
    return caller


def _api_key(request: Request) -> str | None:
    """The API key that the request carries, where the realm has such."""
    if identity_of(request).keys is None:
        return None
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if kind.lower() == "apikey" else request.headers.get("x-api-key")


class PasswordPolicy:
    """Checks and hashes new passwords: at least 12 characters where real users are, 8 elsewhere."""

    def __init__(self, *, shortest: int) -> None:
        self._shortest = shortest

    async def hash(self, password: str, *, may_be_common: bool = False) -> str:
        """Raises `InvalidInput` for a weak password, `RateLimited` while too many hashes are under way."""
        check_new_password(password, shortest=self._shortest, may_be_common=may_be_common)
        return await hasher().hash(password)


async def _new_password(request: Request) -> PasswordPolicy:
    own = identity_of(request).realm.shortest_password
    return PasswordPolicy(shortest=own or request.app.state.settings.shortest_password)


async def _reader(request: Request, credentials: Bearer, connection: Reading) -> Caller:
    return await caller_on(connection, request, credentials)


async def _reader_by_any(request: Request, credentials: Bearer, _: Key, connection: Reading) -> Caller:
    return await caller_by_any(connection, request, credentials)


async def _reader_if_any(request: Request, credentials: BearerIfAny, _: KeyIfAny, connection: Reading) -> Caller | None:
    if credentials is None and _api_key(request) is None:
        return None
    return await caller_by_any(connection, request, credentials)


async def _writer(request: Request, credentials: Bearer, write: Writing) -> Caller:
    _in_person(request, credentials)  # who is not takes no connection
    return await caller_on(await write.connection(), request, credentials)


async def _writer_by_any(request: Request, credentials: Bearer, _: Key, write: Writing) -> Caller:
    if _api_key(request) is None:
        _in_person(request, credentials)
    return await caller_by_any(await write.connection(), request, credentials)


async def _writer_if_any(request: Request, credentials: BearerIfAny, _: KeyIfAny, write: Writing) -> Caller | None:
    if credentials is None and _api_key(request) is None:
        return None
    return await caller_by_any(await write.connection(), request, credentials)


Reader = Annotated[Caller, Depends(_reader)]
"""Who reads, in person. API keys are refused: their scopes name actions, and only a table of permissions asks those."""
Writer = Annotated[Caller, Depends(_writer)]
"""Who writes, in person."""
AnyReader = Annotated[Caller, Depends(_reader_by_any)]
"""Who reads, in person or by an API key, for what asks a table of permissions next. Strangers are refused."""
AnyWriter = Annotated[Caller, Depends(_writer_by_any)]
"""Who writes, as `AnyReader`."""
MaybeReader = Annotated[Caller | None, Depends(_reader_if_any)]
"""As `AnyReader`; None has not signed in."""
MaybeWriter = Annotated[Caller | None, Depends(_writer_if_any)]
"""Who writes, as `MaybeReader`."""
ClientOf = Annotated[Client, Depends(_client)]
NewPassword = Annotated[PasswordPolicy, Depends(_new_password)]
IdentityOf = Annotated[Identity, Depends(_identity)]
