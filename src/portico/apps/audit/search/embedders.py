"""The port to what turns a text into a vector. Nothing of the search depends on which one it is."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Protocol

from portico.apps.audit.search.configuration import LOCAL, NONE, EmbedderSettings
from portico.kernel.errors import Unavailable
from portico.kernel.settings import SettingsError, validated

DIMENSIONS = 384
"""Of all vectors: the column and its index have this width."""

Vector = Sequence[float]


class EmbedderFailed(Unavailable):
    code = "EMBEDDER_FAILED"
    message = "The embedder does not answer. A search with `mode=lexical` needs none."


class Embedder(Protocol):
    model: str
    """What vectors are compared by: those of another model mean something else."""

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """A vector for each text. Raises `EmbedderFailed`."""


def configured() -> Embedder | None:
    """The embedder that AUDIT_EMBEDDER names. Raises `SettingsError` where it cannot be used."""
    settings = validated(EmbedderSettings)
    return _made(
        settings.embedder, settings.embedder_model, settings.embedder_key, settings.embedder_allow_private
    )  # fmt: skip


@cache
def _made(name: str, model: str, key: str | None, allow_private: bool) -> Embedder | None:
    """Once for each process: a model takes a while to load, and 90 MB."""
    if name == NONE:
        return None
    module = "local" if name == LOCAL else "http"
    given = {} if name == LOCAL else {"url": name, "model": model, "key": key, "allow_private": allow_private}
    try:
        made: Embedder = import_module(f"portico.apps.audit.search.{module}_embedder").embedder(**given)
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"AUDIT_EMBEDDER is {LOCAL} and {missing.name} is not installed: see docs/audit.md."
        ) from None
    return made
