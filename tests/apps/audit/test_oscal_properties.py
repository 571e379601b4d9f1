"""What holds of every resolution, whatever the catalog and the profile are."""

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portico.apps.audit.frameworks.parsing import NotOscal, parse
from portico.apps.audit.frameworks.requirements import stated
from portico.apps.audit.frameworks.resolution import resolve
from portico.apps.audit.frameworks.selection import places
from tests.apps.audit.oscal import Node, catalog, control, imported, profile

MERGES = ({"as-is": True}, {"flat": {}}, {})


@st.composite
def catalogs(draw: st.DrawFn) -> Node:
    """Up to four families of controls with enhancements, and those of their own."""
    shape = draw(st.lists(st.lists(st.lists(st.integers(0, 2), max_size=2), max_size=3), min_size=1, max_size=4))
    families = {
        f"f{f}": [
            control(f"f{f}-{c}", *(_enhancement(f"f{f}-{c}.{e}", deeper) for e, deeper in enumerate(inner)))
            for c, inner in enumerate(family)
        ]
        for f, family in enumerate(shape)
    }
    return catalog("catalog", **families)


def _enhancement(name: str, deeper: int) -> Node:
    return control(name, *(control(f"{name}.{number}") for number in range(deeper)))


@st.composite
def choices(draw: st.DrawFn) -> tuple[Node, Node]:
    """A catalog, and an import of it."""
    made = draw(catalogs())
    names = st.lists(st.sampled_from(list(places(made["catalog"])) or ["none"]), max_size=6, unique=True)
    chosen = imported("catalog")
    for key in ("include-controls", "exclude-controls"):
        ids = draw(names)
        if ids and "none" not in ids:
            with_children = draw(st.sampled_from(["yes", "no"]))
            chosen[key] = [{"with-ids": ids, "with-child-controls": with_children}]
    return made, chosen


def _ids(selections: list[Node], known: Any) -> set[str]:
    found: set[str] = set()
    for each in selections:
        found |= set(each["with-ids"])
        if each["with-child-controls"] == "yes":
            found |= {name for name, place in known.items() if found.intersection(place.above)}
    return found


@settings(max_examples=150, deadline=None)
@given(choices(), st.sampled_from(MERGES))
def test_what_is_chosen_is_there_once_and_nothing_else_is(choice: tuple[Node, Node], merge: Node) -> None:
    source, chosen = choice
    known = places(source["catalog"])
    excluded = _ids(chosen.get("exclude-controls", []), known)
    included = _ids(chosen["include-controls"], known) if "include-controls" in chosen else set(known)
    included -= excluded
    wanted = included | {parent for name in included for parent in known[name].above} - excluded
    before = deepcopy(source)
    found = resolve(profile("p", chosen, merge=merge)["profile"], lambda reference: source)
    names = [each.code for each in stated(found.catalog, found.families)]
    assert (set(names), len(names)) == (wanted, len(wanted))
    assert source == before


@settings(max_examples=60, deadline=None)
@given(choices())
def test_order_and_families_are_those_of_the_catalog(choice: tuple[Node, Node]) -> None:
    source, chosen = choice
    found = resolve(profile("p", chosen)["profile"], lambda reference: source)
    listed = resolve(profile("p", chosen, merge={"flat": {}})["profile"], lambda reference: source)
    known = [each.code for each in stated(source["catalog"])]
    flat = stated(listed.catalog, listed.families)
    assert [each.code for each in flat] == [name for name in known if name in found.families]
    assert {each.code: each.family for each in flat} == {name: name.split("-")[0] for name in found.families}


@settings(max_examples=60, deadline=None)
@given(choices())
def test_to_resolve_again_changes_nothing(choice: tuple[Node, Node]) -> None:
    source, chosen = choice
    once = resolve(profile("p", chosen)["profile"], lambda reference: source).catalog
    again = resolve(profile("q", imported("p"))["profile"], lambda reference: {"catalog": once}).catalog
    assert again.get("groups") == once.get("groups")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["catalog", "profile", "uuid", "metadata", "groups", "controls", "params", "imports", "merge", "modify", "id"]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, JSON, max_size=5) | JSON, max_size=3))
def test_whatever_is_sent_is_read_or_refused_by_its_paths(thing: Node) -> None:
    """Nearly all of it is refused; that it is refused by nothing else is what this looks for."""
    with suppress(NotOscal):
        assert parse(json.dumps(thing).encode()).document == thing[next(iter(thing))]


@st.composite
def mutations(draw: st.DrawFn) -> Node:
    """A catalog in which one value somewhere is another."""
    found = catalog()
    node: Any = found["catalog"]
    while isinstance(node, dict | list) and node:
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or draw(st.booleans()):
            node[key] = draw(JSON)
            break
        node = node[key]
    return found


@settings(max_examples=100, deadline=None)
@given(mutations())
def test_what_is_read_can_be_resolved_and_printed(document: Node) -> None:
    try:
        parsed = parse(json.dumps(document).encode())
    except NotOscal:
        return
    source = {"catalog": parsed.document}
    found = resolve(profile("p", imported("catalog"))["profile"], lambda reference: source)
    assert len(stated(found.catalog, found.families)) == len(places(parsed.document))
