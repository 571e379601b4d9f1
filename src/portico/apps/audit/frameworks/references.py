"""What a profile imports, as it names it: by a resource of its back matter, by a file's name, or by a uuid."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Reference:
    """Somebody's import. `profile` is the uuid of who imports; the others are what may be known of the document."""

    profile: str
    href: str
    path: str
    uuids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


def references(profile: dict[str, Any]) -> list[Reference]:
    """The imports of a profile, in their order."""
    resources = {each["uuid"].lower(): each for each in profile.get("back-matter", {}).get("resources", ())}
    return [
        _reference(profile["uuid"].lower(), each["href"], f"profile.imports[{position}].href", resources)
        for position, each in enumerate(profile["imports"])
    ]


def _reference(profile: str, href: str, path: str, resources: dict[str, Any]) -> Reference:
    if href.lower().startswith("urn:uuid:"):
        return Reference(profile, href, path, uuids=(href[len("urn:uuid:") :].lower(),))
    if not href.startswith("#"):
        return Reference(profile, href, path, names=tuple(_file_names(href)))
    uuid = href[1:].lower()
    resource = resources.get(uuid, {})
    links = [link["href"] for link in resource.get("rlinks", ())]
    names = [name for link in links for name in _file_names(link)]
    titles = [resource[field] for field in ("title", "description") if field in resource]
    return Reference(profile, href, path, (uuid,), tuple(dict.fromkeys(names)), tuple(titles))


def _file_names(href: str) -> Iterator[str]:
    """The name at the end of an address. NIST names the same document in three syntaxes: each means the one in JSON."""
    name = PurePosixPath(unquote(urlsplit(href).path)).name
    if name:
        stem, _, kind = name.rpartition(".")
        yield f"{stem}.json" if kind.lower() in ("xml", "yaml", "yml") else name
