"""requirements.txt says what uv.lock says. `make lock` writes both."""

import re
import tomllib

from tests.whole.project import ROOT, pyproject

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def test_versions_are_those_of_the_lock() -> None:
    locked = {(one["name"], one.get("version")) for one in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    assert set(requirements()) <= locked


def test_every_dependency_is_required() -> None:
    declared = {match[0].lower() for each in pyproject()["project"]["dependencies"] if (match := NAME.match(each))}
    assert declared <= {name for name, _ in requirements()}


def requirements() -> list[tuple[str, str]]:
    found = PINNED.findall((ROOT / "requirements.txt").read_text())
    assert found
    return found
