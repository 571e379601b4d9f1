"""Which controls of a catalog a profile chooses."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from portico.kernel.errors import InvalidInput

MOST_ERRORS = 20
MOST_COMPARED = 1_000_000
"""Controls that are compared with patterns, once for each pattern: half a second."""


class UnknownControl(InvalidInput):
    """A profile names controls or parameters that are not in what it imports. `details` has the JSON path of each."""

    code = "UNKNOWN_CONTROL"
    message = "The profile names what is not in the catalogs that it imports."


class TooManyPatterns(InvalidInput):
    code = "TOO_MANY_PATTERNS"
    message = "The profile compares too many controls with patterns. Name them by their ids."


@dataclass(frozen=True)
class Place:
    """A control and where it stands: the controls above it, the nearest first, and its groups, the outermost first."""

    control: dict[str, Any]
    above: tuple[str, ...]
    groups: tuple[dict[str, Any], ...]

    @property
    def id(self) -> str:
        found: str = self.control["id"]
        return found

    @property
    def own(self) -> dict[str, Any]:
        """The control without those below it."""
        return {name: value for name, value in self.control.items() if name != "controls"}


Places = Mapping[str, Place]
"""The controls of a catalog by their ids, in its order."""


def places(catalog: dict[str, Any]) -> dict[str, Place]:
    return {place.id: place for place in _placed(catalog, ())}


def _placed(group: dict[str, Any], groups: tuple[dict[str, Any], ...]) -> Iterator[Place]:
    for control in group.get("controls", ()):
        yield from _below(control, (), groups)
    for inner in group.get("groups", ()):
        yield from _placed(inner, (*groups, inner))


def _below(control: dict[str, Any], above: tuple[str, ...], groups: tuple[dict[str, Any], ...]) -> Iterator[Place]:
    yield Place(control, above, groups)
    for child in control.get("controls", ()):
        yield from _below(child, (control["id"], *above), groups)


Family = tuple[str, str]
"""The id and the title of the group in which a control stands."""


def families(catalog: Places) -> dict[str, Family]:
    return {
        name: (place.groups[-1].get("id") or place.groups[-1]["title"], place.groups[-1]["title"])
        for name, place in catalog.items()
        if place.groups
    }


def imported(choice: dict[str, Any], catalog: Places, path: str) -> set[str]:
    """The ids that an import chooses. A control brings those above it, but for excluded ones.

    Raises `UnknownControl`, `TooManyPatterns`.
    """
    included, excluded = _chosen(choice, catalog, catalog, path)
    return included | ({parent for name in included for parent in catalog[name].above} - excluded)


def inserted(choice: dict[str, Any], selected: Places, known: Container[str], path: str) -> set[str]:
    """The ids that an insertion takes of those that were selected. `known` are all that the imports have: to name one
    of them that was not selected inserts nothing.

    Raises `UnknownControl`, `TooManyPatterns`.
    """
    included, _ = _chosen(choice, selected, known, path)
    return included


def _chosen(
    choice: dict[str, Any], catalog: Places, known: Container[str], path: str
) -> tuple[set[str], set[str]]:  # fmt: skip
    """What is included and not excluded, and what is excluded."""
    excluded = _named(choice.get("exclude-controls", ()), catalog, known, f"{path}.exclude-controls")
    if "include-controls" in choice:
        included = _named(choice["include-controls"], catalog, known, f"{path}.include-controls")
    else:
        included = set(catalog)
    return included - excluded, excluded


def _named(selections: Any, catalog: Places, known: Container[str], path: str) -> set[str]:
    _require_few_patterns(selections, catalog, path)
    found: set[str] = set()
    with_children: set[str] = set()
    unknown: dict[str, str] = {}
    for position, selection in enumerate(selections):
        for number, name in enumerate(selection.get("with-ids", ())):
            if name not in known:
                unknown[f"{path}[{position}].with-ids[{number}]"] = f"there is no control {name!r} in what is imported"
        names = {*selection.get("with-ids", ()), *_matching(selection, catalog)}
        found |= names
        if selection.get("with-child-controls") == "yes":
            with_children |= names
    if unknown:
        raise UnknownControl(details=dict(list(unknown.items())[:MOST_ERRORS]))
    found |= {name for name, place in catalog.items() if with_children.intersection(place.above)}
    return found.intersection(catalog)


def _matching(selection: dict[str, Any], catalog: Places) -> Iterator[str]:
    """What patterns match. Without a pattern it is nothing, as NIST has it."""
    patterns = [each["pattern"] for each in selection.get("matching", ()) if "pattern" in each]
    yield from (name for pattern in patterns for name in catalog if fnmatchcase(name, pattern))


def _require_few_patterns(selections: Any, catalog: Places, path: str) -> None:
    patterns = sum(len(selection.get("matching", ())) for selection in selections)
    if patterns * len(catalog) > MOST_COMPARED:
        raise TooManyPatterns(details={path: f"has {patterns} patterns for {len(catalog)} controls"})
