"""Every kind of error has a code that means one thing, and stands in docs/http-status-codes.md."""

import re

from portico.kernel.errors import KINDS, Problem
from tests.whole.application import problem_kinds
from tests.whole.project import ROOT

ROW = re.compile(r"^\| (?P<status>\d{3})[^|]* \| `(?P<code>[A-Z_]+)` \| (?P<when>[^|]+) \|$", re.MULTILINE)


def test_every_kind_is_documented_with_its_status() -> None:
    documented = [(int(row["status"]), row["code"]) for row in _rows()]
    assert sorted(documented) == sorted({(kind.status, kind.code) for kind in problem_kinds()})


def test_every_row_says_when() -> None:
    for row in _rows():
        assert len(row["when"].split()) > 3, row["code"]


def test_a_code_has_one_status_and_one_meaning() -> None:
    """Kinds share a code only with the kind that they refine: a client that knows the code knows both."""
    for kind in problem_kinds():
        for other in problem_kinds():
            if kind.code == other.code:
                assert issubclass(kind, other) or issubclass(other, kind) or _refine_the_same(kind, other), (
                    kind,
                    other,
                )
                assert kind.status == other.status, (kind, other)


def test_every_status_that_the_framework_raises_has_a_kind() -> None:
    """What FastAPI and Starlette raise themselves: unknown path, wrong method, slow, large and invalid bodies."""
    assert {404, 405, 408, 413, 422} <= set(KINDS)


def _refine_the_same(one: type[Problem], other: type[Problem]) -> bool:
    """Whether a common ancestor, other than `Problem` itself, brought the code."""
    common = [kind for kind in one.__mro__ if kind in other.__mro__ and issubclass(kind, Problem)]
    return common[0] is not Problem and common[0].code == one.code


def _rows() -> list[re.Match[str]]:
    return list(ROW.finditer((ROOT / "docs/http-status-codes.md").read_text()))
