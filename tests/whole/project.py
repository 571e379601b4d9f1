"""What the tests about the codebase know of its files. Nothing here imports the code."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
APPS = ROOT / "src/portico/apps"

CODE = re.compile(r"```\w*\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)
TARGET = re.compile(r"^([a-z][a-z0-9-]*):(?!=)", re.MULTILINE)


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def code_in(markdown: str) -> list[str]:
    """Every code span, and every line of every code block without its comment."""
    found = []
    for match in CODE.finditer(markdown):
        if match["span"] is not None:
            found.append(match["span"].strip())
            continue
        for line in match["block"].splitlines():
            command = line.split(" #")[0].strip()
            if command and not command.startswith("#"):
                found.append(command)
    return found


@cache
def make_targets() -> frozenset[str]:
    return frozenset(TARGET.findall((ROOT / "Makefile").read_text()))
