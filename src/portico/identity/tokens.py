"""Access and refresh tokens: JWTs of one app, one use and one key each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
from jwt.types import Options

from portico.kernel.errors import Unauthorized
from portico.kernel.secret_keys import derived
from portico.kernel.settings import Settings
from portico.kernel.tenancy import TENANT, acting_for

ISSUER = "portico"
REQUIRED = ["iss", "aud", "exp", "iat", "jti", "sub", "typ"]
UNCHECKED: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": REQUIRED}


@dataclass(frozen=True)
class TokenPair:
    """What a log-in or a refresh answers. `expires_in` is the access token's, in seconds."""

    access: str
    refresh: str
    expires_in: int


@dataclass(frozen=True)
class AccessToken:
    """An access token without a refresh token beside it. `expires_in` is in seconds."""

    access: str
    expires_in: int


@dataclass(frozen=True)
class AccessClaims:
    user_id: int
    session_id: UUID
    tenant: str | None = None


@dataclass(frozen=True)
class RefreshClaims:
    session_id: UUID
    generation: int
    tenant: str | None = None


class Tokens:
    """Makes and reads the tokens of one app. A token of another app, use, key or algorithm is refused.

    They carry the tenant they were made for, where there is one: it is known before any row can be read.
    """

    def __init__(self, app: str, settings: Settings) -> None:
        self._app = app
        self._algorithm = settings.algorithm
        self._keys = {typ: derived(settings.key(), f"{app}:{typ}") for typ in ("access", "refresh", "page")}
        self.access_lifetime = timedelta(minutes=settings.access_token_expire_minutes)
        self.refresh_lifetime = timedelta(days=settings.refresh_token_expire_days)

    def pair(
        self, *, user_id: int, session_id: UUID, generation: int, rotated_at: datetime, now: datetime
    ) -> TokenPair:
        """The tokens of one generation of a session.

        The refresh token depends on the session's stored state alone: asked again, it comes out the same.
        """
        access = self._access(user_id, session_id, now, now + self.access_lifetime)
        refresh = self._sign(
            "refresh", str(session_id), f"{session_id}.{generation}", rotated_at, rotated_at + self.refresh_lifetime,
            gen=generation,
        )  # fmt: skip
        return TokenPair(access, refresh, int(self.access_lifetime.total_seconds()))

    def access(
        self, *, user_id: int, session_id: UUID, until: datetime, now: datetime, lasts: bool = False
    ) -> AccessToken:
        """An access token that ends with its session at the latest; one that `lasts` ends with it and not before."""
        expires = until if lasts else min(now + self.access_lifetime, until)
        return AccessToken(self._access(user_id, session_id, now, expires), int((expires - now).total_seconds()))

    def page(self, claims: AccessClaims, *, now: datetime) -> str:
        """What the cookie of a page session holds. It is no bearer token: it has a use and a key of its own."""
        expires = now + self.refresh_lifetime
        with acting_for(claims.tenant):
            return self._sign("page", str(claims.user_id), f"{uuid4()}", now, expires, sid=str(claims.session_id))

    def tenant_in(self, typ: str, token: str) -> str | None:
        """Whose a token is, also where it has expired. None for one that we have not made."""
        try:
            tenant = self._verified(typ, token).get("tnt")
        except Unauthorized:
            return None
        return tenant if isinstance(tenant, str) else None

    def read_access(self, token: str, now: datetime) -> AccessClaims:
        """Raises `Unauthorized` for anything but a live access token of this app."""
        return self._session_in("access", token, now)

    def read_page(self, token: str, now: datetime) -> AccessClaims:
        """Raises `Unauthorized` for anything but what `page` has made and what has not expired."""
        return self._session_in("page", token, now)

    def read_refresh(self, token: str, now: datetime) -> RefreshClaims:
        """Raises `Unauthorized` for anything but a refresh token of this app that has not expired."""
        claims = self._read("refresh", token, now)
        try:
            return RefreshClaims(UUID(claims["sub"]), int(claims["gen"]), claims.get("tnt"))
        except (KeyError, ValueError):
            raise Unauthorized("Invalid token") from None

    def _session_in(self, typ: str, token: str, now: datetime) -> AccessClaims:
        claims = self._read(typ, token, now)
        try:
            return AccessClaims(int(claims["sub"]), UUID(claims["sid"]), claims.get("tnt"))
        except (KeyError, ValueError):
            raise Unauthorized("Invalid token") from None

    def _access(self, user_id: int, session_id: UUID, now: datetime, expires: datetime) -> str:
        return self._sign("access", str(user_id), f"{uuid4()}", now, expires, sid=str(session_id))

    def _sign(self, typ: str, subject: str, jti: str, issued: datetime, expires: datetime, **more: Any) -> str:
        tenant = TENANT.get()
        claims = {
            **({} if tenant is None else {"tnt": tenant}),
            "iss": ISSUER, "aud": self._app, "typ": typ, "sub": subject, "jti": jti,
            "iat": int(issued.timestamp()), "exp": int(expires.timestamp()), **more,
        }  # fmt: skip
        return jwt.encode(claims, self._keys[typ], self._algorithm)

    def _read(self, typ: str, token: str, now: datetime) -> dict[str, Any]:
        claims = self._verified(typ, token)
        if claims["exp"] <= now.timestamp():
            raise Unauthorized("Token has expired")
        return claims

    def _verified(self, typ: str, token: str) -> dict[str, Any]:
        """What is in a token of ours, expired or not. Raises `Unauthorized`."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._keys[typ], [self._algorithm], options=UNCHECKED, audience=self._app, issuer=ISSUER
            )
        except jwt.InvalidTokenError:
            raise Unauthorized("Invalid token") from None
        if claims["typ"] != typ or not isinstance(claims["exp"], int):
            raise Unauthorized("Invalid token")
        return claims
