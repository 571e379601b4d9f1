"""Versions by Semantic Versioning 2.0.0: what they look like, and their order as a text that PostgreSQL sorts."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from semver import Version

LONGEST = 100
COMPARISON = re.compile(r"(<=|>=|<|>|=)?(\S+)")


def parse(text: str) -> Version:
    """Raises `ValueError` where it is not a version, such as `1.2` or `v1.2.3`."""
    if len(text) > LONGEST or not text.isascii():
        raise ValueError("must be a version such as 1.4.0 or 2.0.0-rc.1")
    try:
        return Version.parse(text)
    except ValueError:
        raise ValueError("must be a version such as 1.4.0 or 2.0.0-rc.1") from None


def precedence(version: Version) -> str:
    """A text that sorts byte by byte, as the collation C does, in the order of section 11 of the specification.

    A number goes with the number of its digits before it. Numbers sort below words (`0` below `1`), the end of the list
    below both (a blank), and a release above all its pre-releases (`~`). Build metadata has no part in it.
    """
    core = " ".join(map(_number, (version.major, version.minor, version.patch)))
    if version.prerelease is None:
        return f"{core} ~"
    words = ("0" + _number(int(word)) if word.isdigit() else "1" + word for word in version.prerelease.split("."))
    return f"{core} -" + "".join(f" {word}" for word in words)


def _number(value: int) -> str:
    digits = str(value)
    return f"{len(digits):02}{digits}"


class Range:
    """Comparisons with blanks between them, all of which hold: `>=2.0.0-0 <3.0.0`. `*` takes every version."""

    def __init__(self, text: str) -> None:
        """Raises `ValueError` where it is none."""
        self.text = " ".join(text.split())
        found = [] if self.text == "*" else [COMPARISON.fullmatch(part) for part in self.text.split()]
        if not self.text or None in found:
            raise ValueError("must be a range such as >=2.0.0 <3.0.0, or *")
        self._parts = [(match[1] or "=", parse(match[2])) for match in found if match is not None]

    def __contains__(self, version: Version) -> bool:
        tests = {
            "<": lambda order: order < 0, "<=": lambda order: order <= 0, "=": lambda order: order == 0,
            ">": lambda order: order > 0, ">=": lambda order: order >= 0,
        }  # fmt: skip
        return all(tests[sign](version.compare(other)) for sign, other in self._parts)


def _version(text: str) -> str:
    return str(parse(text))


def _range(text: str) -> str:
    return Range(text).text


VersionText = Annotated[str, Field(max_length=LONGEST, examples=["1.4.0"]), AfterValidator(_version)]
RangeText = Annotated[str, Field(max_length=200, examples=[">=2.0.0 <3.0.0"]), AfterValidator(_range)]
