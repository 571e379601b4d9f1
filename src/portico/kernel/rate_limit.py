"""Rate limits as plain ASGI, told in the fields of draft-ietf-httpapi-ratelimit-headers-11.

    RateLimit-Policy: "default";q=100;w=60
    RateLimit: "default";r=57;t=42

Each caller has a quota: a user who is signed in, else an address. Health and metrics cost nothing, since probes share
an address with callers.
"""

from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portico.kernel.client_address import Networks, address_of
from portico.kernel.errors import RateLimited, Renderer, rendered
from portico.kernel.middleware import send_rendered
from portico.kernel.rate_limiter import Limiter, Verdict, whole_seconds

FREE = ("/health", "/metrics")
NETWORK_BITS = 64  # of an IPv6 address: one customer has at least a network of 2^64 of them

SignedIn = Callable[[Headers], str | None]
"""The user whose credentials a request carries, from its headers alone, or None."""


class CallerKey:
    """Whose quota a request uses. Addresses are hashed: what is stored is no log of visitors."""

    def __init__(self, trusted_proxies: Networks, signed_in: SignedIn) -> None:
        self._trusted = trusted_proxies
        self._signed_in = signed_in

    def __call__(self, scope: Scope) -> str:
        request = HTTPConnection(scope)
        user = self._signed_in(request.headers)
        if user is not None:
            return user
        network = _network(address_of(request, self._trusted))
        return f"address:{blake2b(network.encode(), digest_size=8).hexdigest()}"


class RateLimit:
    """Answers 429 to callers that have used up their quota, and tells all others what is left of it."""

    def __init__(self, app: ASGIApp, limiter: Limiter, *, caller: CallerKey, render: Renderer) -> None:
        self._app = app
        self._limiter = limiter
        self._caller = caller
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_free(scope):
            await self._app(scope, receive, send)
            return
        verdict = await self._limiter.take(self._caller(scope))
        fields = _fields(verdict)

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *fields]
            await send(message)

        if verdict.is_taken:
            await self._app(scope, receive, send_with_fields)
            return
        problem = RateLimited(headers={"Retry-After": str(whole_seconds(verdict.seconds))})
        await send_rendered(rendered(problem, scope, self._render), send_with_fields)


def _fields(verdict: Verdict) -> list[tuple[bytes, bytes]]:
    policy = verdict.policy
    return [
        (b"ratelimit-policy", b'"default";q=%d;w=%d' % (policy.quota, policy.window)),
        (b"ratelimit", b'"default";r=%d;t=%d' % (verdict.left, whole_seconds(verdict.seconds))),
    ]


def _is_free(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return any(path == free or path.startswith(f"{free}/") for free in FREE)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, NETWORK_BITS), strict=False))
    return address
