"""What a repository's tags make: versions in their order, the changes of each, and what is strange about them.

The changes of a version are the commits from which it comes and no earlier version does: no earlier final one where it
is final itself, so that a release tells all that its candidates brought. Which comes earlier, the history says, not the
number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from semver import Version

from portico.apps.releases import conventional, semver
from portico.apps.releases.importing.history import Logged, Tag
from portico.apps.releases.next_version import Bump, bump_of, raised


@dataclass(frozen=True)
class Finding:
    """Something to know of a tag: nothing is corrected."""

    tag: str
    kind: str
    message: str


@dataclass
class Planned:
    """A version that a tag names. `bump` is what the commits since the last final version ask for, and `why` one."""

    tag: Tag
    version: Version
    changes: list[dict[str, Any]] = field(default_factory=list)
    base: Version | None = None
    bump: Bump = Bump.NONE
    why: str = ""

    @property
    def is_final(self) -> bool:
        return self.version.prerelease is None


def versions_of(tags: Sequence[Tag], prefix: str) -> tuple[list[Planned], list[Finding]]:
    """The versions among the tags, in SemVer order; of two that are the same by precedence the first."""
    found: dict[str, Planned] = {}
    findings = []
    for tag in sorted(tags, key=lambda tag: tag.name):
        version = _version(tag.name, prefix)
        if version is None:
            continue
        kept = found.setdefault(semver.precedence(version), Planned(tag, version))
        if kept.tag is not tag:
            findings.append(Finding(tag.name, "duplicate", f"It is the same version as {kept.tag.name}."))
    return [found[key] for key in sorted(found)], findings


def fill(versions: Sequence[Planned], log: Sequence[Logged]) -> list[Finding]:
    """Give each version its changes; answers what is strange. `log` has each commit before its parents."""
    reach = _reach(versions, log)
    earlier = [_earlier(number, versions, reach) for number in range(len(versions))]
    finals = sum(1 << number for number, each in enumerate(versions) if each.is_final)
    owners: dict[int, tuple[list[int], list[int]]] = {}
    for commit in log:
        mask = reach[commit.sha]
        if mask not in owners:
            owners[mask] = _owners(mask, versions, earlier, finals)
        change = _change(commit)
        for number in owners[mask][0]:
            versions[number].changes.append(change)
        for number in owners[mask][1]:
            _weigh(versions[number], change)
    findings: list[Finding] = []
    for number, each in enumerate(versions):
        before = [versions[other].version for other in _bits(earlier[number])]
        each.base = max((version for version in before if version.prerelease is None), default=None)
        findings += _strange(each, before)
    return findings


def _version(name: str, prefix: str) -> Version | None:
    if not name.startswith(prefix):
        return None
    try:
        return semver.parse(name.removeprefix(prefix))
    except ValueError:
        return None


def _reach(versions: Sequence[Planned], log: Sequence[Logged]) -> Mapping[str, int]:
    """For each commit, the versions that come from it, a bit each."""
    reach = dict.fromkeys((commit.sha for commit in log), 0)
    for number, each in enumerate(versions):
        reach[each.tag.sha] = reach.get(each.tag.sha, 0) | 1 << number
    for commit in log:
        for parent in commit.parents:
            reach[parent] = reach.get(parent, 0) | reach[commit.sha]
    return reach


def _earlier(number: int, versions: Sequence[Planned], reach: Mapping[str, int]) -> int:
    """The versions that this one comes from; of two on one commit the higher comes from the lower."""
    own = versions[number]
    return sum(
        1 << other
        for other, each in enumerate(versions)
        if other != number and reach[each.tag.sha] >> number & 1 and (each.tag.sha != own.tag.sha or other < number)
    )


def _owners(mask: int, versions: Sequence[Planned], earlier: Sequence[int], finals: int) -> tuple[list[int], list[int]]:
    """Whose changes the commits with this mask are, and who is measured by them: since the last final version."""
    measured = [number for number in _bits(mask) if not earlier[number] & finals & mask]
    return [number for number in measured if versions[number].is_final or not earlier[number] & mask], measured


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _change(commit: Logged) -> dict[str, Any]:
    told = conventional.parse(commit.message)
    return {
        "sha": commit.sha, "kind": told.kind, "scope": told.scope, "is_breaking": told.is_breaking,
        "subject": told.subject, "author": commit.author, "committed_at": commit.at,
    }  # fmt: skip


def _weigh(version: Planned, change: Mapping[str, Any]) -> None:
    bump = bump_of(change["kind"], is_breaking=change["is_breaking"])
    if bump > version.bump:
        version.bump, version.why = bump, f"{change['subject']} ({change['sha'][:10]})"


def _strange(each: Planned, before: Sequence[Version]) -> Iterator[Finding]:
    above = max(before, default=None)
    if above is not None and above > each.version:
        yield Finding(each.tag.name, "order", f"It comes after {above} in the history, and before it by its number.")
    if each.base is None or each.bump is Bump.NONE:
        return
    least = raised(each.base, each.bump)
    if each.version.finalize_version() < least:
        message = f"Its commits ask for {least} at least, since {each.base}: {each.bump.word}, by {each.why}."
        yield Finding(each.tag.name, "too_small", message)
