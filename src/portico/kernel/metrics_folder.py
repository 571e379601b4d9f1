"""The folder in which the workers of one server keep their numbers, so that any of them can add them up.

A module of its own: the parent of the workers makes the folder and needs nothing of what counts.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_folder(*, is_needed: bool) -> Iterator[None]:
    """Make the folder that workers started inside inherit, and remove it in the end.

    One that the environment already names is used, emptied of an earlier run's numbers: they would be added to ours.
    """
    if not is_needed:
        yield
        return
    given = os.environ.get(FOLDER_VARIABLE)
    folder = Path(given) if given else Path(tempfile.mkdtemp(prefix="portico-metrics-"))
    folder.mkdir(parents=True, exist_ok=True)
    _empty(folder)
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if given:
            _empty(folder)
        else:
            del os.environ[FOLDER_VARIABLE]
            shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)
