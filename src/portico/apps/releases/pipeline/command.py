"""A command that an agent runs: its output as it comes, of which the end is kept, and its end."""

import codecs
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

KEPT = 64 * 1024  # characters of the output: what the server keeps of a stage
KEY_VARIABLE = "PORTICO_API_KEY"
"""The agent's, and nothing that what it runs has to know."""
MERCY = 10.0  # seconds between SIGTERM and SIGKILL


class Command:
    """It runs in a shell, in a process group of its own, so that all of it can be stopped."""

    def __init__(self, line: str, environment: Mapping[str, str]) -> None:
        inherited = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
        self._kept = ""
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S602 - the shell is what the user has asked for
            line, shell=True, env={**inherited, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, name="output", daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> int | None:
        """The exit code, once it has ended and its output is read; None while it runs."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        # What it has started in the background may hold the output open for ever.
        self._reader.join(1)
        return code

    def stop(self) -> int:
        """End it and what it has started: SIGTERM, and SIGKILL where that does not help."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(MERCY)
        return self._process.wait()

    @property
    def has_news(self) -> bool:
        return bool(self._kept)

    def news(self) -> str:
        """What it has written since the last call, at most its last 64 KiB. NUL is nothing that a log could store."""
        with self._lock:
            text, self._kept = self._kept, ""
        return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")

    def put_back(self, text: str) -> None:
        """It was not heard."""
        with self._lock:
            self._kept = (text + self._kept)[-KEPT:]

    def _read(self) -> None:
        pipe = self._process.stdout
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while pipe is not None and (part := os.read(pipe.fileno(), 8192)):
            with self._lock:
                self._kept = (self._kept + decoder.decode(part))[-KEPT:]
            sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
