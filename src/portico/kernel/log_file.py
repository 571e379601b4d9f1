"""A log file that many processes append to, and that is put aside when it has grown."""

import fcntl
import os
import threading
from pathlib import Path

LARGEST = 50 * 1024 * 1024  # bytes
KEPT = 5  # files beside the current one


class RotatingFile:
    """Whole lines are appended with one write each, so that those of several processes never mix."""

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        self._path = path
        self._largest = largest
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = self._open()
        self._turn = threading.Lock()  # a descriptor that one thread closes must not be written to by another

    def write(self, line: bytes) -> int:
        with self._turn:
            if os.fstat(self._descriptor).st_size >= self._largest:
                self._rotate()
            return os.write(self._descriptor, line)

    def flush(self) -> None:
        """Nothing is held back."""

    def _rotate(self) -> None:
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another process may have been first: then there is a new file, and only ours is the old one.
            if self._path.exists() and self._path.stat().st_size >= self._largest:
                for number in range(KEPT, 0, -1):
                    older = self._path.with_name(f"{self._path.name}.{number}")
                    newer = self._path.with_name(f"{self._path.name}.{number - 1}") if number > 1 else self._path
                    if newer.exists():
                        newer.replace(older)
        finally:
            os.close(lock)
        os.close(self._descriptor)
        self._descriptor = self._open()

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
