"""`.env.example` lists every setting, and copying it changes nothing."""

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.whole.application import SETTINGS, setting_names
from tests.whole.project import ROOT

EXAMPLE = ROOT / ".env.example"
LINE = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, neither in the environment nor in a `.env`, takes part."""
    for name, aliases in setting_names().items():
        for each in (name, *aliases):
            monkeypatch.delenv(each, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_example_lists_exactly_the_settings() -> None:
    listed = [name for name, _ in LINE.findall(EXAMPLE.read_text())]
    assert sorted(listed) == sorted(setting_names())


def test_each_setting_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if LINE.match(line):
            assert lines[number - 1].startswith("# "), f"{line} has no comment"


def test_aliases_stand_in_the_comment() -> None:
    text = EXAMPLE.read_text()
    for name, aliases in setting_names().items():
        for alias in aliases:
            assert re.search(rf"alias: {alias}\)\n#{name}=", text), f"{alias} is not named above {name}"


def test_a_copy_of_the_example_changes_nothing() -> None:
    assert not dotenv_values(EXAMPLE)


def test_the_values_shown_are_the_defaults(tmp_path: Path) -> None:
    """An empty value stands for one that has no default; these say what they do without one."""
    by_environment = {"cors_origins", "mode"}
    shown = tmp_path / "shown.env"
    shown.write_text("\n".join(f"{name}={value}" for name, value in LINE.findall(EXAMPLE.read_text()) if value))
    for kind in SETTINGS:
        with_example = kind(_env_file=shown).model_dump()
        plain = kind().model_dump()
        assert {n: v for n, v in with_example.items() if n not in by_environment} == {
            n: v for n, v in plain.items() if n not in by_environment
        }
