"""A project of a window maker as its planning program sends it: components of two assemblies of pieces."""

from typing import Any

import httpx

from tests.apps.factory.world import API, Company, done
from tests.contract.shop import unique


def sync(company: Company, noun: str, *entries: dict[str, Any]) -> httpx.Response:
    """What the company's program is answered."""
    return company.key.post(f"{API}/sync/{noun}", json={noun: list(entries)})


def planned(company: Company, *, components: int = 1, assemblies: int = 1, pieces: int = 2) -> str:
    """Sync a new project; its code, of which the codes of all its parts are made."""
    code = unique("P")
    places = [f"{code}-C{c}" for c in range(components)]
    below = [(f"{upper}-A{a}", upper) for upper in places for a in range(assemblies)]
    cuts = [(f"{upper}-{p}", upper) for upper, _ in below for p in range(pieces)]
    done(sync(company, "projects", {"code": code, "name": "House", "customer": "Ivanov"}))
    done(sync(company, "components", *({"code": each, "project_code": code} for each in places)))
    done(sync(company, "assemblies", *({"code": each, "component_code": upper} for each, upper in below)))
    done(sync(company, "pieces", *({"code": each, "assembly_code": upper, **CUT} for each, upper in cuts)))
    return code


CUT = {"outer_length": 1250.5, "left_angle": 45, "right_angle": 45, "profile": "S8000"}


def found(client: httpx.Client, noun: str, code: str, *, deleted: bool = False) -> dict[str, Any] | None:
    """The one of this code, as the list shows it."""
    name = "barcode" if noun == "pieces" else "code"
    page = done(client.get(f"{API}/{noun}", params={name: code, "deleted": deleted}))
    return page["items"][0] if page["items"] else None


def path_of(client: httpx.Client, noun: str, code: str, *, deleted: bool = False) -> str:
    row = found(client, noun, code, deleted=deleted)
    assert row is not None, (noun, code)
    return f"{API}/{noun}/{row['id']}"
