"""Published data that is not ours to pass on: catalogs, examples of standards. Where they are absent, tests say so.

PORTICO_TEST_DATA names their folder; without it, it is looked for in `shared/data` beside this project's folder.
"""

import os
from pathlib import Path

import pytest

PLACE = Path(os.environ.get("PORTICO_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")


def data_set(name: str) -> Path:
    """A file of this name, such as `oscal/catalog.json`. Skips the test where it is not there."""
    found = PLACE / name
    if not found.is_file():
        pytest.skip(f"the data set {name} is not here: PORTICO_TEST_DATA names its folder")
    return found
