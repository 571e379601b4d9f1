"""The resolution of a profile: the catalog that it stands for, as NIST's "OSCAL Profile Resolution" describes it.

Nothing here reads, writes or waits. Documents go in as they are and are not changed.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from portico.apps.audit.frameworks.merging import combined, structured
from portico.apps.audit.frameworks.modifying import modified
from portico.apps.audit.frameworks.prose import INSERTION
from portico.apps.audit.frameworks.references import Reference, references
from portico.apps.audit.frameworks.selection import Family, Place, families, imported, places
from portico.kernel.errors import InvalidInput

Node = dict[str, Any]
Find = Callable[[Reference], Node | None]
"""From an import to the document that it means: an object with `catalog` or `profile`, or None."""

MOST_CHAINED = 10
CITED = re.compile(r"#([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")
TOOL = UUID("8f0c2f86-60c2-4a83-a8a1-2b9e6a1e6a40")


class ImportMissing(InvalidInput):
    """A profile imports what is not there. `details` has the JSON path of the import, and what it names."""

    code = "IMPORT_MISSING"
    message = "The profile imports a document that is not here: import that one first, with `name`, its file's name."


class ImportCycle(InvalidInput):
    """A profile imports itself, by itself or through others. `details` has the chain."""

    code = "IMPORT_CYCLE"
    message = "The profile imports itself."


@dataclass(frozen=True)
class Resolved:
    """`families` has the group of each control where it came from: a profile may have put all into one list."""

    catalog: Node
    families: dict[str, Family]
    places: dict[str, Place]


def resolve(profile: Node, find: Find) -> Resolved:
    """The catalog of a profile.

    Raises `ImportMissing`, `ImportCycle`, `UnknownControl`, `TooManyPatterns`, `ControlsClash`.
    """
    return _Resolution(find).resolved(profile, ())


class _Resolution:
    """Of one profile and all that it stands on, each of them read and resolved once, however often it is imported."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[str, Resolved] = {}

    def resolved(self, profile: Node, through: tuple[Node, ...]) -> Resolved:
        merge, modify = profile.get("merge", {}), profile.get("modify", {})
        found = [self._source(reference, (*through, profile)) for reference in references(profile)]
        distinct = list({each.catalog["uuid"]: each for each in found}.values())
        controls = {name for each in distinct for name in each.places}
        params = {param["id"]: param for each in distinct for param in _params(each.catalog)}
        tree = structured(_selected(profile["imports"], found, merge), merge, controls)
        _keep_loose_params(tree, modify, params)
        tree = modified(tree, modify, controls=controls, params=params)
        catalog = {**_head(profile), **tree, **_back_matter(tree, [each.catalog for each in distinct])}
        here = places(catalog)
        came_from = {name: family for each in reversed(distinct) for name, family in each.families.items()}
        return Resolved(catalog, {name: came_from[name] for name in here if name in came_from} | families(here), here)

    def _source(self, reference: Reference, chain: tuple[Node, ...]) -> Resolved:
        found = self._find(reference)
        if found is None:
            wanted = ", ".join([*reference.titles, *reference.names]) or reference.href
            raise ImportMissing(details={reference.path: f"nothing here is {wanted}"})
        [document] = found.values()
        if "profile" in found:
            _require_end(reference, chain, document)
        if document["uuid"] not in self._known:
            self._known[document["uuid"]] = (
                self.resolved(document, chain) if "profile" in found else _as_it_is(document)
            )  # fmt: skip
        return self._known[document["uuid"]]


def _require_end(reference: Reference, chain: tuple[Node, ...], inner: Node) -> None:
    titles = [each["metadata"]["title"] for each in (*chain, inner)]
    if any(inner["uuid"] == each["uuid"] for each in chain):
        raise ImportCycle(details={reference.path: " imports ".join(titles)})
    if len(chain) >= MOST_CHAINED:
        raise ImportCycle(f"More than {MOST_CHAINED} profiles import one another.", details={reference.path: titles[0]})


def _as_it_is(catalog: Node) -> Resolved:
    found = places(catalog)
    return Resolved(catalog, families(found), found)


def _selected(imports: list[Node], found: list[Resolved], merge: Node) -> dict[str, Place]:
    """What all imports choose, the first ones first; of one source all at once, in that one's own order."""
    chosen = combined(_chosen(imports, found), merge.get("combine", {}).get("method", "keep"))
    sources = {each.catalog["uuid"]: each.places for each in found}
    return {
        name: place for index in sources.values() for name, place in index.items() if chosen.get(name) is place
    }  # fmt: skip


def _chosen(imports: list[Node], found: list[Resolved]) -> Iterator[tuple[str, Place]]:
    for number, (each, source) in enumerate(zip(imports, found, strict=True)):
        path = f"profile.imports[{number}]"
        yield from ((path, source.places[name]) for name in imported(each, source.places, path))


def _params(node: Node) -> Iterator[Node]:
    yield from node.get("params", ())
    for name in ("groups", "controls"):
        for each in node.get(name, ()):
            yield from _params(each)


def _keep_loose_params(tree: Node, modify: Node, params: dict[str, Node]) -> None:
    """A control may insert a parameter of its group or of another control: it is kept though that one is not.

    What the profile is about to add may insert some as well.
    """
    have = {param["id"] for param in _params(tree)}
    wanted = deque(_inserted([tree, modify]))
    while wanted:
        name = wanted.popleft()
        if name in params and name not in have:
            have.add(name)
            tree.setdefault("params", []).append(params[name])
            wanted += _inserted(params[name])


def _inserted(thing: Any) -> Iterator[str]:
    for text in _texts(thing):
        yield from INSERTION.findall(text)


def _texts(thing: Any) -> Iterator[str]:
    left = [thing]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            left += reversed(part.values())
        elif isinstance(part, list):
            left += reversed(part)


def _head(profile: Node) -> Node:
    about = profile["metadata"]
    metadata = {name: about[name] for name in ("title", "last-modified", "version", "oscal-version")}
    metadata["props"] = [{"name": "resolution-tool", "value": "Portico"}]
    metadata["links"] = [{"href": f"urn:uuid:{profile['uuid']}", "rel": "source-profile"}]
    return {"uuid": str(uuid5(TOOL, profile["uuid"])), "metadata": metadata}


def _back_matter(tree: Node, sources: list[Node]) -> Node:
    """The resources to which what was chosen refers."""
    wanted = {found.lower() for text in _texts(tree) for found in CITED.findall(text)}
    resources = {
        each["uuid"]: each
        for source in sources
        for each in source.get("back-matter", {}).get("resources", ())
        if each["uuid"].lower() in wanted
    }
    return {"back-matter": {"resources": list(resources.values())}} if resources else {}
