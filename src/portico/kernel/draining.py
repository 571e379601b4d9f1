"""Leaving in order: told to stop, a worker first says that it is not ready, then finishes what it has begun."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

PARENT_VARIABLE = "PORTICO_PARENT_PID"
DRAIN_SIGNAL = signal.SIGUSR1
"""What the parent sends its workers before SIGTERM: once, so that clients move on while the port still listens, and
again when the port is about to be closed."""


class Draining:
    """Set once this process has been told to stop: readiness is 503, answers close their connection, streams end."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._is_listening = False
        self.last_step: Callable[[], None] = lambda: None
        """What is to be done just before the port is closed."""

    def is_set(self) -> bool:
        return self._told.is_set()

    def set(self) -> None:
        self._told.set()

    def listen(self) -> None:
        """Be set by SIGTERM and DRAIN_SIGNAL, and leave the server's own handling of SIGTERM in place. Needs a loop.

        Servers install their handlers before the lifespan starts: uvicorn through `signal`, uvloop through the wake-up
        file descriptor, which goes on working whatever Python handler is set. So calling the previous one is enough.
        """
        if self._is_listening or threading.current_thread() is not threading.main_thread():
            return
        self._is_listening = True
        previous = signal.getsignal(signal.SIGTERM)

        def drain(signum: int, frame: FrameType | None) -> None:
            if signum == DRAIN_SIGNAL and self.is_set():
                self.last_step()
            self.set()
            if signum == signal.SIGTERM:
                if callable(previous):
                    previous(signum, frame)
                elif previous is signal.SIG_DFL:
                    raise SystemExit(128 + signum)

        signal.signal(signal.SIGTERM, drain)
        signal.signal(DRAIN_SIGNAL, drain)
        if PARENT_VARIABLE in os.environ:
            # Ctrl-C reaches every process of the terminal. The parent ends us when it is time.
            asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_IGN)


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
