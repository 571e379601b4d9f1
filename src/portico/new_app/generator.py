"""Writes a new app into the project: its files from the templates, and a line in each list that names every app.

Everything is made in memory first, so that nothing is written where something does not fit.
"""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

TEMPLATES = Path(__file__).parent / "templates"
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
"""One word for folder, path, schema and settings. Alembic has room for 32 characters of date and name."""

# Words that mean something where the name would stand: a schema, a path at the root, a heap of code.
TAKEN = {
    "portico", "public", "health", "metrics", "docs", "redoc", "static", "api", "kernel", "identity", "apps", "tests",
    "utils", "helpers", "common", "base", "manager",
}  # fmt: skip
NOUNS = ("notes", "users")


class CannotMakeApp(Exception):
    """The app cannot be made; nothing was written. The message is one sentence."""


@dataclass(frozen=True)
class NewApp:
    """What an app is made from. `parent` is the newest revision of the database."""

    name: str
    parent: str
    today: date

    @property
    def revision(self) -> str:
        return f"{self.today:%Y%m%d}_{self.name}"

    def fill(self, text: str) -> str:
        words = {
            "__app__": self.name, "__Title__": self.name.capitalize(), "__date__": f"{self.today:%Y%m%d}",
            "__revision__": self.revision, "__parent__": self.parent,
        }  # fmt: skip
        return re.sub("|".join(words), lambda found: words[found[0]], text)


def check_name(name: str, *, existing: Collection[str]) -> None:
    """Raise `CannotMakeApp` unless an app can be called so."""
    if not NAME.fullmatch(name):
        raise CannotMakeApp("The name must be 2 to 20 lower-case letters and digits, beginning with a letter.")
    if name in existing:
        raise CannotMakeApp(f"There is an app {name} already.")
    if name in TAKEN or name in RESERVED_WORDS or name.startswith("pg"):
        raise CannotMakeApp(f"An app cannot be called {name}: the word is taken by PostgreSQL or by Portico.")


def make(app: NewApp, root: Path) -> list[Path]:
    """Write the app below the project's root; answers the files that are new. Raises `CannotMakeApp`."""
    files = {root / app.fill(str(path.relative_to(TEMPLATES))[: -len(".tmpl")]): path for path in _templates()}
    present = [path for path in files if path.exists()]
    if present:
        raise CannotMakeApp(f"There is a file {present[0].relative_to(root)} already.")
    edited = {
        root / "src/portico/registry.py": _registry,
        root / "pyproject.toml": _contracts,
    }
    texts = {path: edit(app.name, _read(path)) for path, edit in edited.items()}
    texts |= {path: app.fill(template.read_text()) for path, template in files.items()}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return sorted(files)


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.tmpl"))


def _read(path: Path) -> str:
    if not path.exists():
        raise CannotMakeApp(f"{path} is missing: run this in a checkout of the project.")
    return path.read_text()


def _registry(name: str, text: str) -> str:
    """The name at the end of APP_NAMES."""
    return _insert(text, r"(?P<before>APP_NAMES = \([^)]*?),?\)", rf'\g<before>, "{name}")', what="APP_NAMES")


def _contracts(name: str, text: str) -> str:
    """The app is a stranger to the others, and each noun may use its own tables."""
    stranger = r'(?P<before>id = "apps"\n[^\[]*\nmodules = \[[^\]]*?),?\s*\]'
    text = _insert(text, stranger, rf'\g<before>, "portico.apps.{name}"]', what='the contract "apps"')
    own = "".join(f'    "portico.apps.{name}.{noun}.* -> portico.apps.{name}.{noun}.*",\n' for noun in NOUNS)
    nouns = r'(?P<before>id = "nouns"\n(?:(?!\n\[\[).)*?\nignore_imports = \[\n)'
    text = _insert(text, nouns, rf"\g<before>{own}", what='the contract "nouns"')
    tomllib.loads(text)
    return text


def _insert(text: str, pattern: str, replacement: str, *, what: str) -> str:
    found, count = re.subn(pattern, replacement, text, count=1, flags=re.DOTALL)
    if not count:
        raise CannotMakeApp(f"The list {what} does not look as expected: add the app by hand.")
    return found
