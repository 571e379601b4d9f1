"""The processes that answer requests: granian's, each with a socket that we make.

granian alone closes the port before it has taken those who wait at it, ends the server when one worker is killed twice
within seconds, and tries without end where two workers cannot start at all. Its hooks do not reach that far, so two of
its methods are overridden here; the tests of `tests/faults` hold them to what they are for.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from portico.kernel.draining import DRAIN_SIGNAL, PARENT_VARIABLE
from portico.kernel.listening import BACKLOG, SETTLING, WorkerSocket
from portico.kernel.settings import Settings, SettingsError

MOST_FAILED_STARTS = 2  # in a row, for each worker


class Workers(MPServer):
    """Started by `run`, which returns after SIGTERM or SIGINT, when every request that had begun is answered."""

    def __init__(
        self, target: str, port: socket.socket, settings: Settings, *, on_leave: Callable[[], None] = lambda: None
    ) -> None:
        host, number = port.getsockname()[:2]
        self._socket = WorkerSocket(host, number, write_timeout=settings.request_timeout)
        self._drain_seconds = settings.drain_seconds
        self._on_leave = on_leave
        self._told_to_leave = threading.Event()
        self._hurried = threading.Event()
        self._failed_starts = 0
        self._gave_up = False
        super().__init__(
            target,
            address=host,
            port=number,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,  # else a client that says nothing is waited for without end, to see what it speaks
            http1_settings=HTTP1Settings(header_read_timeout=int(settings.request_timeout * 1000)),
            workers=settings.workers,
            respawn_failed_workers=True,
            workers_kill_timeout=int(settings.request_timeout) + 1,
            backlog=BACKLOG,
            log_enabled=False,
        )
        self.on_startup(self._begin)

    def run(self) -> None:
        """Serve until a signal ends it. Raises `SettingsError` where the workers do not start."""
        os.environ[PARENT_VARIABLE] = str(os.getpid())
        multiprocessing.set_start_method("spawn", force=True)  # threads of this process must not be copied by a fork
        try:
            self.serve()
        except SystemExit:  # granian's way to say that a worker died, which while leaving is nobody's business
            if not self._told_to_leave.is_set() and not self._gave_up:
                raise
        if self._gave_up:
            raise SettingsError("The workers cannot start; the reason stands above.")

    def _begin(self) -> None:
        signal.signal(signal.SIGTERM, self._leave)
        signal.signal(signal.SIGINT, self._leave)
        sys.stderr.write(f"Portico is on http://{self._bind_addr_fmt}\n")

    def _leave(self, signum: int, frame: FrameType | None) -> None:
        """Let clients move on while the port is open, then close it. A second signal leaves them no time."""
        if self._told_to_leave.is_set():
            self._hurried.set()
            return
        self._told_to_leave.set()
        threading.Thread(target=self._drain, name="drain").start()

    def _drain(self) -> None:
        self._on_leave()
        _send_to_workers(DRAIN_SIGNAL)
        self._hurried.wait(self._drain_seconds)
        _send_to_workers(DRAIN_SIGNAL)
        time.sleep(SETTLING)
        self._end()

    def _end(self) -> None:
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    # From here on: granian's own.

    def _init_shared_socket(self) -> None:
        super()._init_shared_socket()  # type: ignore[no-untyped-call]
        if sys.platform == "linux":
            self._ssp, self._shd = None, self._socket  # type: ignore[assignment]  # it turns into what is expected

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """Called with a delay to renew workers that live, and without one when some have died."""
        if self._told_to_leave.is_set():
            return
        if not delay:
            # Two that die at once may be reported as one.
            dead = {place: worker.inner for place, worker in enumerate(self.wrks) if not worker.inner.is_alive()}
            workers = list(dead)
            # What a signal has killed, such as the system's when memory is short, is no failed start.
            failed = sum((process.exitcode or 0) > 0 for process in dead.values())
            self._failed_starts = self._failed_starts + failed if failed else 0
            self._gave_up = self._failed_starts >= MOST_FAILED_STARTS * self.workers
            if self._gave_up:
                self._end()
                return
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()  # by these granian would end the server when a worker is killed twice in 5.5 s


def _send_to_workers(number: int) -> None:
    for worker in multiprocessing.active_children():
        with suppress(ProcessLookupError):
            os.kill(worker.pid or 0, number)
