"""What tags and commits make: which changes are whose, and what is strange."""

import random
from pathlib import Path

import pytest

from portico.apps.releases.importing import history, plan
from portico.apps.releases.importing.fetching import clone_path
from portico.apps.releases.importing.history import Logged, Tag
from portico.apps.releases.importing.plan import Planned
from portico.apps.releases.semver import parse
from tests.apps.releases.repositories import Repository, git

KINDS = ("fix: x", "feat: x", "docs: x", "feat!: x", "no kind at all")


def made_of(commits: dict[str, tuple[str, str]], tags: dict[str, str], prefix: str = "v") -> tuple[list[Planned], list]:
    """`commits` by sha, with their parents' shas and their messages, each before its parents."""
    log = [Logged(sha, tuple(parents), "Ada", None, message) for sha, (parents, message) in commits.items()]
    versions, findings = plan.versions_of([Tag(name, sha, None, "") for name, sha in tags.items()], prefix)
    return versions, findings + plan.fill(versions, log)


LINE = {"d": ("c", "fix: four"), "c": ("b", "feat: three"), "b": ("a", "fix: two"), "a": ("", "feat: one")}


@pytest.mark.parametrize(
    ("tags", "changes"),
    [
        ({"v1.0.0": "a", "v1.1.0": "d"}, {"1.0.0": "a", "1.1.0": "dcb"}),
        ({"v1.0.0": "a", "v1.1.0-rc.1": "c", "v1.1.0": "d"}, {"1.0.0": "a", "1.1.0-rc.1": "cb", "1.1.0": "dcb"}),
        (
            {"v1.0.0": "a", "v1.1.0-rc.1": "c", "v1.1.0-rc.2": "d"},
            {"1.0.0": "a", "1.1.0-rc.1": "cb", "1.1.0-rc.2": "d"},
        ),
        # Of two on one commit the higher one comes from the lower.
        ({"v1.0.0": "b", "v1.0.1": "b"}, {"1.0.0": "ba", "1.0.1": ""}),
        ({"v1.0.0-rc.1": "b", "v1.0.0": "b"}, {"1.0.0-rc.1": "ba", "1.0.0": "ba"}),
        # The history decides, not the number.
        ({"v2.0.0": "a", "v1.5.0": "d"}, {"1.5.0": "dcb", "2.0.0": "a"}),
        ({"1.0.0": "a", "release-1.1.0": "b", "v1.2": "c", "v1.3.0": "d"}, {"1.3.0": "dcba"}),
    ],
)
def test_changes_of_a_line(tags: dict[str, str], changes: dict[str, str]) -> None:
    versions, _ = made_of(LINE, tags)
    found = {str(each.version): "".join(change["sha"] for change in each.changes) for each in versions}
    assert list(found.items()) == list(changes.items())


def test_what_is_common_to_two_lines_is_a_change_of_both() -> None:
    """The line parts at `b`, which no version has."""
    commits = {"d": ("b", "fix: old"), "c": ("b", "feat: new"), "b": ("a", "fix: both"), "a": ("", "feat: one")}
    versions, _ = made_of(commits, {"v1.0.0": "a", "v1.0.1": "d", "v1.1.0": "c"})
    assert [[change["sha"] for change in each.changes] for each in versions] == [["a"], ["d", "b"], ["c", "b"]]


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"v1.0.0": "a", "v1.1.0": "d"}, []),
        ({"v1.0.0": "a", "v2.0.0": "d"}, []),  # more than the commits ask for is nobody's mistake
        ({"v1.0.0": "a", "v1.0.1": "c"}, [("v1.0.1", "too_small")]),
        ({"v1.0.0": "a", "v1.0.1-rc.1": "c", "v1.0.1": "d"}, [("v1.0.1-rc.1", "too_small"), ("v1.0.1", "too_small")]),
        ({"v1.0.0": "a", "v1.1.0-rc.1": "c", "v1.1.0-rc.2": "d"}, []),
        ({"v2.0.0": "a", "v1.5.0": "b"}, [("v1.5.0", "order"), ("v1.5.0", "too_small")]),
        ({"v1.0.0": "a", "v1.0.0+x": "b"}, [("v1.0.0+x", "duplicate")]),
        ({"v0.1.0": "a", "v0.1.1": "c"}, [("v0.1.1", "too_small")]),
        ({"v1.2": "a", "nightly": "b"}, []),
    ],
)
def test_findings(tags: dict[str, str], found: list[tuple[str, str]]) -> None:
    _, findings = made_of(LINE, tags)
    assert [(each.tag, each.kind) for each in findings] == found


@pytest.mark.parametrize(
    ("versions", "message", "is_found"),
    [
        ("1.0.0 1.9.9", "fix: x\n\nBREAKING CHANGE: y", True),
        ("1.0.0 2.0.0", "fix!: x", False),
        ("0.1.0 0.1.9", "fix!: x", True),
        ("0.1.0 0.2.0", "fix!: x", False),  # before 1.0.0 a minor version is enough
        ("1.0.0 1.0.1", "docs: x", False),
        ("1.0.0-rc.1 1.0.0-rc.2", "feat!: x", False),  # nothing was promised yet
    ],
)
def test_versions_are_measured_by_their_commits(versions: str, message: str, is_found: bool) -> None:
    first, second = (f"v{text}" for text in versions.split())
    _, findings = made_of({"b": ("a", message), "a": ("", "feat: one")}, {first: "a", second: "b"})
    assert [each.kind for each in findings] == (["too_small"] if is_found else [])


@pytest.mark.parametrize("seed", range(6))
async def test_changes_are_those_that_git_counts_in_any_history(tmp_path: Path, seed: int) -> None:
    """Random histories with merges of all sorts, and versions anywhere in them."""
    chance = random.Random(seed)
    made = Repository()
    for number in range(60):
        parents = (
            {chance.randint(max(1, number - 6), number) for _ in range(chance.choice((1, 1, 1, 2, 3)))}
            if number
            else ()
        )
        made.commit(f"{chance.choice(KINDS)} {number}", *parents)
    texts = [
        f"{chance.randint(0, 2)}.{chance.randint(0, 3)}.{chance.randint(0, 3)}{chance.choice(('', '', '-rc.1'))}"
        for _ in range(14)
    ]
    for text in dict.fromkeys(texts):
        made.tag(f"v{text}", chance.randint(1, made.count))
    folder, work = made.write(tmp_path / "random"), tmp_path / "work"
    work.mkdir()
    cloned = await clone_path("random", tmp_path, work)
    versions, _ = plan.versions_of(await history.tags(cloned), "v")
    plan.fill(versions, await history.commits(cloned, [each.tag.sha for each in versions]))
    assert [str(each.version) for each in versions] == sorted(dict.fromkeys(texts), key=parse)
    for each in versions:
        earlier = [f"^{other.tag.sha}" for other in versions if _is_earlier(folder, other, each)]
        counted = git(folder, "rev-list", each.tag.sha, *earlier).split()
        assert {change["sha"] for change in each.changes} == set(counted), str(each.version)


def _is_earlier(folder: Path, other: Planned, each: Planned) -> bool:
    """Whether what `other` has is not counted again: it is in the history, and final where `each` is."""
    if other is each or (each.is_final and not other.is_final):
        return False
    if other.tag.sha == each.tag.sha:
        return other.version < each.version
    return git(folder, "merge-base", other.tag.sha, each.tag.sha).strip() == other.tag.sha
