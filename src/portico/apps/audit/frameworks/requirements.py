"""From a catalog to the requirements that auditors assess: one for each control, as people read it."""

from dataclasses import dataclass
from typing import Any

from portico.apps.audit.frameworks.prose import Prose, label_of
from portico.apps.audit.frameworks.selection import Family, Place, families, places

Node = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A control as a requirement. `statement_id` is that of the part which says it, for OSCAL's assessments."""

    position: int
    code: str
    label: str
    parent_code: str | None
    family: str
    family_title: str
    title: str
    text: str
    guidance: str
    statement_id: str | None
    related: list[str]
    is_withdrawn: bool


def stated(catalog: Node, came_from: dict[str, Family] | None = None) -> list[Stated]:
    """The controls of a catalog, in its order. `came_from` has the families of those that stand in no group."""
    found = places(catalog)
    grouped = {**(came_from or {}), **families(found)}
    prose = Prose({param["id"]: param for node in _nodes(catalog, found) for param in node.get("params", ())})
    return [
        _stated(position, place, grouped.get(name, ("", "")), prose)
        for position, (name, place) in enumerate(found.items(), 1)
    ]


def _nodes(catalog: Node, found: dict[str, Place]) -> list[Node]:
    groups = {id(group): group for place in found.values() for group in place.groups}
    return [catalog, *groups.values(), *(place.control for place in found.values())]


def _stated(position: int, place: Place, family: Family, prose: Prose) -> Stated:
    control = place.control
    parts = [part for part in control.get("parts", ()) if part["name"] == "statement"]
    return Stated(
        position=position, code=place.id, label=label_of(control) or place.id, title=control["title"],
        parent_code=place.above[0] if place.above else None, family=family[0], family_title=family[1],
        text=prose.statement(control), guidance=prose.guidance(control),
        statement_id=parts[0].get("id") if parts else None,
        related=[link["href"][1:] for link in control.get("links", ()) if _is_related(link)],
        is_withdrawn=any(prop["name"] == "status" and prop["value"].lower() == "withdrawn" for prop in
                         control.get("props", ())),
    )  # fmt: skip


def _is_related(link: Node) -> bool:
    return link.get("rel") == "related" and bool(link["href"].startswith("#"))
