"""The tags and the commits of a repository, read from git in a fixed form."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from portico.apps.releases.importing.git import Git
from portico.kernel.errors import InvalidInput

MOST_TAGS, MOST_COMMITS = 5000, 200_000
LONGEST_MESSAGE, LONGEST_NAME = 20_000, 300  # characters, as long as what the API takes; what is longer is cut
TAG = ("refname:strip=2", "objectname", "objecttype", "creatordate:unix", "contents:subject", "contents:body")
COMMIT = ("%H", "%P", "%an", "%ct", "%B")


@dataclass(frozen=True)
class Tag:
    """A tag, and the commit that it names. `message` is that of its annotation, if it has one."""

    name: str
    sha: str
    at: datetime | None
    message: str


@dataclass(frozen=True)
class Logged:
    """A commit of the log."""

    sha: str
    parents: tuple[str, ...]
    author: str
    at: datetime | None
    message: str


async def tags(git: Git) -> list[Tag]:
    """The tags that name commits. Raises `InvalidInput` where there are too many."""
    form = "".join(f"%({name})%00" for name in TAG)
    found = _records(await git.run("--git-dir=repository", "for-each-ref", f"--format={form}", "refs/tags"), len(TAG))
    if len(found) > MOST_TAGS:
        raise InvalidInput(f"The repository has more than {MOST_TAGS:,} tags.")
    shas = await _commits_of(git, [record[1] for record in found])
    return [_tag(record, sha) for record, sha in zip(found, shas, strict=True) if sha is not None]


async def commits(git: Git, starts: Iterable[str]) -> list[Logged]:
    """The commits from which these come, each before its parents. Raises `InvalidInput` where there are too many."""
    wanted = "".join(f"{sha}\n" for sha in starts)
    if not wanted:
        return []
    output = await git.run(
        "--git-dir=repository", "log", "--stdin", "-z", "--topo-order", "--no-color", "--no-notes", "--no-mailmap",
        "--no-show-signature", "--encoding=UTF-8", f"--max-count={MOST_COMMITS + 1}",
        f"--format=tformat:{'%x00'.join(COMMIT)}", stdin=wanted.encode(),
    )  # fmt: skip
    found = _records(output, len(COMMIT))
    if len(found) > MOST_COMMITS:
        raise InvalidInput(f"The repository has more than {MOST_COMMITS:,} commits.")
    return [
        Logged(sha, tuple(parents.split()), author.strip()[:LONGEST_NAME], _time(at), message[:LONGEST_MESSAGE])
        for sha, parents, author, at, message in found
    ]


def _records(output: bytes, width: int) -> list[tuple[str, ...]]:
    """Every field ends with a NUL, which no field can hold. A line's end before a record belongs to none."""
    fields = output.decode(errors="replace").split("\x00")[:-1]
    records = zip(*[iter(fields)] * width, strict=True)
    return [(record[0].lstrip("\n"), *record[1:]) for record in records]


async def _commits_of(git: Git, objects: Sequence[str]) -> list[str | None]:
    """The commit that each object is, or is a tag of; None for a tree or a blob."""
    if not objects:
        return []
    wanted = "".join(f"{each}^{{commit}}\n" for each in objects)
    output = await git.run("--git-dir=repository", "cat-file", "--batch-check", stdin=wanted.encode())
    answers = [line.split() for line in output.decode().splitlines()]
    return [answer[0] if answer[1:2] == ["commit"] else None for answer in answers]


def _tag(record: tuple[str, ...], sha: str) -> Tag:
    name, _, kind, at, subject, body = record
    return Tag(name, sha, _time(at), f"{subject}\n\n{body}".strip()[:LONGEST_MESSAGE] if kind == "tag" else "")


def _time(seconds: str) -> datetime | None:
    """A commit may say anything of its time."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
