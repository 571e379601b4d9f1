"""Reading OSCAL: from the bytes that somebody sends to a catalog or a profile in which every name is one of OSCAL's."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from portico.apps.audit.frameworks.catalogs import Catalog
from portico.apps.audit.frameworks.profiles import Profile
from portico.kernel.errors import InvalidInput

Document = dict[str, Any]
"""A catalog or a profile as its JSON has it, without the outermost name."""

MODELS: dict[str, type[BaseModel]] = {"catalog": Catalog, "profile": Profile}
MOST_ERRORS = 20
MOST_THINGS = 300_000
"""Objects and lists, by their brackets. NIST's catalog has a quarter of it; each takes some 2 kB for a moment."""


class NotOscal(InvalidInput):
    """The document is no catalog or profile that could be imported. `details` has the JSON path of what is wrong."""

    code = "NOT_OSCAL"
    message = "This is no OSCAL catalog or profile that could be imported."


@dataclass(frozen=True)
class Parsed:
    kind: str
    document: Document
    text: str
    """The document as JSON again."""
    sha256: str
    """Of what was sent."""


def parse(body: bytes) -> Parsed:
    """Read an OSCAL document in JSON. NIST's catalog takes 50 ms: have a thread do it. Raises `NotOscal`."""
    _refuse_other_syntax(body)
    if body.count(b"{") + body.count(b"[") > MOST_THINGS:
        raise NotOscal(details={"$": f"has more than {MOST_THINGS:,} objects and lists"})
    try:
        root = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotOscal(details={"$": f"is not JSON: {error}"}) from None
    if rb"\u0000" in body:
        raise NotOscal(details={"$": "has a NUL character, which is no part of a text"})
    kind, document = _opened(root)
    _check(kind, document)
    return Parsed(kind, document, _written(document), sha256(body).hexdigest())


def _written(document: Document) -> str:
    try:
        return orjson.dumps(document).decode()
    except orjson.JSONEncodeError as error:  # metadata and back matter may hold anything, however deep
        raise NotOscal(details={"$": f"cannot be kept: {error}"}) from None


def _refuse_other_syntax(body: bytes) -> None:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        raise NotOscal(details={"$": "is XML. OSCAL is imported as JSON: NIST publishes each document in both."})
    if start and not start.startswith((b"{", b"[")):
        raise NotOscal(details={"$": "is not JSON. OSCAL in YAML is not read: convert it to JSON first."})
    if body.startswith(b"\xef\xbb\xbf"):
        raise NotOscal(details={"$": "begins with a byte order mark, which JSON has not"})


def _opened(root: Any) -> tuple[str, Document]:
    names = [name for name in root if name != "$schema"] if isinstance(root, dict) else []
    if len(names) != 1:
        raise NotOscal(details={"$": 'must be an object with "catalog" or "profile" and nothing else'})
    kind = names[0]
    if kind not in MODELS:
        raise NotOscal(details={kind: "is imported by nobody here: send a catalog or a profile"})
    return kind, root[kind]


def _check(kind: str, document: Document) -> None:
    try:
        MODELS[kind].model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise NotOscal(
            details={
                _path(kind, each["loc"]): each["msg"].removeprefix("Value error, ") for each in found[:MOST_ERRORS]
            }
        ) from None
    seen: dict[tuple[str, str], str] = {}
    for what, name, path in _named(document, kind):
        first = seen.setdefault((what, name), path)
        if first != path:
            raise NotOscal(details={path: f"{what} {name!r} is already at {first}"})


def _path(kind: str, places: tuple[int | str, ...]) -> str:
    return kind + "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places)


def _named(node: Document, path: str) -> Iterator[tuple[str, str, str]]:
    """Everything in a catalog whose id has to be its own: what it is, the id, and where it stands."""
    for name, what in (("params", "parameter"), ("controls", "control"), ("groups", "group")):
        for position, each in enumerate(node.get(name, ())):
            place = f"{path}.{name}[{position}]"
            if "id" in each:
                yield what, each["id"], f"{place}.id"
            yield from _named(each, place)
