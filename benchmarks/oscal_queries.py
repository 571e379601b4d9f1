"""A labelled set of queries, made of an OSCAL catalog: who asks for a control is to find its text.

Two kinds: a control's title, and the first sentence of its guidance. Neither is in the text that is searched, which is
the statement and the rest of the guidance. So the words of a query are seldom all there: what is asked for is what a
text is about.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

LONGEST = 1000  # characters of a chunk
DEPTH = 10
PARAMETER = re.compile(r"\{\{\s*insert:\s*param,\s*([\w.-]+)\s*\}\}")
SENTENCE = re.compile(r"(?<=[.;:])\s+(?=[A-Z])")
SEED = 53


@dataclass(frozen=True)
class Control:
    id: str
    title: str
    first_sentence: str
    chunks: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    kind: str
    text: str
    relevant: frozenset[str]
    """The ids of the controls that are to be found: several have one title."""


def controls(catalog: Path) -> list[Control]:
    """Those of a catalog that have a statement and guidance: withdrawn ones have neither."""
    found = json.loads(catalog.read_text())["catalog"]
    return [control for each in _walk(found) if (control := _control(each)) is not None]


def queries(known: Sequence[Control], *, of_each: int = 150) -> list[Query]:
    """The same ones each time: chosen by a seed."""
    chosen = random.Random(SEED).sample(known, of_each)
    titles: dict[str, set[str]] = {}
    for control in known:
        titles.setdefault(control.title, set()).add(control.id)
    by_title = [Query("title", control.title, frozenset(titles[control.title])) for control in chosen]
    by_sentence = [
        Query("sentence", control.first_sentence[:200], frozenset({control.id})) for control in chosen
    ]  # fmt: skip
    return by_title + by_sentence


def figures(asked: Sequence[Query], found: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Recall and mean reciprocal rank among the first ten controls that each query has found, the best first."""
    judged = [_judged(query, those) for query, those in zip(asked, found, strict=True)]
    return fmean(recall for recall, _ in judged), fmean(rank for _, rank in judged)


def _judged(query: Query, found: Sequence[str]) -> tuple[float, float]:
    """Of two chunks of one control the better counts."""
    first = list(dict.fromkeys(found))[:DEPTH]
    places = [place for place, control in enumerate(first, 1) if control in query.relevant]
    return len(places) / min(DEPTH, len(query.relevant)), 1 / places[0] if places else 0.0


def _control(found: dict[str, Any]) -> Control | None:
    texts = {part["name"]: " ".join(_prose(part)) for part in found.get("parts", ())}
    statement, guidance = texts.get("statement", ""), texts.get("guidance", "")
    first, *rest = SENTENCE.split(guidance)
    if not statement or not rest:
        return None
    labels = {each["id"]: each.get("label", "") for each in found.get("params", ())}
    text = PARAMETER.sub(lambda match: labels.get(match[1], ""), f"{statement} {' '.join(rest)}")
    return Control(found["id"], found["title"], first, tuple(_chunks(text)))


def _walk(group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for control in group.get("controls", ()):
        yield control
        yield from _walk(control)
    for inner in group.get("groups", ()):
        yield from _walk(inner)


def _prose(part: dict[str, Any]) -> Iterator[str]:
    if "prose" in part:
        yield part["prose"]
    for inner in part.get("parts", ()):
        yield from _prose(inner)


def _chunks(text: str) -> Iterator[str]:
    """Sentences together, as long as they stay below LONGEST."""
    chunk = ""
    for sentence in SENTENCE.split(text):
        if chunk and len(chunk) + len(sentence) > LONGEST:
            yield chunk
            chunk = ""
        chunk = f"{chunk} {sentence}".strip()
    yield chunk
