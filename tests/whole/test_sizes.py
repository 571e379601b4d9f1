"""Files and functions stay short enough to be read at once. An exception may be taken off these lists, never added."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.project import ROOT

SOURCE_LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 50
SOURCES, TESTS = ("src", "scripts", "benchmarks", "migrations"), ("tests", "e2e")

TOO_LONG_FILES: frozenset[str] = frozenset()
TOO_LONG_FUNCTIONS: frozenset[str] = frozenset()

# A revision is one list of tables as alembic writes it, read once and never changed: only its file has a limit.
REVISIONS = ROOT / "migrations/versions"


def test_files_are_short() -> None:
    limits = {**dict.fromkeys(SOURCES, SOURCE_LINES), **dict.fromkeys(TESTS, TEST_LINES)}
    too_long = {
        _name(path): lines
        for folder, limit in limits.items()
        for path in _python_files(folder)
        if (lines := len(path.read_text().splitlines())) > limit
    }
    assert_exactly(too_long, TOO_LONG_FILES)


def test_functions_are_short() -> None:
    too_long = {
        f"{_name(path)}::{function.name}": lines
        for folder in (*SOURCES, *TESTS)
        for path in _python_files(folder)
        if REVISIONS not in path.parents
        for function in _functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert_exactly(too_long, TOO_LONG_FUNCTIONS)


def test_an_exception_that_is_not_needed_any_more_fails() -> None:
    with pytest.raises(AssertionError, match="take it off"):
        assert_exactly({}, frozenset({"src/gone.py"}))


def assert_exactly(too_long: dict[str, int], allowed: frozenset[str]) -> None:
    new = {name: lines for name, lines in too_long.items() if name not in allowed}
    assert not new, f"Too long, in lines: {new}"
    assert not allowed - too_long.keys(), f"Short enough now, take it off the list: {sorted(allowed - too_long.keys())}"


def _python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
