"""The client routes."""

from typing import Annotated, Any

from fastapi import Query, Response

from portico.apps.audit.access import ReadAccess, WriteAccess
from portico.apps.audit.clients import reads
from portico.apps.audit.clients.schemas import ClientIn, ClientOut, ClientPage, ClientPatch
from portico.apps.audit.clients.service import ClientNotFound, ClientService
from portico.apps.audit.permissions import Action
from portico.identity.public import Once
from portico.kernel.database import Connection
from portico.kernel.etags import Matching, tagged
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor
from portico.kernel.paging import Limit
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

clients = router(prefix="/api/v1/clients", tags=["clients"])


@clients.get("", response_model=ClientPage, summary="The companies that are audited")
async def list_clients(
    access: ReadAccess,
    reading: Reading,
    q: Annotated[str | None, Query(max_length=100, description="Part of a name.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    access.require(Action.READ_CLIENTS)
    return await reads.clients(reading, q=q, limit=limit, cursor=cursor)


@clients.post("", status_code=201, response_model=ClientOut, summary="Add a client", dependencies=[Once])
async def create_client(body: ClientIn, write: Writing, access: WriteAccess, response: Response) -> Any:
    client_id = await ClientService(write, access).create(**body.model_dump())
    return await _shown(await write.connection(), client_id, response)


@clients.get("/{client_id}", response_model=ClientOut, summary="One client")
async def get_client(client_id: Id, access: ReadAccess, reading: Reading, response: Response) -> Any:
    access.require(Action.READ_CLIENTS)
    return await _shown(reading, client_id, response)


@clients.patch("/{client_id}", response_model=ClientOut, summary="Change some of a client")
async def change_client(
    client_id: Id, body: ClientPatch, write: Writing, access: WriteAccess, match: Matching, response: Response
) -> Any:
    await ClientService(write, access).change(client_id, match, **body.model_dump(exclude_unset=True))
    return await _shown(await write.connection(), client_id, response)


@clients.delete("/{client_id}", status_code=204, summary="Remove a client on whom nothing rests")
async def delete_client(client_id: Id, write: Writing, access: WriteAccess, match: Matching) -> None:
    await ClientService(write, access).delete(client_id, match)


async def _shown(connection: Connection, client_id: int, response: Response) -> Any:
    return tagged(response, await reads.client(connection, client_id), ClientNotFound(client_id))
