"""Who is calling: the last hop that is not one of our own proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import Request

Networks = Sequence[IPv4Network | IPv6Network]


def networks(texts: Sequence[str]) -> Networks:
    """TRUSTED_PROXIES as networks. Raises `ValueError` for what is neither an address nor a network."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(request: Request) -> str:
    """The caller's address. `X-Forwarded-For` counts only as far as proxies in TRUSTED_PROXIES have written it."""
    trusted: Networks = request.app.state.trusted_proxies
    address = request.client.host if request.client else "unknown"
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _is_in(address, trusted):
        address = hops.pop()
    return address


def _is_in(address: str, trusted: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)
