"""`portico new app`: in a copy of the project, the app that it makes is complete, clean, and passes its own tests."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from portico import registry
from portico.new_app.generator import CannotMakeApp, NewApp, check_name, make
from tests.whole.project import ROOT

COPIED = ("src", "migrations", "tests", "pyproject.toml", "alembic.ini", "README.md", "docs", ".env.example")
NAME = "library"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a new app in it."""
    folder = tmp_path_factory.mktemp("project")
    leave_out = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        source = ROOT / name
        shutil.copytree(source, folder / name, ignore=leave_out) if source.is_dir() else shutil.copy(source, folder)
    made = run(folder, "-m", "portico", "new", "app", NAME)
    assert made.returncode == 0, made.stderr
    assert f"portico serve {NAME}" in made.stdout
    return folder


def run(tree: Path, *arguments: str, program: str = "python") -> subprocess.CompletedProcess[str]:
    """Run Python, or another program of the environment, on the copy."""
    return subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=tree,
        # The copy's package stands before the installed one. What measures this process does not measure that one.
        env={**{k: v for k, v in os.environ.items() if not k.startswith("COV")}, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_own_tests_pass(tree: Path) -> None:
    """They migrate a database, seed it, and serve the app over HTTP."""
    tests = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/apps/{NAME}")
    assert tests.returncode == 0, tests.stdout
    assert "passed" in tests.stdout


def test_the_tests_about_the_codebase_hold_it(tree: Path) -> None:
    about = ["test_routes.py", "test_migrations.py", "test_sizes.py", "test_contracts.py"]
    chosen = "not violation and not broken"
    files = [f"tests/whole/{name}" for name in about]
    tests = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *files)
    assert tests.returncode == 0, tests.stdout


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy --no-incremental"])
def test_it_is_as_clean_as_the_rest(tree: Path, command: str) -> None:
    program, *options = command.split()
    places = [f"src/portico/apps/{NAME}"]
    if program == "ruff":
        places += [f"tests/apps/{NAME}", "migrations", "src/portico/registry.py"]
    answer = run(tree, *options, *places, program=program)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("name", ["ab", "a1234567890123456789"])
def test_the_longest_and_the_shortest_name_keep_to_the_format(name: str, tree: Path) -> None:
    make(NewApp(name=name, parent="any", today=date(2026, 1, 2)), tree)
    places = [f"src/portico/apps/{name}", f"tests/apps/{name}", f"migrations/versions/20260102_{name}_foundation.py"]
    try:
        for options in (["check"], ["format", "--check"]):
            answer = run(tree, *options, *places, program="ruff")
            assert answer.returncode == 0, answer.stdout
    finally:
        (tree / places[-1]).unlink()


@pytest.mark.parametrize("name", ["", "a", "Library", "my-app", "2books", "user", "select", "pgbook", "utils", "store"])
def test_a_bad_name_is_one_sentence(name: str) -> None:
    with pytest.raises(CannotMakeApp) as refused:
        check_name(name, existing=registry.APP_NAMES)
    assert str(refused.value).count(".") == 1


def test_nothing_is_written_where_something_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "src/portico").mkdir(parents=True)
    (tmp_path / "src/portico/registry.py").write_text("NO_LIST = ()\n")
    with pytest.raises(CannotMakeApp, match="APP_NAMES"):
        make(NewApp(name=NAME, parent="any", today=date(2026, 1, 2)), tmp_path)
    assert [path.name for path in tmp_path.rglob("*.py")] == ["registry.py"]
