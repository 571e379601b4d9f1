"""What the next version is, by the commits since the last one: SemVer 2.0.0 and Conventional Commits 1.0.0.

A breaking change raises the major version, `feat` the minor, `fix` the patch; other commits raise nothing. SemVer
leaves 0.y.z free: here a breaking change raises the minor version before 1.0.0, as `feat` does, and 1.0.0 is for people
to decide. The first version is 0.1.0.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from semver import Version


class Bump(IntEnum):
    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str | None:
        return self.name.lower() if self else None


FIRST = Version(0, 1, 0)
BY_KIND = {"feat": Bump.MINOR, "fix": Bump.PATCH}


@dataclass(frozen=True)
class Decision:
    """`version` is None where there is nothing to release; `reason` says why it is as it is."""

    current: Version | None
    version: Version | None
    reason: str


def bump_of(kind: str, *, is_breaking: bool) -> Bump:
    """What one commit asks for."""
    return Bump.MAJOR if is_breaking else BY_KIND.get(kind, Bump.NONE)


def reason_of(kind: str, *, is_breaking: bool) -> str:
    if is_breaking:
        return "it breaks what was promised"
    known = {"feat": "it adds a feature", "fix": "it mends a fault", "": "its message is not conventional"}
    return known.get(kind, f"{kind} changes nothing that is promised")


def raised(base: Version, bump: Bump) -> Version:
    """The version after this one. Raises `ValueError` for no bump at all."""
    if bump is Bump.NONE:
        raise ValueError("nothing is raised")
    if bump is Bump.MAJOR and base.major > 0:
        return base.bump_major()
    return base.bump_patch() if bump is Bump.PATCH else base.bump_minor()


def decide(known: Collection[Version], bump: Bump, *, pre: str | None = None) -> Decision:
    """The version after these, none of which may be used again. `pre` asks for a pre-release, such as `rc`.

    Pre-releases above the last final version have announced what comes: the next one is not below it.
    """
    current = max((each for each in known if each.prerelease is None), default=None)
    announced = max((each for each in known if current is None or each > current), default=None)
    if bump is Bump.NONE and (announced is None or pre is not None):
        return Decision(current, None, "No commit asks for a release: none is feat, fix or breaking.")
    target = _target(current, announced, bump)
    if pre is not None:
        return _prerelease(known, current, announced, target, pre)
    if bump is Bump.NONE:
        return Decision(current, target, f"{announced} becomes final.")
    return Decision(current, target, _why(current, announced, target, bump))


def _target(current: Version | None, announced: Version | None, bump: Bump) -> Version:
    found = [] if announced is None else [announced.finalize_version()]
    if bump is not Bump.NONE:
        found.append(FIRST if current is None else raised(current, bump))
    return max(found)


def _prerelease(
    known: Collection[Version], current: Version | None, announced: Version | None, target: Version, pre: str
) -> Decision:
    numbers = [_number(each, pre) for each in known if each.finalize_version() == target]
    version = target.replace(prerelease=f"{pre}.{max(numbers, default=0) + 1}")
    if announced is not None and version < announced:
        return Decision(current, None, f"{version} would come before {announced}.")
    return Decision(current, version, f"It leads to {target}.")


def _number(version: Version, pre: str) -> int:
    word, _, number = (version.prerelease or "").rpartition(".")
    return int(number) if word == pre and number.isdigit() else 0


def _why(current: Version | None, announced: Version | None, target: Version, bump: Bump) -> str:
    if announced is not None and target == announced.finalize_version():
        return f"{announced} has announced it."
    if current is None:
        return "It is the first version."
    if bump is Bump.MAJOR and current.major == 0:
        return "Before 1.0.0 a breaking change raises the minor version."
    return {
        Bump.MAJOR: "A breaking change raises the major version.",
        Bump.MINOR: "A feature raises the minor version.",
        Bump.PATCH: "A fix raises the patch version.",
    }[bump]
