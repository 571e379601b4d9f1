"""How the controls that a profile has chosen stand together: as in their catalogs, in a list, or in its own groups."""

from collections.abc import Container, Iterable
from typing import Any

from portico.apps.audit.frameworks.selection import Place, inserted
from portico.kernel.errors import InvalidInput

Node = dict[str, Any]


class ControlsClash(InvalidInput):
    """Two imports give different controls with one id, and the profile does not say which of them counts."""

    code = "CONTROLS_CLASH"
    message = "Two imports give different controls with the same id. Combine them with `use-first`."


def combined(imported: Iterable[tuple[str, Place]], method: str) -> dict[str, Place]:
    """The chosen controls of all imports, in their order; each comes with the JSON path of its import.

    Raises `ControlsClash`.
    """
    found: dict[str, Place] = {}
    for path, place in imported:
        first = found.setdefault(place.id, place)
        if first is not place and method != "use-first" and first.own != place.own:
            raise ControlsClash(details={path: f"gives another control {place.id!r} than an import before it"})
    return found


def structured(selected: dict[str, Place], merge: Node, known: Container[str]) -> Node:
    """Groups and controls of the resolved catalog. `known` are the ids of all that the imports have.

    Raises `UnknownControl`, `TooManyPatterns`.
    """
    if merge.get("as-is"):
        return _as_is(selected)
    if "custom" in merge:
        return _Custom(selected, known).group(merge["custom"], "profile.merge.custom")
    return {"controls": [place.own for place in selected.values()]}


def _as_is(selected: dict[str, Place]) -> Node:
    """As in the catalogs. What stood below a control that was not chosen takes its place; no group is left empty."""
    root: Node = {}
    nodes = {name: place.own for name, place in selected.items()}
    groups: dict[tuple[str, ...], Node] = {}
    for name, place in selected.items():
        parent = next((each for each in place.above if each in nodes), None)
        above = _group(root, groups, place.groups) if parent is None else nodes[parent]
        above.setdefault("controls", []).append(nodes[name])
    return root


def _group(root: Node, groups: dict[tuple[str, ...], Node], path: tuple[Node, ...]) -> Node:
    node, key = root, ()  # type: tuple[Node, tuple[str, ...]]
    for group in path:
        key = (*key, group.get("id") or group["title"])
        if key not in groups:
            groups[key] = {field: value for field, value in group.items() if field not in ("groups", "controls")}
            node.setdefault("groups", []).append(groups[key])
        node = groups[key]
    return node


class _Custom:
    """Groups of the profile's own. Each control is inserted once; what no group takes is left out."""

    def __init__(self, selected: dict[str, Place], known: Container[str]) -> None:
        self._left = dict(selected)
        self._known = known

    def group(self, custom: Node, path: str) -> Node:
        node = {field: value for field, value in custom.items() if field not in ("groups", "insert-controls")}
        for number, insertion in enumerate(custom.get("insert-controls", ())):
            found = self._taken(insertion, f"{path}.insert-controls[{number}]")
            node.setdefault("controls", []).extend(place.own for place in found)
        for number, group in enumerate(custom.get("groups", ())):
            node.setdefault("groups", []).append(self.group(group, f"{path}.groups[{number}]"))
        return node

    def _taken(self, insertion: Node, path: str) -> list[Place]:
        names = inserted(insertion, self._left, self._known, path)
        found = [self._left.pop(name) for name in list(self._left) if name in names]
        order = insertion.get("order", "keep")
        if order != "keep":
            found.sort(key=_sort_id, reverse=order == "descending")
        return found


def _sort_id(place: Place) -> str:
    """NIST gives controls a property that sorts as people count: ac-2 before ac-10."""
    named = (prop["value"] for prop in place.control.get("props", ()) if prop["name"] == "sort-id")
    found: str = next(named, place.id)
    return found
