"""The program git, run on repositories of strangers.

It gets no configuration but ours, no environment but what stands here, no terminal and no shell; it speaks one
protocol, runs no hooks, follows no redirects and asks for no password. It is killed, with all that it has started, when
it takes too long, grows too large or is not wanted any more.
"""

import asyncio
import os
import re
import resource
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from portico.kernel.errors import InvalidInput, Unavailable

MIB = 1024 * 1024
MOST_BYTES = 200 * MIB
MOST_SECONDS = 120.0
MOST_OUTPUT = 64 * MIB
MOST_MEMORY = 1024 * MIB  # of address space, into which packs are mapped
LOOK_EVERY = 0.2  # seconds
MOST_COMPLAINT = 2000
PASSED_ON = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO")
PINS_SINCE = (2, 37)
"""The first git that knows `http.curloptResolve`. An older one would pass over it, and resolve the name once more."""

log = structlog.get_logger("portico.git")


class TooLarge(InvalidInput):
    message = f"The repository is larger than {MOST_BYTES // MIB} MB, or its log than {MOST_OUTPUT // MIB} MB."


class TooSlow(Unavailable):
    message = f"The repository took longer than {MOST_SECONDS:.0f} s."


class GitFailed(Unavailable):
    """What git says of it stands in the log: it may tell of the inside of our network."""

    message = "Git could not read the repository: it does not exist, is not public, or cannot be reached."


class GitTooOld(Unavailable):
    message = "Imports need git 2.37 or newer on the server."


class Git:
    """Git in a folder of its own, for one import."""

    def __init__(self, folder: Path, *, protocol: str = "none", config: Mapping[str, str] | None = None) -> None:
        """`folder` is empty and ours. `protocol` is the one that may be spoken: `https` or `file`."""
        self._folder = folder
        self._protocol = protocol
        self._config = {
            "core.hooksPath": os.devnull, "core.fsmonitor": "false", "core.askPass": "", "credential.helper": "",
            "http.followRedirects": "false", "http.proxy": "", "http.lowSpeedLimit": "1000", "http.lowSpeedTime": "30",
            "protocol.allow": "never", f"protocol.{protocol}.allow": "always", "fetch.recurseSubmodules": "false",
            "submodule.recurse": "false", "pack.threads": "1", "gc.auto": "0", "maintenance.auto": "false",
            **(config or {}),
        }  # fmt: skip

    async def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What it writes. Raises `TooLarge`, `TooSlow`, `GitFailed`."""
        process = await asyncio.create_subprocess_exec(
            "git", "--no-replace-objects", *self._options(), *arguments,
            stdin=PIPE if stdin else DEVNULL, stdout=PIPE, stderr=PIPE, cwd=self._folder, env=self._environment(),
            start_new_session=True,
        )  # fmt: skip
        try:
            _limit_memory(process)
            async with asyncio.timeout(MOST_SECONDS):
                return await self._finished(process, stdin)
        except TimeoutError:
            raise TooSlow from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def require_pinning(self) -> None:
        """Raises `GitTooOld`."""
        found = re.search(rb"(\d+)\.(\d+)", await self.run("version"))
        if found is None or (int(found[1]), int(found[2])) < PINS_SINCE:
            raise GitTooOld

    async def _finished(self, process: Process, stdin: bytes) -> bytes:
        watch = asyncio.create_task(self._watch())
        work = asyncio.create_task(_written(process, stdin))
        try:
            await asyncio.wait((watch, work), return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
            return await work
        finally:
            watch.cancel()
            work.cancel()
            await asyncio.gather(watch, work, return_exceptions=True)

    async def _watch(self) -> None:
        while await asyncio.to_thread(_size, self._folder) <= MOST_BYTES:  # noqa: ASYNC110 - nobody tells of growth
            await asyncio.sleep(LOOK_EVERY)
        raise TooLarge

    def _options(self) -> Sequence[str]:
        return [part for name, value in self._config.items() for part in ("-c", f"{name}={value}")]

    def _environment(self) -> Mapping[str, str]:
        known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {
            **known, "HOME": str(self._folder), "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self._folder / "config"), "GIT_ALLOW_PROTOCOL": self._protocol,
            "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1",
        }  # fmt: skip


async def _written(process: Process, stdin: bytes) -> bytes:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    assert process.stderr is not None  # noqa: S101 - as above
    _, output, complaint = await asyncio.gather(
        _give(process, stdin), _read(process.stdout, MOST_OUTPUT), _read_some(process.stderr)
    )
    if await process.wait() != 0:
        log.warning("git failed", code=process.returncode, complaint=complaint.decode(errors="replace"))
        raise GitFailed
    return output


async def _give(process: Process, stdin: bytes) -> None:
    if process.stdin is not None:
        with suppress(ConnectionError):  # it has ended before it had read all; its code says why
            process.stdin.write(stdin)
            await process.stdin.drain()
        process.stdin.close()


async def _read(stream: asyncio.StreamReader, most: int) -> bytes:
    found = bytearray()
    while chunk := await stream.read(64 * 1024):
        found += chunk
        if len(found) > most:
            raise TooLarge
    return bytes(found)


async def _read_some(stream: asyncio.StreamReader) -> bytes:
    """Its last words; all are read, else it would wait for us."""
    last = b""
    while chunk := await stream.read(4096):
        last = (last + chunk)[-MOST_COMPLAINT:]
    return last


def _limit_memory(process: Process) -> None:
    if hasattr(resource, "prlimit"):  # on Linux
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _size(folder: Path) -> int:
    """Bytes in all files; those that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - ten thousands of them
    return total
