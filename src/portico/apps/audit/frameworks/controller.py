"""The framework routes."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.frameworks import reads
from portico.apps.audit.frameworks.schemas import (
    LONGEST_NAME,
    MOST_BYTES,
    Code,
    FrameworkOut,
    FrameworkPage,
    MappedOut,
    MappingPage,
    MappingsIn,
    RequirementOut,
    RequirementPage,
)
from portico.apps.audit.frameworks.service import FrameworkNotFound, FrameworkService, RequirementNotFound
from portico.identity.public import Once
from portico.kernel.errors import UnsupportedMediaType, existing
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router, takes
from portico.kernel.unit_of_work import Reading, Writing

OSCAL: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An OSCAL catalog or profile.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}

frameworks = router(prefix="/api/v1", tags=["frameworks"])
ONE = "/frameworks/{framework_id}"


async def _reader(access: ReadAccess) -> reads.Reader:
    return reads.Reader.of(access)


Reader = Annotated[reads.Reader, Depends(_reader)]


@frameworks.post(
    "/frameworks/import", status_code=201, response_model=FrameworkOut, dependencies=[Once], openapi_extra=OSCAL,
    summary="Import an OSCAL catalog or profile. A profile is resolved, so what it imports has to be here",
)  # fmt: skip
@takes(MOST_BYTES)
async def import_framework(
    request: Request, write: Writing, access: WriteAccess,
    name: Annotated[
        str, Query(max_length=LONGEST_NAME, description="Of the file, by which profiles may import it.")
    ] = "",
) -> Any:  # fmt: skip
    _require_json(request)
    framework_id = await FrameworkService(write, access).take(await request.body(), name=name)
    return await reads.framework(await write.connection(), reads.Reader.of(access), framework_id)


@frameworks.get("/frameworks", response_model=FrameworkPage, summary="Frameworks, the newest first")
async def list_frameworks(reader: Reader, reading: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    return await reads.frameworks(reading, reader, limit=limit, cursor=cursor)


@frameworks.get(ONE, response_model=FrameworkOut, summary="One framework, with its families")
async def get_framework(framework_id: Id, reader: Reader, reading: Reading) -> Any:
    return existing(await reads.framework(reading, reader, framework_id), FrameworkNotFound(framework_id))


@frameworks.get(f"{ONE}/requirements", response_model=RequirementPage, summary="Its requirements, in their order")
async def list_requirements(
    framework_id: Id,
    reader: Reader,
    reading: Reading,
    family: Annotated[str | None, Query(max_length=200)] = None,
    withdrawn: Annotated[bool, Query(description="Withdrawn ones as well.")] = False,
    q: Annotated[str | None, Query(max_length=100, description="Part of a label, a title or a text.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await _require(reader, reading, framework_id)
    filters = {"framework": framework_id, "family": family, "withdrawn": withdrawn, "q": q}
    return await reads.requirements(reading, reader, filters, limit=limit, cursor=cursor)


@frameworks.get("/requirements/{requirement_id}", response_model=RequirementOut, summary="One requirement")
async def get_requirement(requirement_id: Id, reader: Reader, reading: Reading) -> Any:
    return existing(await reads.requirement(reading, reader, requirement_id), RequirementNotFound(requirement_id))


@frameworks.get(f"{ONE}/mappings", response_model=MappingPage, summary="What is mapped to or from it, the newest first")
async def list_mappings(
    framework_id: Id,
    reader: Reader,
    reading: Reading,
    code: Code | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    await _require(reader, reading, framework_id)
    return await reads.mappings(reading, framework_id, code=code, limit=limit, cursor=cursor)


@frameworks.post(
    f"{ONE}/mappings", status_code=201, response_model=MappedOut, dependencies=[Once],
    summary="Map requirements to those of another framework. What is mapped already gets the new relationship",
)  # fmt: skip
async def add_mappings(framework_id: Id, body: MappingsIn, write: Writing, access: WriteAccess) -> Any:
    wanted = [each.model_dump() for each in body.mappings]
    return {"mapped": await FrameworkService(write, access).map(framework_id, body.target_framework_id, wanted)}


@frameworks.delete(f"{ONE}/mappings/{{mapping_id}}", status_code=204, summary="Remove a mapping")
async def remove_mapping(framework_id: Id, mapping_id: Id, write: Writing, access: WriteAccess) -> None:
    await FrameworkService(write, access).unmap(framework_id, mapping_id)


async def _require(reader: reads.Reader, reading: Reading, framework_id: int) -> None:
    if not await reads.is_seen(reading, reader, framework_id):
        raise FrameworkNotFound(framework_id)


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType("OSCAL is imported as JSON. XML and YAML are not read: NIST publishes all three.")
