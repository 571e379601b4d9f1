"""The population routes."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.engagements.standing import look
from portico.apps.audit.fields import ActionOut
from portico.apps.audit.permissions import Access
from portico.apps.audit.populations import reads
from portico.apps.audit.populations.canonical import FIRST_LINES
from portico.apps.audit.populations.schemas import (
    ItemPage,
    PopulationIn,
    PopulationOut,
    PopulationPage,
    PopulationPatch,
    State,
)
from portico.apps.audit.populations.service import PopulationNotFound, PopulationService, actions
from portico.identity.public import Once
from portico.kernel.database import Connection, Row
from portico.kernel.errors import existing
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.replica import Replica
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

populations = router(prefix="/api/v1", tags=["populations"])
OF_ENGAGEMENT, ALL, ONE = "/engagements/{engagement_id}/populations", "/populations", "/populations/{population_id}"
TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The text that the hash is of."}
}


async def _service(write: Writing, access: WriteAccess, now: Now) -> PopulationService:
    return PopulationService(write, access, now)


Populations = Annotated[PopulationService, Depends(_service)]


@populations.get(OF_ENGAGEMENT, response_model=PopulationPage, summary="Populations, the newest first")
async def list_populations(
    engagement_id: Id, access: ReadAccess, reading: Reading, state: State | None = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:  # fmt: skip
    await look(reading, access, engagement_id)
    return await reads.populations(reading, engagement_id, state=state, limit=limit, cursor=cursor)


@populations.post(
    OF_ENGAGEMENT, status_code=201, response_model=PopulationOut, summary="Define a population", dependencies=[Once]
)  # fmt: skip
async def add_population(
    engagement_id: Id, body: PopulationIn, service: Populations, write: Writing, access: WriteAccess,
    response: Response,
) -> Any:  # fmt: skip
    population_id = await service.create(engagement_id=engagement_id, **_values(body))
    return await _shown(await write.connection(), access, population_id, response)


@populations.post(
    ALL, status_code=201, response_model=PopulationOut, dependencies=[Once],
    summary="Define a population in the engagement of its ledger",
    responses={404: {"description": "There is no such ledger, or none that you may see."}},
)  # fmt: skip
async def add_population_of_ledger(
    body: PopulationIn, service: Populations, write: Writing, access: WriteAccess, response: Response
) -> Any:
    population_id = await service.create(**_values(body))
    return await _shown(await write.connection(), access, population_id, response)


@populations.get(ONE, response_model=PopulationOut, summary="One population, and its first lines")
async def get_population(population_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    return await _shown(reading, access, population_id, response)


@populations.patch(ONE, response_model=PopulationOut, summary="Change some of a draft")
async def change_population(
    population_id: Id, body: PopulationPatch, service: Populations, write: Writing, access: WriteAccess,
    match: Matching, response: Response,
) -> Any:  # fmt: skip
    await service.change(population_id, match, **_values(body))
    return await _shown(await write.connection(), access, population_id, response)


@populations.post(
    f"{ONE}/freeze", response_model=PopulationOut, summary="Freeze a population, and hash it", dependencies=[Once]
)  # fmt: skip
async def freeze_population(
    population_id: Id, service: Populations, write: Writing, access: WriteAccess, response: Response
) -> Any:
    await service.freeze(population_id)
    return await _shown(await write.connection(), access, population_id, response)


@populations.get(f"{ONE}/actions", response_model=list[ActionOut], summary="What you may do with a population now")
async def list_population_actions(population_id: Id, access: ReadAccess, reading: Reading) -> Any:
    return await actions(reading, access, population_id)


@populations.get(f"{ONE}/items", response_model=ItemPage, summary="The lines of a frozen population")
async def list_population_items(
    population_id: Id, access: ReadAccess, reading: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    await _visible(reading, access, population_id)
    return await reads.items(reading, population_id, limit=limit, cursor=cursor)


@populations.get(
    f"{ONE}/canonical", response_class=Response, responses=TEXT, summary="The text of which the hash is made"
)  # fmt: skip
async def get_canonical(population_id: Id, request: Request, access: ReadAccess, reading: Reading) -> Response:
    """Two lines: `portico population 1`, and the SHA-256 of the file of the ledger. Then one for each item: its
    position, its line in the ledger and its amount with two decimals, separated by tabs. Every line ends in a line
    feed. Nothing follows while the population is a draft."""
    found = await _visible(reading, access, population_id)
    headers = {"content-type": "text/plain; charset=utf-8"}
    first = FIRST_LINES.format(evidence_sha256=found["source"]["evidence_sha256"])
    return StreamingResponse(_text(request.app.state.replica, population_id, first), headers=headers)


async def _text(replica: Replica, population_id: int, first: str) -> AsyncIterator[bytes]:
    """Part by part, each on a connection that it gives back: a client that reads slowly holds none."""
    text: str | None = first
    after = 0
    while text is not None:
        yield text.encode()

        async def part(connection: Connection, after: int = after) -> Row | None:
            return await reads.canonical(connection, population_id, after)

        row = await replica.read(part) or {"text": None, "last": None}
        text, after = row["text"], row["last"]


async def _visible(connection: Connection, access: Access, population_id: int) -> Row:
    row = await reads.population(connection, access.user_id, population_id)
    return existing(row, PopulationNotFound(population_id))


async def _shown(connection: Connection, access: Access, population_id: int, response: Response) -> Any:
    row = await reads.population(connection, access.user_id, population_id)
    found = tagged(response, row, PopulationNotFound(population_id))
    return {**found, "preview": await reads.preview(connection, found)}


def _values(body: PopulationIn | PopulationPatch) -> dict[str, Any]:
    values = body.model_dump(exclude={"filter"}, exclude_unset=True)
    if "filter" in body.model_fields_set or isinstance(body, PopulationIn):
        values["filter"] = body.filter.stored()
    return values
