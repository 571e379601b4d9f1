"""A process beside the server's own: started again when it dies, asked to leave when the server leaves."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from portico.kernel.draining import PARENT_VARIABLE

FIRST_WAIT, LONGEST_WAIT = 0.1, 30.0  # seconds before it is started again
LIVED_WELL = 10.0  # seconds; a process that ends sooner is waited for longer each time


class ChildProcess:
    """Entered, it runs; left, it has ended. The child watches its parent itself: see `draining.exit_with_parent`."""

    def __init__(self, command: Sequence[str], *, patience: float) -> None:
        self._command = list(command)
        self._patience = patience
        self._lock = threading.RLock()
        self._is_leaving = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="child-process")

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wait until it has ended; after `patience` seconds it is killed."""
        self.leave()
        self._keeper.join(self._patience)
        if self._keeper.is_alive():
            self._send(signal.SIGKILL)
            self._keeper.join()

    def leave(self) -> None:
        """Ask it to end, and do not start it again. Returns at once."""
        self._is_leaving.set()
        self._send(signal.SIGTERM)

    def renew(self) -> None:
        """End it, so that one with new code takes its place."""
        self._send(signal.SIGTERM)

    def _send(self, number: int) -> None:
        with self._lock, suppress(ProcessLookupError):
            if self._process is not None:
                self._process.send_signal(number)

    def _keep(self) -> None:
        wait = FIRST_WAIT
        while self._start():
            began = time.monotonic()
            code = self._process.wait() if self._process else 0
            if self._is_leaving.is_set():
                return
            # What a signal has ended, such as ours or the system's when memory is short, is no failed start.
            lived_well = code <= 0 or time.monotonic() - began > LIVED_WELL
            wait = FIRST_WAIT if lived_well else min(2 * wait, LONGEST_WAIT)
            if code > 0:
                sys.stderr.write(f"{' '.join(self._command[1:])} ended with {code}; starting it again\n")
            self._is_leaving.wait(wait)

    def _start(self) -> bool:
        with self._lock:
            if self._is_leaving.is_set():
                return False
            known = {**os.environ, PARENT_VARIABLE: str(os.getpid())}
            self._process = subprocess.Popen(self._command, env=known)  # noqa: S603 - ours
            return True
