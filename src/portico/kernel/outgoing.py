"""Calls to addresses that users may set, such as those of webhooks.

A name is resolved once. Every address it stands for has to be a public one, and the connection goes to an address that
was checked: a name that means another machine a moment later leads nowhere. Redirects are not followed.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from portico.kernel.tracing import note, span, traceparent

PORTS = {"https": 443, "http": 80}
RESOLVERS = ThreadPoolExecutor(32, "resolver")
"""Threads of their own: names whose servers do not answer would hold up what the loop's threads do for others."""
MOST_HEAD = 32 * 1024  # bytes of an answer's head, with what comes before it
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
HIDDEN = [ip_network(text) for text in ("::/96", "64:ff9b:1::/48", "fec0::/10")]
"""What Python takes for public: IPv4 within IPv6 as it was done once, NAT64 of one's own network, and site-local."""
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


class Refused(Exception):
    """The address may not be called. The message is for the user who set it."""


class Failed(Exception):
    """The call brought no answer. The message is one of a few; it tells nothing of the inside of our network."""


@dataclass(frozen=True)
class Target:
    """An address that was checked as far as it can be without resolving its name."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, *, allow_private: bool) -> Target:
    """Where a URL leads. Raises `Refused`. Plain HTTP and private addresses are for development and tests."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Refused("The address is not a URL.") from None
    if UNPRINTABLE.search(url) or not url.isascii():
        raise Refused("The address holds characters that a URL may not have.")
    if parts.scheme not in (("https", "http") if allow_private else ("https",)):
        raise Refused("The address has to begin with https://.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Refused("The address needs a host, and no user or password.")
    target = Target(parts.scheme, parts.hostname, port, _path(parts))
    with suppress(ValueError):
        _require_public(ip_address(target.host), allow_private)
    return target


async def post(
    target: Target, body: bytes, headers: Mapping[str, str], *, allow_private: bool, within: float
) -> int:  # fmt: skip
    """The status of the answer. Raises `Refused`, `Failed`. `within` is in seconds and holds for all of it."""
    try:
        async with asyncio.timeout(within):
            with span("POST", is_call=True, **{"http.request.method": "POST"}):
                addresses = await checked_addresses(target, allow_private)
                status = await _exchange(target, addresses, body, {**headers, **_trace()})
                note(**{"http.response.status_code": status})
                return status
    except TimeoutError:
        raise Failed("no answer in time") from None
    except ssl.SSLError:
        raise Failed("TLS failed") from None
    except (OSError, EOFError, ValueError):
        raise Failed("could not connect or was cut off") from None


def _trace() -> dict[str, str]:
    """The receiver may go on with the trace, as we do with those of our callers."""
    running = traceparent()
    return {} if running is None else {"traceparent": running}


async def checked_addresses(target: Target, allow_private: bool) -> list[str]:
    """What the name stands for now: connect to these. Raises `Refused`, `Failed`."""
    try:
        ask = partial(socket.getaddrinfo, target.host, target.port, proto=socket.IPPROTO_TCP)
        found = await asyncio.get_running_loop().run_in_executor(RESOLVERS, ask)
    except OSError:
        raise Failed("the name is not known") from None
    addresses = [str(address[0]) for *_, address in found]
    for address in addresses:
        _require_public(ip_address(address.partition("%")[0]), allow_private)
    return addresses


def _require_public(address: IPv4Address | IPv6Address, allow_private: bool) -> None:
    if allow_private:
        return
    inner = _inner(address)
    is_hidden = any(address.version == hidden.version and address in hidden for hidden in HIDDEN)
    if is_hidden or not address.is_global or address.is_multicast or (inner is not None and not inner.is_global):
        raise Refused("The address is not a public one.")


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address.packed[:12] == bytes.fromhex("0064ff9b") + bytes(8):
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


async def _exchange(target: Target, addresses: list[str], body: bytes, headers: Mapping[str, str]) -> int:
    reader, writer = await _connected(target, addresses)
    try:
        known = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**known, **headers}.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        await writer.drain()
        return await _status(reader)
    finally:
        writer.transport.abort()  # closing would wait until a receiver takes what it has not taken, for ever at worst


async def _connected(target: Target, addresses: list[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the addresses that takes one. Raises what the last one raised."""
    tls = _tls() if target.scheme == "https" else None
    name = target.host if tls else None
    connect = partial(asyncio.open_connection, port=target.port, ssl=tls, server_hostname=name, limit=MOST_HEAD)
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return await connect(address)
    return await connect(last)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # reads the system's certificates, which takes a while


async def _status(reader: asyncio.StreamReader) -> int:
    """The answer's status; what comes after its head is not read."""
    size = 0
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            head = b""
        size += len(head)
        if not head or size > MOST_HEAD:
            raise ValueError("the head is too long")
        found = STATUS_LINE.match(head)
        if found is None:
            raise ValueError("this is not HTTP")
        if not found[1].startswith(b"1"):  # 100 and 103 come before the answer
            return int(found[1])


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
