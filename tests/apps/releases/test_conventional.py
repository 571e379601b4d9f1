"""Commit messages by the rules of Conventional Commits 1.0.0; numbers are those of its specification."""

from typing import Any

import pytest

from portico.apps.releases.conventional import Commit, parse

# The message, and what is not empty of what it says.
HEADERS: list[tuple[str, dict[str, Any]]] = [
    ("feat: add x", {"kind": "feat", "subject": "add x"}),
    ("fix(parser): mend y", {"kind": "fix", "scope": "parser", "subject": "mend y"}),
    ("feat!: drop z", {"kind": "feat", "subject": "drop z", "is_breaking": True, "breaking": "drop z"}),
    (
        "chore(api)!: drop",
        {"kind": "chore", "scope": "api", "subject": "drop", "is_breaking": True, "breaking": "drop"},
    ),
    ("FEAT(API): loud", {"kind": "feat", "scope": "api", "subject": "loud"}),  # 15: case is not told apart
    ("build-deps(core/http): up", {"kind": "build-deps", "scope": "core/http", "subject": "up"}),
    ("fix: a: b", {"kind": "fix", "subject": "a: b"}),
    ("fix:  two blanks", {"kind": "fix", "subject": "two blanks"}),
    # 1, 4, 5: no type, no colon and blank, nothing behind them, an empty or open scope, `!` elsewhere
    ("Merge branch 'topic'", {"subject": "Merge branch 'topic'"}),
    ("feat:no blank", {"subject": "feat:no blank"}),
    ("feat:", {"subject": "feat:"}),
    ("feat : x", {"subject": "feat : x"}),
    ("feat(): x", {"subject": "feat(): x"}),
    ("feat(  ): x", {"subject": "feat(  ): x"}),
    ("feat( a b ): x", {"kind": "feat", "scope": "a b", "subject": "x"}),
    ("feat(a: x", {"subject": "feat(a: x"}),
    ("feat!(a): x", {"subject": "feat!(a): x"}),
    ("feat (a): x", {"subject": "feat (a): x"}),
    (": x", {"subject": ": x"}),
    ("new feature: x", {"subject": "new feature: x"}),
    ("", {"subject": ""}),
]

# What stands below `fix: x`, and which words it says break something.
BREAKING = [
    ("\n\nBREAKING CHANGE: all is new", "all is new"),
    ("\n\nBREAKING-CHANGE: all is new", "all is new"),  # 16
    ("\n\nA body.\n\nIn two parts.\n\nBREAKING CHANGE: all\nis new", "all\nis new"),  # 10
    ("\n\nReviewed-by: Z\nBREAKING CHANGE: all is new\nRefs: #1", "all is new"),
    ("\n\nBREAKING CHANGE: one\nBREAKING-CHANGE: two", "one\ntwo"),
    ("\r\n\r\nBREAKING CHANGE: all is new\r\n", "all is new"),
    ("\n\nA body, and at once\nBREAKING CHANGE: all is new", "all is new"),  # the grammar takes it
    ("\n\nbreaking change: all is new", ""),  # 15: these two words alone are told apart by case
    ("\n\nBreaking-Change: all is new", ""),
    ("\u2028\u2028BREAKING CHANGE: all is new", ""),  # to git this is one line
    ("\n\nBREAKING CHANGE all is new", ""),  # 12: a colon and a blank
    ("\n\nBREAKING CHANGE:all is new", ""),
    ("\n\nBREAKING CHANGE: ", ""),
    ("\n\nBREAKING-CHANGE #4", ""),
    ("\n\nThis is no BREAKING CHANGE: it only says so", ""),
]


@pytest.mark.parametrize(("message", "said"), HEADERS)
def test_headers(message: str, said: dict[str, Any]) -> None:
    assert parse(message) == Commit(**said)


@pytest.mark.parametrize(("below", "breaks"), BREAKING)
def test_breaking_changes_in_footers(below: str, breaks: str) -> None:
    found = parse(f"fix: x{below}")
    assert (found.kind, found.subject[0], found.breaking, found.is_breaking) == ("fix", "x", breaks, bool(breaks))


def test_what_is_not_conventional_breaks_nothing() -> None:
    assert parse("Rewrite it\n\nBREAKING CHANGE: all is new").is_breaking is False


def test_the_footer_says_what_breaks_rather_than_the_subject() -> None:
    assert parse("feat!: x\n\nBREAKING CHANGE: y").breaking == "y"


def test_body_and_footers() -> None:
    """The longest example of the specification."""
    message = """fix: prevent racing of requests

Introduce a request id and a reference to latest request. Dismiss
incoming responses other than from latest request.

Remove timeouts which were used to mitigate the racing issue but are
obsolete now.

Reviewed-by: Z
Refs: #123
Fixes #456
"""
    found = parse(message)
    assert found.body.startswith("Introduce a request id")
    assert found.body.endswith("obsolete now.")
    assert "\n\n" in found.body
    assert found.footers == (("Reviewed-by", "Z"), ("Refs", "#123"), ("Fixes", "456"))


def test_a_value_goes_on_until_the_next_footer() -> None:
    found = parse("fix: x\n\nNote: one\n  two\n\nthree\nRefs #9\n\nfour")
    assert found.footers == (("Note", "one\n  two\n\nthree"), ("Refs", "9\n\nfour"))


def test_a_line_of_the_body_is_no_footer() -> None:
    found = parse("fix: x\n\nThe body:\nthis: is prose")
    assert (found.body, found.footers) == ("The body:\nthis: is prose", ())


@pytest.mark.parametrize(
    "text", ["feat(" + "a" * 10**6, "a" * 10**6, "fix: x\n\n" + "a-" * 10**6, "fix: x\n\nA: " + " " * 10**6]
)
def test_what_is_long_takes_no_longer_for_it(text: str) -> None:
    """Square effort would not end."""
    assert parse(text).is_breaking is False
