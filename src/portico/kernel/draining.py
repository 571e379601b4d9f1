"""Leaving in order: told to stop, a worker first says that it is not ready, then finishes what it has begun."""

import os
import signal
import threading
import time
from types import FrameType

PARENT_VARIABLE = "PORTICO_PARENT_PID"
DRAIN_SIGNAL = signal.SIGUSR1
"""What the parent sends its workers some time before SIGTERM, so that clients move on while the port still listens."""


class Draining:
    """Set once this process has been told to stop: readiness is 503, answers close their connection, streams end."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._is_listening = False

    def is_set(self) -> bool:
        return self._told.is_set()

    def set(self) -> None:
        self._told.set()

    def listen(self) -> None:
        """Be set by SIGTERM and DRAIN_SIGNAL, and leave the server's own handling of SIGTERM in place.

        Servers install their handlers before the lifespan starts: uvicorn through `signal`, uvloop through the wake-up
        file descriptor, which goes on working whatever Python handler is set. So calling the previous one is enough.
        """
        if self._is_listening or threading.current_thread() is not threading.main_thread():
            return
        self._is_listening = True
        previous = signal.getsignal(signal.SIGTERM)

        def drain(signum: int, frame: FrameType | None) -> None:
            self.set()
            if signum == signal.SIGTERM:
                if callable(previous):
                    previous(signum, frame)
                elif previous is signal.SIG_DFL:
                    raise SystemExit(128 + signum)

        signal.signal(signal.SIGTERM, drain)
        signal.signal(DRAIN_SIGNAL, drain)


draining = Draining()


def exit_with_parent() -> None:
    """End this worker when the parent that started it is gone: an orphan would hold the port and serve old code."""
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is not None:
        threading.Thread(target=_watch, args=(int(parent),), daemon=True, name="parent-watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)  # the loop may be blocked, and there is nobody left to report to
