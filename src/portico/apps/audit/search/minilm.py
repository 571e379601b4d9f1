"""A sentence encoder of the BERT kind (Devlin et al. 2019; Reimers and Gurevych 2019), computed with NumPy.

What it needs of a model is a forward pass: six layers of attention, then the mean of the tokens, of length one. That
takes a page, where the usual library takes a gigabyte.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

LAYERS, HEADS = 6, 12
LONGEST = 256  # tokens; what comes after them is not looked at
EPSILON = 1e-12
Array = NDArray[np.float32]


class MiniLM:
    def __init__(self, folder: Path) -> None:
        self._weights: dict[str, Array] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def embed(self, texts: Sequence[str]) -> Array:
        """A row of length one for each text."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([each.ids for each in encoded])
        mask = np.array([each.attention_mask for each in encoded], dtype=np.float32)
        states = self._embeddings(ids)
        ignored = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for number in range(LAYERS):
            states = self._layer(f"encoder.layer.{number}", states, ignored)
        mean = (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
        found: Array = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return found

    def _embeddings(self, ids: NDArray[Any]) -> Array:
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        places = self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kinds = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normed("embeddings.LayerNorm", words + places + kinds)

    def _layer(self, name: str, states: Array, ignored: Array) -> Array:
        seen = self._dense(f"{name}.attention.output.dense", self._attended(f"{name}.attention.self", states, ignored))
        states = self._normed(f"{name}.attention.output.LayerNorm", states + seen)
        inner = _gelu(self._dense(f"{name}.intermediate.dense", states))
        return self._normed(f"{name}.output.LayerNorm", states + self._dense(f"{name}.output.dense", inner))

    def _attended(self, name: str, states: Array, ignored: Array) -> Array:
        """What each token takes from the others (Vaswani et al. 2017, section 3.2)."""
        texts, tokens, width = states.shape
        query, key, value = (
            self._dense(f"{name}.{part}", states).reshape(texts, tokens, HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(width / HEADS)) + ignored
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        found: Array = (weights @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, width)
        return found

    def _dense(self, name: str, states: Array) -> Array:
        weight = self._weights[f"{name}.weight"]
        found = states.reshape(-1, states.shape[-1]) @ weight.T  # one large product: many small ones take longer
        found += self._weights[f"{name}.bias"]
        return found.reshape(*states.shape[:-1], -1)

    def _normed(self, name: str, states: Array) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        found: Array = centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return found


def _gelu(states: Array) -> Array:
    found: Array = states * np.float32(0.5) * (1 + _erf(states / np.sqrt(np.float32(2))))
    return found


def _erf(states: Array) -> Array:
    """As near as these numbers can tell: within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    size = np.abs(states)
    t = 1 / (1 + np.float32(0.3275911) * size)
    power = np.full_like(t, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        power *= t
        power += np.float32(factor)
    found: Array = np.copysign(1 - power * t * np.exp(-size * size), states)
    return found
