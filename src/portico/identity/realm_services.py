"""The services of one realm in one process, which an app's registration puts on the app's state."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.datastructures import Headers

from portico.identity.api_keys import ApiKeys, tenant_in
from portico.identity.login import Login
from portico.identity.realm import Caller, Realm
from portico.identity.sessions import Sessions
from portico.identity.tokens import Tokens
from portico.kernel import page_cookies
from portico.kernel.clock import Clock
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput, Unauthorized
from portico.kernel.page_cookies import SESSION
from portico.kernel.runtime import Runtime


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
    keys: ApiKeys | None

    @property
    def api_keys(self) -> ApiKeys:
        if self.keys is None:
            raise RuntimeError(f"The realm of {self.realm.app} names no table of API keys.")
        return self.keys

    async def log_out(self, connection: Connection, caller: Caller, refresh_token: str) -> None:
        """End the session of a refresh token. Raises `NotALiveToken` unless it is the caller's and live."""
        now = self.clock()
        try:
            session_id = self.tokens.read_refresh(refresh_token, now).session_id
        except Unauthorized:
            raise NotALiveToken from None
        if not await self.sessions.end(connection, session_id, user_id=caller.user_id, now=now):
            raise NotALiveToken

    async def still_there(self, connection: Connection, session_ids: Collection[Any]) -> dict[UUID, Caller]:
        """The callers of those of these sessions that live: what streams ask again and again."""
        return await self.sessions.callers(connection, session_ids, self.clock())


def prepare(realm: Realm) -> Callable[[FastAPI, Runtime], None]:
    """What an app's registration needs to have identity at its routes."""

    def put(app: FastAPI, runtime: Runtime) -> None:
        tokens = Tokens(realm.app, app.state.settings)
        sessions = Sessions(realm, tokens)
        login = Login(realm, runtime.database, sessions, runtime.clock)
        keys = ApiKeys(realm, runtime.database) if realm.api_keys else None
        app.state.identity = Identity(realm, tokens, sessions, login, runtime.clock, keys)
        if realm.tenancy is not None:
            app.state.tenant_of = partial(_tenant_of, tokens)
        app.state.signed_in = partial(_signed_in, tokens, runtime.clock)

    return put


def _signed_in(tokens: Tokens, clock: Clock, headers: Headers) -> str | None:
    """Whose quota a request uses: the user's whose token it carries, which is not forged. No session is looked up."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    try:
        return f"user:{tokens.read_access(token.strip(), clock()).user_id}"
    except Unauthorized:
        return None


def _tenant_of(tokens: Tokens, request: Request) -> str | None:
    """For whom a request asks, as its token, its key or the cookie of its pages has it. Nothing of it is believed yet:
    whoever it is, the session or the key is looked up among that tenant's rows.
    """
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return tokens.tenant_in("access", text.strip())
    key = text.strip() if kind.lower() == "apikey" else request.headers.get("x-api-key")
    if key is not None:
        return tenant_in(key)
    cookie = page_cookies.read(request, SESSION)
    return None if cookie is None else tokens.tenant_in("page", cookie)


def identity_of(request: Request) -> Identity:
    found: Identity = request.app.state.identity
    return found
