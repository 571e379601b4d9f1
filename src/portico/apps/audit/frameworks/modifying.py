"""What a profile changes of the controls that it has chosen: values of parameters, and parts added or removed."""

from collections.abc import Collection, Iterator
from copy import deepcopy
from functools import reduce
from typing import Any

from portico.apps.audit.frameworks.selection import MOST_ERRORS, UnknownControl, places

Node = dict[str, Any]
LISTS = {"param": "params", "prop": "props", "link": "links", "part": "parts"}
REPLACED = ("class", "depends-on", "label", "usage", "values", "select")
ADDED = ("props", "links", "constraints", "guidelines")


def modified(tree: Node, modify: Node, *, controls: Collection[str], params: Collection[str]) -> Node:
    """The same tree, changed in place: whoever made it has made its controls anew.

    `controls` and `params` are the ids of all that the imports have: to change what was not chosen changes nothing.
    Raises `UnknownControl` for what is nowhere.
    """
    unknown: dict[str, str] = {}
    settings: dict[str, list[Node]] = {}
    for name, (change, _) in _by(modify, "set-parameters", "param-id", params, unknown):
        settings.setdefault(name, []).append(change)
    alters = list(_by(modify, "alters", "control-id", controls, unknown))
    if unknown:
        raise UnknownControl(details=dict(list(unknown.items())[:MOST_ERRORS]))
    for node in _nodes(tree):
        if "params" in node:
            node["params"] = [reduce(_set, settings.get(param["id"], ()), param) for param in node["params"]]
    chosen = places(tree)
    for name in {name for name, _ in alters if name in chosen}:
        _copy_what_it_has(chosen[name].control)
    for name, (alter, path) in alters:
        if name in chosen:
            _alter(chosen[name].control, alter, path)
    return tree


def _by(
    modify: Node, field: str, key: str, known: Collection[str], unknown: dict[str, str]
) -> Iterator[tuple[str, tuple[Node, str]]]:
    for number, change in enumerate(modify.get(field, ())):
        path = f"profile.modify.{field}[{number}]"
        if change[key] not in known:
            unknown[f"{path}.{key}"] = f"there is no {change[key]!r} in what is imported"
        yield change[key], (change, path)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for name in ("groups", "controls"):
        for each in node.get(name, ()):
            yield from _nodes(each)


def _set(param: Node, change: Node) -> Node:
    replaced = {field: change[field] for field in REPLACED if field in change}
    added = {field: [*param.get(field, ()), *change[field]] for field in ADDED if field in change}
    return {**param, **replaced, **added}


def _copy_what_it_has(control: Node) -> None:
    for node in _nodes(control):
        for field in LISTS.values():
            if field in node:
                node[field] = deepcopy(node[field])


def _alter(control: Node, alter: Node, path: str) -> None:
    for number, remove in enumerate(alter.get("removes", ())):
        if not _removed(control, remove) and "by-id" in remove:
            raise _no_such_part(control, remove["by-id"], f"{path}.removes[{number}].by-id")
    for number, add in enumerate(alter.get("adds", ())):
        _add(control, add, f"{path}.adds[{number}]")


def _no_such_part(control: Node, name: str, path: str) -> UnknownControl:
    return UnknownControl(details={path: f"there is no {name!r} in {control['id']}"})


def _removed(node: Node, remove: Node) -> bool:
    """Take out of a control whatever answers to all that is named, however deep.

    Controls below it stay as they are, unless it is one thing in them that an id names.
    """
    below = node.get("controls", ()) if "by-id" in remove else ()
    found = any([_removed(control, remove) for control in below])
    for item, field in LISTS.items():
        if field not in node:
            continue
        kept = [each for each in node[field] if not _matches(each, item, remove)]
        found = found or len(kept) < len(node[field])
        for each in kept:
            found = _removed(each, remove) or found
        if kept:
            node[field] = kept
        else:
            del node[field]
    return found


def _matches(thing: Node, item: str, remove: Node) -> bool:
    named = {
        "by-item-name": item, "by-id": thing.get("id"), "by-name": thing.get("name"), "by-class": thing.get("class"),
        "by-ns": thing.get("ns"), "remarks": remove.get("remarks"),
    }  # fmt: skip
    return all(named[criterion] == value for criterion, value in remove.items())


def _add(control: Node, add: Node, path: str) -> None:
    position = add.get("position", "ending")
    target, siblings = control, control
    if "by-id" in add and add["by-id"] != control["id"]:
        found = next(_within(control, add["by-id"]), None)
        if found is None:
            raise _no_such_part(control, add["by-id"], f"{path}.by-id")
        siblings, target = found
    if "title" in add:
        target["title"] = add["title"]
    for field in LISTS.values():
        if field in add:
            _insert(target, siblings, field, add[field], position)


def _within(node: Node, name: str) -> Iterator[tuple[Node, Node]]:
    """The parameter, the part or the control below with this id, behind what it stands in."""
    for field in ("params", "parts", "controls"):
        for each in node.get(field, ()):
            if each.get("id") == name:
                yield node, each
            yield from _within(each, name)


def _insert(target: Node, siblings: Node, field: str, added: list[Node], position: str) -> None:
    """Inside the target at its start or end, or beside it. Beside a control means inside it: it is all there is."""
    new = deepcopy(added)
    there = siblings.get(field, [])
    at = next((number for number, each in enumerate(there) if each is target), None)
    if position in ("before", "after") and at is not None:
        at += position == "after"
        siblings[field] = [*there[:at], *new, *there[at:]]
        return
    inside = siblings if position in ("before", "after") else target
    own = inside.get(field, [])
    inside[field] = [*new, *own] if position in ("before", "starting") else [*own, *new]
