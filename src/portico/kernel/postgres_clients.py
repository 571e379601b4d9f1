"""`pg_dump`, `pg_restore` and `psql`, run on a database of ours."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portico.kernel.database import conninfo
from portico.kernel.postgres_binaries import complaint, wheel_folder

PROGRAMS = ("pg_dump", "pg_restore", "psql")

# Servers before 17 do not know this setting.
_TOO_NEW = b"SET transaction_timeout"
_FOREIGN_OWNER = re.compile(rb'^(ALTER DEFAULT PRIVILEGES )FOR ROLE (?:"(?:[^"]|"")+"|\S+) ')
# Of the owner's own policies, which let it see all rows.
_POLICY_OF_OWNER = re.compile(rb'^(CREATE POLICY door ON \S+ FOR SELECT TO )(?:"(?:[^"]|"")+"|\S+)(?= USING \(true\);)')
_DATA, _END_OF_DATA = re.compile(rb"^COPY .* FROM stdin;\n$"), b"\\.\n"


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message is one sentence for the operator."""


@dataclass(frozen=True)
class PostgresClients:
    """A folder that holds the three programs."""

    folder: Path

    @classmethod
    def find(cls, bin_dir: Path | None = None) -> "PostgresClients":
        """In `bin_dir`, among the embedded PostgreSQL's, or on PATH. Raises `BackupError`."""
        on_path = shutil.which("pg_dump")
        folders = [bin_dir, wheel_folder(), Path(on_path).resolve().parent if on_path else None]
        for folder in folders:
            if folder is not None and all((folder / program).is_file() for program in PROGRAMS):
                return cls(folder)
        raise BackupError(
            "There is no pg_dump: install `portico[embedded]`, or PostgreSQL's client programs, "
            "or set PORTICO_POSTGRES_BIN to the folder that holds them."
        )

    def dump(self, url: str, target: Path, *, schemas: Sequence[str], snapshot: str) -> None:
        """Write the schemas as the snapshot sees them, in the custom format. Raises `BackupError`."""
        names = [f'--schema="{schema}"' for schema in schemas]
        # Policies stand until all rows are in: who sees every row, as `hidden_tables` made sure, dumps every row.
        command = ["--format=custom", "--enable-row-security", f"--snapshot={snapshot}", f"--file={target}", *names]
        self._run("pg_dump", [*command, f"--dbname={_address(url)}"], url)

    def restore(self, url: str, dump: Path, *, before: Iterable[str]) -> None:
        """Run `before` and the dump in one transaction: all of it or nothing. Raises `BackupError`."""
        options = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        with (
            subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                [self.folder / "pg_restore", "--no-owner", "--file=-", dump], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as source,
            subprocess.Popen(  # noqa: S603 - as above
                [self.folder / "psql", *options, f"--dbname={_address(url)}"], stdin=subprocess.PIPE,
                stderr=subprocess.PIPE, env=_environment(url),
            ) as target,
        ):  # fmt: skip
            script = (line for part in (_lines(before), _portable(source.stdout or ())) for line in part)
            refusal = _feed(target, script)
            source.stdout.close() if source.stdout else None
            reason = source.stderr.read().decode(errors="replace") if source.stderr else ""
        if target.returncode:
            raise BackupError(f"The database refused the backup: {_reason(refusal)}")
        if source.returncode:
            raise BackupError(f"The backup cannot be read: {complaint(reason)}")

    def _run(self, program: str, arguments: Sequence[str], url: str) -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [self.folder / program, *arguments], capture_output=True, text=True, check=False, env=_environment(url)
        )
        if done.returncode:
            reason = complaint(done.stderr).removeprefix(f"{program}: error: ").rstrip(".")
            raise BackupError(f"{program} failed: {reason}.")


def _feed(target: subprocess.Popen[bytes], script: Iterable[bytes]) -> str:
    """Write the script to psql's input; answers what it complained about."""
    if target.stdin is None or target.stderr is None:
        return ""
    try:
        with target.stdin as pipe:
            pipe.writelines(script)
    except BrokenPipeError:
        pass  # it has stopped at the first error, and says which
    return target.stderr.read().decode(errors="replace")


def _portable(script: Iterable[bytes]) -> Iterator[bytes]:
    """The script without what another owner may not say, and without what older servers do not know."""
    is_data = False
    for line in script:
        if is_data:
            is_data = line != _END_OF_DATA
            yield line
        elif not line.startswith(_TOO_NEW):
            is_data = bool(_DATA.match(line))
            yield _POLICY_OF_OWNER.sub(rb"\1CURRENT_USER", _FOREIGN_OWNER.sub(rb"\1", line))


def _reason(output: str) -> str:
    """Of psql's words the first error: hints and places come after it."""
    errors = [line.partition("ERROR:")[2].strip() for line in output.splitlines() if "ERROR:" in line]
    return f"{errors[0]}." if errors else complaint(output)


def _lines(statements: Iterable[str]) -> Iterator[bytes]:
    return (f"{statement};\n".encode() for statement in statements)


def _address(url: str) -> str:
    """The address without the password: a command's arguments can be read by everybody on the machine."""
    known = {name: value for name, value in conninfo_to_dict(conninfo(url)).items() if name != "password"}
    return make_conninfo("", **known)


def _environment(url: str) -> dict[str, str]:
    password = conninfo_to_dict(conninfo(url)).get("password")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG") or name == "PGPASSFILE"}
    return {**kept, "PGOPTIONS": "", "LC_ALL": "C", **({"PGPASSWORD": str(password)} if password else {})}
