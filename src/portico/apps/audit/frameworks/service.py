"""The rules of frameworks: what is imported is resolved at once, and stays as it is."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from portico.apps.audit.frameworks import reads
from portico.apps.audit.frameworks.parsing import Parsed, parse
from portico.apps.audit.frameworks.references import Reference, references
from portico.apps.audit.frameworks.repository import FrameworkRepository
from portico.apps.audit.frameworks.requirements import Stated, stated
from portico.apps.audit.frameworks.resolution import resolve
from portico.apps.audit.log import log
from portico.apps.audit.permissions import Access, Action
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.transaction import Transaction

MOST_ERRORS = 20
MOST_CONTROLS = 20_000
"""NIST SP 800-53 has 1,200 of them."""
ITSELF, UNKNOWN = 0, -1
"""In the links of a profile: the one that is being imported, which has no id yet; and one that is not here."""

Links = dict[tuple[str, str], int]
"""From a profile's uuid and one of its imports to the framework which that means."""


class FrameworkNotFound(NotFound):
    def __init__(self, framework_id: int) -> None:
        super().__init__(f"There is no framework {framework_id}.")


class RequirementNotFound(NotFound):
    def __init__(self, requirement_id: int) -> None:
        super().__init__(f"There is no requirement {requirement_id}.")


class MappingNotFound(NotFound):
    message = "There is no such mapping of this framework."


class FrameworkExists(Conflict):
    """OSCAL gives each edition of a document a uuid of its own, so this one is here."""

    code = "FRAMEWORK_EXISTS"
    message = "This edition of the document was imported before."


class NoControls(InvalidInput):
    code = "NO_CONTROLS"
    message = "There is no control in this document, or the profile chooses none."


class TooManyControls(InvalidInput):
    code = "TOO_MANY_CONTROLS"
    message = f"A framework has at most {MOST_CONTROLS:,} controls."


class FrameworkService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._frameworks = FrameworkRepository(write)

    async def take(self, body: bytes, *, name: str) -> int:
        """Import an OSCAL document; answers the framework's id.

        Raises `Forbidden`, `NotOscal`, `NoControls`, `TooManyControls`, `EndlessParameters`, `FrameworkExists`, and for
        a profile what `resolve` raises.
        """
        self._access.require(Action.CONFIGURE)
        parsed = await self._write.aside(asyncio.to_thread(parse, body))
        about = parsed.document["metadata"]
        imports: dict[str, int] = {}
        if parsed.kind == "catalog":
            found = await self._write.aside(asyncio.to_thread(stated, parsed.document))
        else:
            links = await self._links(parsed, name)
            found = await self._resolved(parsed, links)
            own = parsed.document["uuid"].lower()
            imports = {href: linked for (profile, href), linked in links.items() if profile == own}
        if not found:
            raise NoControls
        if len(found) > MOST_CONTROLS:
            raise TooManyControls
        framework_id = await self._frameworks.add(
            found, imports=imports, uuid=UUID(parsed.document["uuid"]), kind=parsed.kind, title=about["title"],
            name=name, document_version=about["version"], oscal_version=about["oscal-version"], sha256=parsed.sha256,
            text=parsed.text, imported_by=self._access.user_id,
        )  # fmt: skip
        if framework_id is None:
            raise FrameworkExists(details={"uuid": parsed.document["uuid"]})
        thing = f"framework:{framework_id}"
        await log(self._write, self._access, "framework.imported", thing, title=about["title"], sha256=parsed.sha256)
        return framework_id

    async def map(self, framework_id: int, other_id: int, wanted: Sequence[dict[str, str]]) -> int:
        """Map requirements to those of another framework. Raises `Forbidden`, `FrameworkNotFound`, `InvalidInput`."""
        self._access.require(Action.CONFIGURE)
        await self._require(framework_id, other_id, wanted)
        mapped = await self._frameworks.map(framework_id, other_id, wanted)
        thing = f"framework:{framework_id}"
        await log(self._write, self._access, "framework.mapped", thing, to=other_id, mappings=mapped)
        return mapped

    async def unmap(self, framework_id: int, mapping_id: int) -> None:
        """Raises `Forbidden`, `MappingNotFound`."""
        self._access.require(Action.CONFIGURE)
        if not await self._frameworks.unmap(framework_id, mapping_id):
            raise MappingNotFound
        await log(self._write, self._access, "framework.unmapped", f"framework:{framework_id}", mapping=mapping_id)

    async def _links(self, parsed: Parsed, name: str) -> Links:
        """Which frameworks the imports of a profile mean, and those of the profiles among them."""
        links: Links = {}
        for reference in references(parsed.document):
            if _is_of(parsed, name, reference):
                links[reference.profile, reference.href] = ITSELF
            elif (row := await self._frameworks.meant(reference)) is not None:
                links[reference.profile, reference.href] = row["id"]
        return links

    async def _resolved(self, parsed: Parsed, links: Links) -> list[Stated]:
        """What a profile requires. Profiles that it imports know already which frameworks their own imports mean."""
        texts: dict[int, str] = {}
        wanted = {each for each in links.values() if each != ITSELF}
        while missing := sorted(wanted - texts.keys()):
            rows = await self._frameworks.documents(missing)
            texts |= {row["id"]: f'{{"{row["kind"]}":{row["text"]}}}' for row in rows}
            for row in rows:
                links |= {(str(row["uuid"]), href): linked for href, linked in row["imports"].items()}
                wanted |= set(row["imports"].values())
        return await self._write.aside(asyncio.to_thread(_resolve, parsed.document, texts, links))

    async def _require(self, framework_id: int, other_id: int, wanted: Sequence[dict[str, str]]) -> None:
        connection = await self._write.connection()
        everywhere = reads.Reader(self._access.user_id, everywhere=True)
        if not await reads.is_seen(connection, everywhere, framework_id):
            raise FrameworkNotFound(framework_id)
        if framework_id == other_id or not await reads.is_seen(connection, everywhere, other_id):
            raise InvalidInput(details={"target_framework_id": "is no other framework"})
        unknown: dict[str, str] = {}
        for field, of in (("code", framework_id), ("target", other_id)):
            codes = [each[field] for each in wanted]
            known = await reads.known_codes(connection, of, codes)
            unknown |= {f"mappings.{n}.{field}": "is unknown" for n, code in enumerate(codes) if code not in known}
        if unknown:
            raise InvalidInput(details=dict(list(unknown.items())[:MOST_ERRORS]))


def _is_of(parsed: Parsed, name: str, reference: Reference) -> bool:
    own_names = {name.lower()} - {""}
    return parsed.document["uuid"].lower() in reference.uuids or bool(
        own_names.intersection(each.lower() for each in reference.names)
    )


def _resolve(profile: dict[str, Any], texts: Mapping[int, str], links: Links) -> list[Stated]:
    documents: dict[int, Any] = {ITSELF: {"profile": profile}}
    documents |= {framework_id: orjson.loads(text) for framework_id, text in texts.items()}

    def find(reference: Reference) -> Any:
        return documents.get(links.get((reference.profile, reference.href), UNKNOWN))

    resolved = resolve(profile, find)
    return stated(resolved.catalog, resolved.families)
