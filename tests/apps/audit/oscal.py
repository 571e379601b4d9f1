"""OSCAL documents: NIST's own where they are there, and a small catalog with profiles of it that tests make."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from portico.apps.audit.frameworks.requirements import stated
from tests.apps.audit.world import API
from tests.data_sets import data_set

Node = dict[str, Any]

CATALOG = "oscal/NIST_SP-800-53_rev5_catalog.json"
LOW = "oscal/NIST_SP-800-53_rev5_LOW-baseline_profile.json"
RESOLVED = "oscal/NIST_SP-800-53_rev5_LOW-resolved_catalog-min.json"


@dataclass(frozen=True)
class ControlText:
    """A control of NIST's catalog as people read it."""

    id: str
    label: str
    family: str
    title: str
    text: str
    guidance: str


@cache
def published(name: str) -> Node:
    """One of NIST's documents. Skips the test where it is not there."""
    found: Node = json.loads(data_set(name).read_bytes())
    return found


@cache
def controls() -> tuple[ControlText, ...]:
    """The controls of NIST's catalog that are not withdrawn, in its order, with parameters inserted."""
    return tuple(
        ControlText(each.code, each.label, each.family_title, each.title, each.text, each.guidance)
        for each in stated(published(CATALOG)["catalog"])
        if not each.is_withdrawn
    )


def uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def head(name: str, title: str = "") -> Node:
    about = {"title": title or name, "last-modified": "2025-01-01T00:00:00Z", "version": "1", "oscal-version": "1.1.3"}
    return {"uuid": uuid(name), "metadata": about}


def control(name: str, *children: Node, prose: str = "Do it.", **values: Any) -> Node:
    found: Node = {
        "id": name, "title": f"Title of {name}",
        "props": [{"name": "label", "value": name.upper()}, {"name": "sort-id", "value": sort_id(name)}],
        "parts": [{"id": f"{name}_smt", "name": "statement", "prose": prose}], **values,
    }  # fmt: skip
    return {**found, "controls": list(children)} if children else found


def sort_id(name: str) -> str:
    return "-".join(part.zfill(4) for part in name.replace(".", "-").split("-"))


def catalog(name: str = "catalog", **groups: list[Node]) -> Node:
    """A catalog of these groups, or of two families with five controls, one of which has enhancements."""
    families = groups or {
        "ac": [control("ac-1"), control("ac-2", control("ac-2.1"), control("ac-2.2")), control("ac-10")],
        "au": [control("au-1"), control("au-2", control("au-2.1"))],
    }
    made = [
        {"id": each, "class": "family", "title": f"Family {each}", "controls": inside}
        for each, inside in families.items()
    ]
    return {"catalog": {**head(name), "groups": made}}


def profile(name: str, *imports: Node, merge: Mapping[str, Any] | None = None, **values: Any) -> Node:
    """A profile with these imports, which keeps the structure of its catalogs unless `merge` says otherwise."""
    return {
        "profile": {
            **head(name), "imports": list(imports), "merge": {"as-is": True} if merge is None else dict(merge), **values
        }
    }  # fmt: skip


def imported(source: str, *ids: str, **values: Any) -> Node:
    """An import by uuid, of these controls; of all where none is named."""
    choice: Node = {"include-controls": [{"with-ids": list(ids)}]} if ids else {}
    return {"href": f"urn:uuid:{uuid(source)}", **choice, **values}


def send(client: httpx.Client, document: Node, **params: str) -> httpx.Response:
    return client.post(f"{API}/frameworks/import", json=document, params=params)
