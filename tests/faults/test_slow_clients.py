"""Clients that hold a connection and do not get on with it: others are not disturbed, and they are cut in time."""

import select
import socket
import threading
import time
from collections.abc import Callable

from tests.faults.running import Portico

LIMIT = 1  # seconds: REQUEST_TIMEOUT
CUT_WITHIN = {
    "silent": LIMIT + 2.0,
    "half a header": LIMIT + 2.0,
    "a header that drips": LIMIT + 2.0,
    "half a body": LIMIT + 2.0,
    "a body that drips": LIMIT + 2.0,
    "idle after an answer": LIMIT + 2.0,
    "never reads": 3 * LIMIT + 4.0,  # the system looks at the limit only when it asks once more, ever more rarely
}
MANY = 20  # of each kind

HEADER = b"GET /api/products/1/ HTTP/1.1\r\nHost: x\r\nX-Long: "
BODY = b"POST /api/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
WHOLE = b"GET /api/products/?limit=100 HTTP/1.1\r\nHost: x\r\n\r\n"


def test_slow_clients_are_cut_in_time_and_disturb_nobody(new_portico: Callable[..., Portico]) -> None:
    portico = new_portico(REQUEST_TIMEOUT=str(LIMIT))
    lasted: dict[str, list[float]] = {kind: [] for kind in CUT_WITHIN}
    threads = [
        threading.Thread(target=lambda kind=kind: lasted[kind].append(stay(portico.port, kind)), daemon=True)
        for kind in CUT_WITHIN
        for _ in range(MANY)
    ]
    for thread in threads:
        thread.start()
    slowest = 0.0
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        assert portico.get("/api/products/1/")[0] == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.05)
    assert slowest < 1
    for kind, limit in CUT_WITHIN.items():
        assert len(lasted[kind]) == MANY, kind
        assert max(lasted[kind]) < limit, f"{kind}: {max(lasted[kind]):.1f} s"


def stay(port: int, kind: str) -> float:
    """Be such a client; answers the seconds until the connection is cut, or infinity."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        begin(connection, kind)
        began = time.monotonic()
        while time.monotonic() - began < CUT_WITHIN[kind]:
            if "drips" in kind and not send(connection, b"x"):
                return time.monotonic() - began
            if is_cut(connection, reads=kind != "never reads"):
                return time.monotonic() - began
    return float("inf")


def begin(connection: socket.socket, kind: str) -> None:
    connection.settimeout(0.5)
    if kind == "never reads":
        while send(connection, WHOLE * 100):  # until nothing more is taken
            pass
    elif "header" in kind:
        send(connection, HEADER)
    elif "body" in kind:
        send(connection, BODY)
    elif kind == "idle after an answer":
        send(connection, WHOLE)


def send(connection: socket.socket, data: bytes) -> bool:
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def is_cut(connection: socket.socket, *, reads: bool) -> bool:
    """Whether it ended, within 0.2 s. Who does not read is told of the end by the system alone."""
    poll = select.poll()
    poll.register(connection, select.POLLIN if reads else 0)
    events = poll.poll(200)
    if events and events[0][1] & (select.POLLHUP | select.POLLERR):
        return True
    try:
        return bool(events) and connection.recv(65536) == b""
    except OSError:
        return True
