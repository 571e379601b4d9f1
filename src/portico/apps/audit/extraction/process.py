"""The process that reads a document: `python -m portico.apps.audit.extraction.process EXTENSION < FILE > FINDINGS`.

It has no database, no settings, and not much memory and time: the file is whatever a stranger has sent.
"""

import signal
import sys
from contextlib import suppress
from importlib import import_module

from portico.apps.audit.extraction.findings import Findings, Unreadable
from portico.apps.audit.extraction.kinds import READERS, require_kind

if sys.platform != "win32":
    import resource

MEMORY = 512 * 1024 * 1024  # bytes
SECONDS = 60
MOST_WRITTEN = 256 * 1024 * 1024  # bytes of findings


def main() -> int:
    extension = sys.argv[1]
    limit()
    findings = Findings(sys.stdout)
    try:
        require_kind(sys.stdin.buffer, extension)
        # Only the library that this file needs: each takes its time and memory.
        reader = import_module(f"portico.apps.audit.extraction.{READERS[extension]}")
        reader.read(sys.stdin.buffer, extension, findings)
        findings.end()
    except Unreadable as error:
        findings.refuse(error.reason)
    except (MemoryError, RecursionError):
        findings.refuse(f"Reading it takes more than {MEMORY // 2**20} MB of memory.")
    except Exception as error:
        findings.refuse(f"It is damaged, or no .{extension} at all: {type(error).__name__}.")
    sys.stdout.flush()
    return 0


def limit() -> None:
    """Bind this process and all that it starts, whatever becomes of the one that has started it."""
    if sys.platform == "win32":
        return
    signal.alarm(SECONDS + 5)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        with suppress(ValueError, OSError):  # macOS does not take each of them; time is bound there as well
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    sys.exit(main())
