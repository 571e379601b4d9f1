"""Who is calling: the last hop that is not one of our own proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection, Request

Networks = Sequence[IPv4Network | IPv6Network]


def networks(texts: Sequence[str]) -> Networks:
    """TRUSTED_PROXIES as networks. Raises `ValueError` for what is neither an address nor a network."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(request: Request) -> str:
    """The caller's address. `X-Forwarded-For` counts only as far as proxies in TRUSTED_PROXIES have written it."""
    return address_of(request, request.app.state.trusted_proxies)


def address_of(request: HTTPConnection, trusted: Networks) -> str:
    """The same, where no app has taken the request yet."""
    address = _plain(request.client.host) if request.client else "unknown"
    # A proxy may add a line of its own instead of going on with the caller's: all lines are one list, in order.
    written = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in written.split(",") if hop.strip()]
    while hops and _is_in(address, trusted):
        address = _plain(hops.pop())
    return address


def _plain(hop: str) -> str:
    """The address alone: some proxies write a port behind it, which is another one for each connection."""
    bracketed, closes, _ = hop.removeprefix("[").partition("]")
    host = bracketed if closes else hop.partition(":")[0] if hop.count(":") == 1 else hop
    try:
        address = ip_address(host)
    except ValueError:
        return hop
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None  # of a socket that takes both kinds
    return str(mapped or address)


def _is_in(address: str, trusted: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)
