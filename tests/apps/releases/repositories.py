"""Git repositories that tests make, and the worker that imports them."""

import asyncio
import random
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from portico.apps.releases.importing.service import JOB
from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.job_worker import JobWorker
from portico.kernel.jobs import jobs_of
from portico.kernel.runtime import Runtime
from tests.servers import settings_of

START = 1_700_000_000
WORDS = ("cart", "search", "price", "token", "page", "cache", "queue", "label", "export", "filter")
KINDS = ("fix", "fix", "fix", "docs", "chore", "refactor", "test", "feat")


class Repository:
    """A repository as a stream for `git fast-import`. Commits are an hour apart; a mark stands for each."""

    def __init__(self) -> None:
        self._stream: list[bytes] = []
        self.count = 0

    def commit(self, message: str, *parents: int, author: str = "Ada Lovelace", branch: str = "main") -> int:
        """A commit that changes one file; answers its mark."""
        self.count += 1
        text, content = message.encode(), f"{self.count}\n".encode()
        who = f"{author} <dev@example.com> {START + 3600 * self.count} +0200".encode()
        lines = [b"commit refs/heads/" + branch.encode(), b"mark :%d" % self.count, b"committer " + who,
                 b"data %d\n%s" % (len(text), text)]  # fmt: skip
        if parents:
            lines.append(b"from :%d" % parents[0])
            lines += [b"merge :%d" % parent for parent in parents[1:]]
        lines.append(b"M 100644 inline file-%d\ndata %d\n%s" % (self.count % 7, len(content), content))
        self._stream.append(b"\n".join(lines) + b"\n")
        return self.count

    def tag(self, name: str, mark: int, annotation: str | None = None) -> None:
        if annotation is None:
            self._stream.append(f"reset refs/tags/{name}\nfrom :{mark}\n\n".encode())
            return
        text = annotation.encode()
        who = f"Ada Lovelace <dev@example.com> {START + 3600 * mark + 60} +0000".encode()
        self._stream.append(b"tag %s\nfrom :%d\ntagger %s\ndata %d\n%s\n" % (name.encode(), mark, who, len(text), text))

    def write(self, folder: Path) -> Path:
        git(folder.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
        return self.add_to(folder)

    def add_to(self, folder: Path) -> Path:
        """Write what came since the last time. Marks are kept beside the repository."""
        marks = f"{folder}.marks"
        git(
            folder, "fast-import", "--quiet", "--force", f"--import-marks-if-exists={marks}",
            f"--export-marks={marks}", stdin=b"".join(self._stream),
        )  # fmt: skip
        self._stream = []
        return folder


def large(seed: int = 1) -> Repository:
    """350 commits and 22 versions: a line of releases with candidates, a maintenance branch, and merges of topics.

    `v1.2.1` has a feature in it, and `v1.5.0` breaks something: they do not follow their commits.
    """
    chance = random.Random(seed)
    made = Repository()
    head = made.commit("chore: Begin.")
    versions = (
        "0.1.0", "0.1.1", "0.2.0", "1.0.0-rc.1", "1.0.0-rc.2", "1.0.0", "1.0.1", "1.1.0", "1.2.0-beta.1", "1.2.0",
        "1.2.1", "1.3.0", "1.4.0", "1.4.1", "1.5.0", "2.0.0-rc.1", "2.0.0", "2.0.1", "2.1.0", "2.10.0",
    )  # fmt: skip
    for version in versions:
        for _ in range(13):
            head = made.commit(f"{chance.choice(KINDS[:-1])}({chance.choice(WORDS)}): Do {chance.random()}.", head)
        topic = made.commit(f"fix: On a branch for {version}.", head, branch="topic")
        topic = made.commit("test: As well.", topic, branch="topic")
        if (
            version.endswith((".0", ".1"))
            and "-" not in version
            and version not in ("0.1.1", "1.0.1", "1.4.1", "2.0.1")
        ):
            head = made.commit(f"feat({chance.choice(WORDS)}): For {version}.", head)
        if version in ("1.0.0-rc.1", "1.5.0", "2.0.0-rc.1"):
            head = made.commit(f"refactor: Break it for {version}.\n\nBREAKING CHANGE: nothing is as it was", head)
        head = made.commit("Merge branch 'topic'", head, topic)
        made.tag(f"v{version}", head, f"Release {version}\n\nWith care." if version.endswith("0") else None)
        if version == "1.1.0":
            old = head
    old = made.commit("fix: On the old line.", old, branch="maintenance")
    made.tag("v1.1.1", old)
    made.tag("v1.1.2", made.commit("fix: Once more.", old, branch="maintenance"), "Again")
    made.tag("nightly", head)
    made.tag("v3", head)
    return made


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What git says. It knows who tags without the configuration of whoever runs the tests."""
    who = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout.decode()


@contextmanager
def importing_worker(url: str) -> Iterator[None]:
    """A worker in a thread of its own, for imports alone: no sweeps, which go by the real time."""
    settings = settings_of(url, job_drain_seconds=0)
    runtime = Runtime(settings=settings, database=Database(url, pool_size=settings.job_pool_size, limits=JOB_LIMITS))
    jobs = {name: found for name, found in jobs_of(["releases"]).items() if found.job.name == JOB}
    worker = JobWorker(jobs, runtime, url)
    loops: Queue[asyncio.AbstractEventLoop] = Queue()

    async def work() -> None:
        loops.put(asyncio.get_running_loop())
        await worker.run()

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="worker")
    thread.start()
    loop = loops.get()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(worker.stop)
        thread.join()
