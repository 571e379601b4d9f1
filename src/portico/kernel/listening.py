"""The socket that all workers of a server take connections from. The parent makes it and keeps it to the end.

So a worker that dies takes no waiting connection with it, and the port can be closed in order: whoever is connected is
answered, whoever comes later is refused, and nobody is cut off in between.
"""

import ctypes
import errno
import socket
import struct
import sys
import time
from contextlib import suppress

from portico.kernel.settings import SettingsError

BACKLOG = 2048
PORT_WAIT = 3.0  # seconds: the workers of a parent that was killed need a moment to notice
SETTLING = 0.1  # seconds for those who are connected already to be taken by a worker

# Linux: a packet filter on the socket, as (code, jump if true, jump if false, value). It drops packets with the SYN
# flag, which is how TCP begins a connection. SO_ATTACH_FILTER has no name in Python.
SO_ATTACH_FILTER = 26
DROP_NEWCOMERS = (
    (0x30, 0, 0, 13),  # load the byte of flags
    (0x45, 0, 1, 0x02),  # is SYN among them?
    (0x06, 0, 0, 0),  # yes: drop
    (0x06, 0, 0, 0xFFFFFFFF),  # no: keep all of it
)


def bind(host: str, port: int, *, write_timeout: float) -> socket.socket:
    """A socket on the port; it does not listen yet. Raises `SettingsError` where somebody else is there.

    Connections whose client takes nothing for `write_timeout` seconds are cut by the system (Linux).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + PORT_WAIT
    while True:
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(write_timeout * 1000))
        try:
            listener.bind((host, port))
            return listener
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise _not_usable(host, port, error) from None
        time.sleep(0.1)


def listen(listener: socket.socket) -> None:
    """Take connections from now on. Raises `SettingsError` where somebody was faster."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        host, port = listener.getsockname()[:2]
        raise _not_usable(host, port, error) from None


def turn_newcomers_away(listener: socket.socket) -> None:
    """Begin no new connection on the socket, and wait until those that had begun are taken.

    Closing a listening socket cuts off all whom nobody has taken yet, and more may come at any moment. Newcomers hear
    nothing and try again within a second; by then the port is closed, and they are refused. Linux only: elsewhere a
    few may be cut.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # a kernel without packet filters
            _drop_newcomers(listener)
            time.sleep(SETTLING)


def _drop_newcomers(listener: socket.socket) -> None:
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in DROP_NEWCOMERS))
    described = struct.pack("HP", len(DROP_NEWCOMERS), ctypes.addressof(program))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)


def _not_usable(host: str, port: int, error: OSError) -> SettingsError:
    return SettingsError(f"Port {port} on {host} cannot be used: {error.strerror}.")
