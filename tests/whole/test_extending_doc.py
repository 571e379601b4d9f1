"""What docs/extending.md quotes stands in the file that it names."""

import re

import pytest

from tests.whole.project import ROOT

QUOTED = re.compile(r"^~~~python\n# (?P<file>\S+)\n(?P<code>.*?)^~~~$", re.MULTILINE | re.DOTALL)
QUOTES = [(found["file"], found["code"]) for found in QUOTED.finditer((ROOT / "docs/extending.md").read_text())]


def test_every_layer_is_quoted() -> None:
    roles = dict.fromkeys(file.rpartition("/")[2] for file, _ in QUOTES)
    assert [*roles] == ["schemas.py", "controller.py", "service.py", "repository.py", "models.py", "reads.py"]


@pytest.mark.parametrize(("file", "code"), QUOTES, ids=[file for file, _ in QUOTES])
def test_what_is_quoted_is_the_source(file: str, code: str) -> None:
    assert code in (ROOT / file).read_text()
