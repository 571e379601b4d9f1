"""Imports go the way that pyproject.toml says, each of its contracts can fail, and its lists are complete."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portico import registry
from tests.whole.project import APPS, ROOT, pyproject

CONTRACTS = {contract["id"]: contract for contract in pyproject()["tool"]["importlinter"]["contracts"]}
SHELLS = ("controller", "jobs", "pages", "cli", "listeners")
ROLES = (*SHELLS, "service", "schemas", "repository", "reads", "models")
NEVER = ("utils", "helpers", "common", "base", "manager")

# Contract, the module that breaks it, and the line that does. A module that does not exist is made.
CARTS = "portico.apps.store.carts"
VIOLATIONS = [
    ("layers", "portico.kernel.clock", "import portico.identity.public"),
    ("layers", "portico.kernel.clock", "import portico.apps.store.origin"),
    ("layers", "portico.identity.tokens", "import portico.apps.store.origin"),
    ("layers", "portico.apps.store.origin", "import portico.registry"),
    ("layers", "portico.newcomer", "import portico.kernel.clock"),
    ("apps", "portico.apps.stranger.origin", "import portico.apps.store.origin"),
    ("identity", "portico.apps.store.origin", "from portico.identity import tokens"),
    ("identity", "portico.landing", "from portico.identity.sessions import Sessions"),
    ("roles", f"{CARTS}.models", f"import {CARTS}.repository"),
    ("roles", f"{CARTS}.models", f"import {CARTS}.reads"),
    ("roles", f"{CARTS}.reads", f"import {CARTS}.repository"),
    ("roles", f"{CARTS}.repository", f"import {CARTS}.service"),
    ("roles", f"{CARTS}.service", f"import {CARTS}.controller"),
    ("roles", f"{CARTS}.service", f"import {CARTS}.schemas"),
    ("roles", "portico.apps.flat.models", "import portico.apps.flat.service"),
    ("nouns", f"{CARTS}.service", "from portico.apps.store.products.repository import ProductRepository"),
    ("nouns", f"{CARTS}.service", "from portico.apps.store.products import models"),
    *(("business", f"{CARTS}.{role}", "import fastapi") for role in ("service", "repository", "reads", "models")),
    ("business", f"{CARTS}.service", "from starlette.requests import Request"),
    *(("sql", f"{CARTS}.{role}", "import sqlalchemy") for role in (*SHELLS, "service")),
    ("sql", f"{CARTS}.service", "import psycopg"),
    *(("controllers", f"{CARTS}.{shell}", f"import {CARTS}.repository") for shell in SHELLS),
    ("controllers", f"{CARTS}.controller", f"from {CARTS}.models import Cart"),
]


def test_all_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_a_violation_breaks_its_contract(contract: str, module: str, line: str, tree: Path) -> None:
    make_module(tree, line.split()[1])
    with make_module(tree, module).open("a") as out:
        # The line may stand in a function: an import is an import wherever it is.
        out.write(f"\n\ndef break_the_contract() -> None:\n    {line}\n")
    result = lint(tree, "--contract", contract)
    assert result.returncode == 1, result.stdout
    assert f"{CONTRACTS[contract]['name']} BROKEN" in result.stdout
    assert module.rpartition(".")[2] in result.stdout.partition("Broken contracts")[2]


def test_every_contract_is_broken_once() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)


def test_the_contracts_name_every_app() -> None:
    apps = {folder.name for folder in APPS.iterdir() if (folder / "app.py").exists()}
    assert set(registry.APP_NAMES) == apps
    assert set(CONTRACTS["apps"]["modules"]) == {f"portico.apps.{name}" for name in apps}


def test_the_contracts_name_every_module_of_identity() -> None:
    modules = {file.stem for file in (ROOT / "src/portico/identity").glob("*.py")} - {"__init__", "public"}
    assert set(CONTRACTS["identity"]["protected_modules"]) == {f"portico.identity.{name}" for name in modules}


def test_the_contracts_name_every_noun() -> None:
    """A noun may use its own tables; the line that says so is the only thing that a new noun adds."""
    private = (noun for noun in nouns() if (noun / "repository.py").exists() or (noun / "models.py").exists())
    own = (f"portico.apps.{noun.parent.name}.{noun.name}.*" for noun in private)
    assert set(CONTRACTS["nouns"]["ignore_imports"]) == {f"{each} -> {each}" for each in own}


def test_the_contracts_name_every_role() -> None:
    named = re.findall(r"\((\w+)\)", " ".join(CONTRACTS["roles"]["layers"]))
    assert sorted(named) == sorted(ROLES)
    assert roles_of("controllers") == set(SHELLS)
    assert roles_of("sql") == {*SHELLS, "service"}
    assert roles_of("business") == set(ROLES) - {*SHELLS, "schemas"}


def test_a_folder_is_a_noun_and_never_a_heap() -> None:
    names = {path.stem for path in (ROOT / "src").rglob("*") if path.name != "__pycache__"}
    assert not names & set(NEVER)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # The path puts this tree's package before the installed one; no cache, since all trees have the same module names.
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache", *options],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )


def make_module(tree: Path, module: str) -> Path:
    """The file of a module of ours. Where there is none it is made, and a new app's name goes into the list of apps."""
    file = tree / "src" / Path(*module.split("."))
    if not module.startswith("portico.") or file.is_dir():
        return file
    file = file.with_suffix(".py")
    if not file.parent.exists():
        file.parent.mkdir()
        (file.parent / "__init__.py").touch()
        config = tree / "pyproject.toml"
        config.write_text(
            config.read_text().replace("\nmodules = [", f'\nmodules = ["portico.apps.{file.parent.name}", ')
        )
    file.touch()
    return file


def nouns() -> Iterator[Path]:
    for init in APPS.glob("*/*/__init__.py"):
        yield init.parent


def roles_of(contract: str) -> set[str]:
    return {module.rpartition(".")[2] for module in CONTRACTS[contract]["source_modules"]}
