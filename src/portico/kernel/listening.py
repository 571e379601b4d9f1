"""The sockets of the port. The parent holds the port; each worker listens on it with a socket of its own.

The system deals the connections out evenly (`SO_REUSEPORT`). Closing a listening socket cuts off all who are connected
and whom nobody has taken yet, so before they close theirs the workers turn newcomers away.
"""

import ctypes
import errno
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from granian._granian import SocketHolder

from portico.kernel.draining import draining
from portico.kernel.settings import SettingsError

BACKLOG = 2048
PORT_WAIT = 3.0  # seconds: the workers of a parent that was killed need a moment to notice
SETTLING = 0.5  # seconds in which who is connected when newcomers are turned away is taken, also by a busy worker

# Linux: a packet filter on the socket, as (code, jump if true, jump if false, value). It drops packets with the SYN
# flag, which is how TCP begins a connection. SO_ATTACH_FILTER has no name in Python.
SO_ATTACH_FILTER = 26
DROP_NEWCOMERS = (
    (0x30, 0, 0, 13),  # load the byte of flags
    (0x45, 0, 1, 0x02),  # is SYN among them?
    (0x06, 0, 0, 0),  # yes: drop
    (0x06, 0, 0, 0xFFFFFFFF),  # no: keep all of it
)


def hold_port(host: str, port: int) -> socket.socket:
    """A socket that keeps the port for this process and its workers. Raises `SettingsError` where it is taken."""
    deadline = time.monotonic() + PORT_WAIT
    while True:
        try:
            with _bound(host, port, shared=False):
                pass
            return _bound(host, port, shared=True)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise SettingsError(f"Port {port} on {host} cannot be used: {error.strerror}.") from None
        time.sleep(0.1)


@dataclass(frozen=True)
class WorkerSocket:
    """The socket that a worker will have: it comes into being where this is unpickled. It does not listen yet.

    Connections whose client takes nothing for `write_timeout` seconds are cut by the system (Linux).
    """

    host: str
    port: int
    write_timeout: float

    def __reduce__(self) -> tuple[Any, ...]:
        return _socket_of_this_worker, (self.host, self.port, self.write_timeout)


def _socket_of_this_worker(host: str, port: int, write_timeout: float) -> Any:
    listener = _bound(host, port, shared=True)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(write_timeout * 1000))
    descriptor = listener.detach()
    draining.last_step = partial(turn_newcomers_away, descriptor)
    return SocketHolder(descriptor, False, BACKLOG)  # type: ignore[call-arg]  # the stub knows no arguments


def turn_newcomers_away(descriptor: int) -> None:
    """Let no new connection begin at a listening socket; those that have begun are still taken.

    Newcomers hear nothing and try again within a second; then the port is closed and they are refused.
    """
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in DROP_NEWCOMERS))
    described = struct.pack("HP", len(DROP_NEWCOMERS), ctypes.addressof(program))
    listener = socket.socket(fileno=descriptor)
    with suppress(OSError):  # a system without packet filters: a few connections may be cut
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)
    listener.detach()  # it stays granian's to close


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared and sys.platform == "linux":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        found.bind((host, port))
    except OSError:
        found.close()
        raise
    return found
