"""The API keys of users, which administrators make: nobody makes one of their own account's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Response

from portico.apps.releases.access import ReadAccess, WriteAccess
from portico.apps.releases.permissions import SCOPES, Action
from portico.apps.releases.users import reads
from portico.apps.releases.users.service import UserNotFound, UserService
from portico.identity.public import ApiKeyIn, ApiKeyNotFound, ApiKeyOut, IdentityOf, NewApiKeyOut
from portico.kernel.errors import InvalidInput, existing
from portico.kernel.inputs import Id
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

api_keys = router(prefix="/api/v1/users/{user_id}/api-keys", tags=["users"])

KNOWN = ", ".join(sorted(SCOPES))


@api_keys.get("", response_model=list[ApiKeyOut], summary="A user's live API keys")
async def list_keys(user_id: Id, reading: Reading, access: ReadAccess, identity: IdentityOf) -> Any:
    access.require(Action.READ_USERS)
    existing(await reads.user(reading, user_id), UserNotFound(user_id))
    return await identity.api_keys.of_user(reading, user_id, identity.clock())


@api_keys.post(
    "", status_code=201, response_model=NewApiKeyOut, summary="Make an API key for a user",
    description=f"Send it as `Authorization: ApiKey ...` or as `X-API-Key`. Scopes: {KNOWN}.",
)  # fmt: skip
async def create_key(
    user_id: Id, body: ApiKeyIn, write: Writing, access: WriteAccess, identity: IdentityOf, response: Response
) -> Any:
    access.require(Action.WRITE_USERS)
    if not set(body.scopes) <= set(SCOPES):
        raise InvalidInput(details={"scopes": f"must be among {KNOWN}"})
    now = identity.clock()
    until = now + timedelta(days=body.expires_in_days)
    await UserService(write, access).note_key("api_key.created", user_id, name=body.name, scopes=sorted(body.scopes))
    text, row = await identity.api_keys.create(
        await write.connection(), user_id=user_id, name=body.name, scopes=body.scopes, now=now, until=until
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return {**row, "key": text}


@api_keys.delete("/{key_id}", status_code=204, summary="Revoke an API key of a user")
async def revoke_key(user_id: Id, key_id: UUID, write: Writing, access: WriteAccess, identity: IdentityOf) -> None:
    access.require(Action.WRITE_USERS)
    await UserService(write, access).note_key("api_key.revoked", user_id, key=str(key_id))
    connection = await write.connection()
    if not await identity.api_keys.revoke(connection, key_id, user_id=user_id, now=identity.clock()):
        raise ApiKeyNotFound
