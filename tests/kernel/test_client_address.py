import re

import httpx
import pytest
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.kernel.client_address import client_address, networks
from portico.kernel.routes import router
from tests.kernel.tiny import serving_tiny

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
addresses = router()


@addresses.get("/address", response_model=str, summary="Who is calling")
async def address(request: Request) -> str:
    return client_address(request)


def asked(client: httpx.Client, *forwarded: str) -> str:
    answer = client.get("/address", headers=[("X-Forwarded-For", line) for line in forwarded])
    assert answer.status_code == 200
    found: str = answer.json()
    return found


def test_nobody_is_believed_by_default() -> None:
    with serving_tiny(NOWHERE, addresses) as client:
        assert asked(client) == "127.0.0.1"
        assert asked(client, "203.0.113.7") == "127.0.0.1"


# What the peer, a trusted proxy at 127.0.0.1, was told or has written; and whose address that makes.
HOPS = {
    "no header": ((), "127.0.0.1"),
    "the caller": (("203.0.113.7",), "203.0.113.7"),
    "what a caller claims is not believed": (("198.51.100.1, 203.0.113.7",), "203.0.113.7"),
    "a proxy before the proxy": (("203.0.113.7, 10.1.2.3",), "203.0.113.7"),
    "a claim before two proxies": (("198.51.100.1, 203.0.113.7, 10.1.2.3, 10.9.9.9",), "203.0.113.7"),
    "only proxies": (("10.1.2.3, 10.9.9.9",), "10.1.2.3"),
    "a claim in a line of its own": (("198.51.100.1", "203.0.113.7"), "203.0.113.7"),
    "lines and lists": (("198.51.100.1, 192.0.2.1", "203.0.113.7, 10.1.2.3"), "203.0.113.7"),
    "a port behind it": (("203.0.113.7:49152",), "203.0.113.7"),
    "a port behind a proxy's": (("203.0.113.7, 10.1.2.3:443",), "203.0.113.7"),
    "IPv6": (("2001:db8::7",), "2001:db8::7"),
    "IPv6 with a port": (("[2001:db8::7]:49152",), "2001:db8::7"),
    "a trusted network of IPv6": (("203.0.113.7, fd00::1",), "203.0.113.7"),
    "IPv4 in IPv6": (("203.0.113.7, ::ffff:10.1.2.3",), "203.0.113.7"),
    "no address": (("unknown",), "unknown"),
    "behind what is no address nobody is believed": (("203.0.113.7, _hidden",), "_hidden"),
    "empty places": ((",203.0.113.7 ,,",), "203.0.113.7"),
}


def test_the_last_hop_outside_the_trusted_proxies() -> None:
    with serving_tiny(NOWHERE, addresses, trusted_proxies="127.0.0.1, 10.0.0.0/8, fd00::/8") as client:
        assert {case: asked(client, *lines) for case, (lines, _) in HOPS.items()} == {
            case: expected for case, (_, expected) in HOPS.items()
        }


claims = st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=20)), max_size=6)


@settings(deadline=None)
@given(claims)
def test_no_claim_of_the_caller_changes_what_the_proxy_saw(claimed: list[str]) -> None:
    """Whatever a caller writes in the header stands before what the proxy adds."""
    written = ", ".join([*claimed, "203.0.113.7"])
    scope = {
        "type": "http", "client": ("10.0.0.1", 1), "headers": [(b"x-forwarded-for", written.encode())],
        "app": App(networks(("10.0.0.0/8",))),
    }  # fmt: skip
    assert client_address(Request(scope)) == "203.0.113.7"


class App:
    """As much of an app as an address needs."""

    def __init__(self, trusted_proxies: object) -> None:
        self.state = self
        self.trusted_proxies = trusted_proxies


GARBAGE = (
    b"\xff\xfe\x80", b"," * 500, b", ".join([b"203.0.113.7"] * 300), b"[", b"]:[", b"::1%eth0", b"1e9", b"0x7f.1",
    b"fe80::1%" + b"x" * 200, b"203.0.113.7:", b"'; DROP TABLE users; --", b"%00", b"::ffff:999.1.1.1", b"a" * 4000,
)  # fmt: skip


def limited(client: httpx.Client, *forwarded: bytes) -> int:
    """How much of its quota the caller has left, or -1 where it is refused."""
    answer = client.get("/address", headers=[(b"X-Forwarded-For", line) for line in forwarded])
    assert answer.status_code in (200, 429), answer.text
    return int(re.search(r"r=(\d+)", answer.headers["ratelimit"])[1]) if answer.status_code == 200 else -1  # type: ignore[index]


def test_a_rate_limit_is_that_of_the_hop_before_the_proxies() -> None:
    options = {"rate_limit": "3/600", "web_concurrency": 1, "trusted_proxies": "127.0.0.1, 10.0.0.0/8"}
    with serving_tiny(NOWHERE, addresses, **options) as client:
        assert [limited(client, b"203.0.113.7") for _ in range(4)] == [2, 1, 0, -1]
        assert limited(client, b"198.51.100.1, 203.0.113.7") == -1, "what it claims to forward buys nothing"
        assert limited(client, b"198.51.100.1", b"203.0.113.7, 10.1.2.3") == -1, "nor in a line of its own"
        assert limited(client, b"203.0.113.7:51000") == -1, "nor from another port"
        assert limited(client, b"203.0.113.8") == 2, "others have theirs"
        assert [limited(client, b"2001:db8::%x" % host) for host in (1, 2, 3, 4)] == [2, 1, 0, -1], "of one network"
        for garbage in GARBAGE:
            assert limited(client, garbage, b"203.0.113.7") == -1, garbage
            assert limited(client, garbage) >= -1, "harmless where a proxy lets it through"


def test_an_untrusted_peer_is_not_believed_for_its_rate_limit() -> None:
    options = {"rate_limit": "3/600", "web_concurrency": 1, "trusted_proxies": "10.0.0.0/8"}
    with serving_tiny(NOWHERE, addresses, **options) as client:
        forwarded = (b"203.0.113.7", b"203.0.113.8", b"10.0.0.1", b"127.0.0.1")
        assert [limited(client, claim) for claim in forwarded] == [2, 1, 0, -1]
        assert {limited(client, garbage) for garbage in GARBAGE} == {-1}


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        networks(("10.0.0.0/8", "proxy.internal"))
