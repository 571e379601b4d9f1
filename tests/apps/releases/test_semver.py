"""Versions, their order as a text, and ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from portico.apps.releases.semver import LONGEST, Range, parse, precedence

NUMBERS = st.one_of(st.integers(0, 12), st.integers(0, 10**20))
WORDS = st.one_of(
    NUMBERS.map(str),
    st.from_regex(r"[0-9]{0,3}[A-Za-z-][0-9A-Za-z-]{0,3}", fullmatch=True),
    st.sampled_from(["alpha", "beta", "rc", "-", "--", "0-", "9a", "a9", "A", "Z", "z"]),
)
LISTS = st.lists(WORDS, min_size=1, max_size=4).map(".".join)


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """Near one another, so that the later parts decide often."""
    core = draw(st.one_of(st.just((1, 2, 3)), st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    return Version(*core, draw(st.none() | LISTS), draw(st.none() | LISTS))


@given(versions(), versions())
def test_promise_6_the_text_sorts_as_semver_precedence_does(one: Version, other: Version) -> None:
    a, b = precedence(one).encode(), precedence(other).encode()
    assert (a > b) - (a < b) == one.compare(other)


@given(versions())
def test_build_metadata_has_no_part_in_the_order(version: Version) -> None:
    assert precedence(version) == precedence(version.replace(build=None))


def test_promise_6_the_order_of_the_specification() -> None:
    """The examples of sections 11.2 and 11.4."""
    texts = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
             "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"]  # fmt: skip
    keys = [precedence(parse(text)) for text in texts]
    assert sorted(keys) == keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "text", ["0.0.0", "1.0.0-0", "1.0.0-0A.is.legal", "1.0.0+001", "1.0.0----R-S.12", "9" * 90 + ".0.0"]
)
def test_versions_of_the_specification_are_taken(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.2", "v1.2.3", "1.2.3-", "1.2.3-01", "01.2.3", "1.2.3.4", "1.2.3 ", "1.2.3-a..b", "١.2.3", "1.2.3\n",
     "-1.2.3", f"1.0.0-{'a' * LONGEST}"],
)  # fmt: skip
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a version"):
        parse(text)


@given(versions(), versions())
def test_a_range_holds_what_compares_so(version: Version, bound: Version) -> None:
    order = version.compare(bound)
    for sign, holds in (("<", order < 0), ("<=", order <= 0), ("=", order == 0), ("", order == 0), (">", order > 0),
                        (">=", order >= 0)):  # fmt: skip
        if len(str(bound)) <= LONGEST:
            assert (version in Range(f"{sign}{bound}")) is holds


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=2.0.0 <3.0.0", ["2.0.0", "2.9.9", "3.0.0-rc.1"], ["1.9.9", "2.0.0-rc.1", "3.0.0"]),
        (">=2.0.0-0 <3.0.0-0", ["2.0.0-alpha", "2.0.0"], ["3.0.0-0", "3.0.0-rc.1"]),
        ("*", ["0.0.0-0", "99.0.0+build"], []),
        ("1.2.3", ["1.2.3", "1.2.3+build"], ["1.2.3-rc.1", "1.2.4"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    found = Range(text)
    assert [each for each in inside if parse(each) not in found] == []
    assert [each for each in outside if parse(each) in found] == []


@pytest.mark.parametrize("text", ["", " ", "^1.0.0", "~1.2.0", "1.x", ">= 1.0.0", "1.0.0 - 2.0.0", "* >=1.0.0", ">1.0"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a"):
        Range(text)
