"""The write side of frameworks: an imported document and its requirements, in one go, and mappings."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from portico.apps.audit.frameworks.references import Reference
from portico.apps.audit.frameworks.requirements import Stated
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

ADD: LiteralString = """
    INSERT INTO audit.frameworks
        (uuid, kind, title, name, document_version, oscal_version, sha256, document, imports, requirements, imported_by)
    VALUES (%(uuid)s, %(kind)s, %(title)s, %(name)s, %(document_version)s, %(oscal_version)s, %(sha256)s,
            %(text)s::jsonb, %(imports)s, %(requirements)s, %(imported_by)s)
    ON CONFLICT (uuid) DO NOTHING RETURNING id"""
COPY: LiteralString = """
    COPY audit.requirements (framework_id, position, code, label, parent_code, family, family_title, title, text,
        guidance, statement_id, related, is_withdrawn) FROM STDIN"""

# A uuid says most; then the file's name; then the title. Of several the newest one is meant.
MEANT: LiteralString = """
    SELECT id, uuid, kind, imports FROM audit.frameworks
    WHERE uuid = ANY(%(uuids)s) OR lower(name) = ANY(%(names)s) OR title = ANY(%(titles)s)
    ORDER BY uuid = ANY(%(uuids)s) DESC, lower(name) = ANY(%(names)s) DESC, id DESC LIMIT 1"""
DOCUMENTS: LiteralString = """
    SELECT id, uuid, kind, imports, document::text AS text FROM audit.frameworks WHERE id = ANY(%(ids)s)"""

MAP: LiteralString = """
    INSERT INTO audit.mappings (source_id, target_id, relationship)
    SELECT source.id, target.id, wanted.relationship
    FROM unnest(%(codes)s::text[], %(targets)s::text[], %(relationships)s::text[])
         WITH ORDINALITY AS wanted (code, target, relationship, number)
    JOIN audit.requirements AS source ON source.framework_id = %(framework)s AND source.code = wanted.code
    JOIN audit.requirements AS target ON target.framework_id = %(other)s AND target.code = wanted.target
    ORDER BY wanted.number
    ON CONFLICT (source_id, target_id) DO UPDATE SET relationship = EXCLUDED.relationship RETURNING id"""
UNMAP: LiteralString = """
    DELETE FROM audit.mappings AS m USING audit.requirements AS r
    WHERE m.id = %(id)s AND r.id = m.source_id AND r.framework_id = %(framework)s RETURNING m.id"""


class FrameworkRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def meant(self, reference: Reference) -> Row | None:
        """The imported document that an import of a profile means."""
        params: dict[str, Any] = {
            "uuids": [UUID(each) for each in reference.uuids if _is_uuid(each)],
            "names": [name.lower() for name in reference.names], "titles": list(reference.titles),
        }  # fmt: skip
        return await fetch_one(await self._write.connection(), MEANT, params)

    async def documents(self, ids: Sequence[int]) -> list[Row]:
        """Imported documents, each as `text`."""
        return await fetch_all(await self._write.connection(), DOCUMENTS, {"ids": list(ids)})

    async def add(self, requirements: Sequence[Stated], *, imports: dict[str, int], **values: Any) -> int | None:
        """Keep a document and what it requires; None where its uuid is here already."""
        connection = await self._write.connection()
        params = {**values, "imports": Jsonb(imports), "requirements": len(requirements)}
        row = await fetch_one(connection, ADD, params)
        if row is None:
            return None
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for each in requirements:
                await copy.write_row((row["id"], *_columns(each)))
        framework_id: int = row["id"]
        return framework_id

    async def map(self, framework_id: int, other_id: int, wanted: Sequence[dict[str, str]]) -> int:
        """Map requirements to others by their codes; answers how many of them there were."""
        params = {
            "framework": framework_id, "other": other_id, "codes": [each["code"] for each in wanted],
            "targets": [each["target"] for each in wanted], "relationships": [each["relationship"] for each in wanted],
        }  # fmt: skip
        return len(await fetch_all(await self._write.connection(), MAP, params))

    async def unmap(self, framework_id: int, mapping_id: int) -> bool:
        params = {"framework": framework_id, "id": mapping_id}
        return await fetch_one(await self._write.connection(), UNMAP, params) is not None


def _columns(stated: Stated) -> list[Any]:
    values = {field.name: getattr(stated, field.name) for field in fields(stated)}
    values["related"] = Jsonb(stated.related)
    order = (
        "position", "code", "label", "parent_code", "family", "family_title", "title", "text", "guidance",
        "statement_id", "related", "is_withdrawn",
    )  # fmt: skip
    return [values[name] for name in order]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
