"""The company's API keys. Whoever made one, it belongs to the company's one user for programs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Response

from portico.apps.factory import audit
from portico.apps.factory.access import ReadAccess, WriteAccess
from portico.apps.factory.permissions import SCOPES, Action
from portico.apps.factory.users import reads
from portico.apps.factory.users.service import integration
from portico.identity.public import ApiKeyIn, ApiKeyNotFound, ApiKeyOut, IdentityOf, NewApiKeyOut
from portico.kernel.errors import InvalidInput
from portico.kernel.inputs import Now
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

api_keys = router(prefix="/api/v1/api-keys", tags=["api keys"])

KNOWN = ", ".join(SCOPES)


@api_keys.get("", response_model=list[ApiKeyOut], summary="The company's live API keys")
async def list_keys(reading: Reading, access: ReadAccess, identity: IdentityOf, now: Now) -> Any:
    access.require(Action.CONFIGURE)
    user_id = await reads.integration(reading)
    return [] if user_id is None else await identity.api_keys.of_user(reading, user_id, now)


@api_keys.post(
    "", status_code=201, response_model=NewApiKeyOut, summary="Make an API key",
    description=f"Send it as `Authorization: ApiKey ...` or as `X-API-Key`. Scopes: {KNOWN}.",
)  # fmt: skip
async def create_key(
    body: ApiKeyIn, write: Writing, access: WriteAccess, identity: IdentityOf, now: Now, response: Response
) -> Any:
    access.require(Action.CONFIGURE)
    if not set(body.scopes) <= set(SCOPES):
        raise InvalidInput(details={"scopes": f"must be among {KNOWN}"})
    user_id = await integration(write)
    text, row = await identity.api_keys.create(
        await write.connection(), user_id=user_id, name=body.name, scopes=body.scopes, now=now,
        until=now + timedelta(days=body.expires_in_days),
    )  # fmt: skip
    await audit.log(write, access, "api_key.created", f"api_key:{row['id']}", name=body.name, scopes=row["scopes"])
    response.headers["Cache-Control"] = "no-store"
    return {**row, "key": text}


@api_keys.delete("/{key_id}", status_code=204, summary="Revoke an API key")
async def revoke_key(key_id: UUID, write: Writing, access: WriteAccess, identity: IdentityOf, now: Now) -> None:
    access.require(Action.CONFIGURE)
    connection = await write.connection()
    user_id = await reads.integration(connection)
    if user_id is None or not await identity.api_keys.revoke(connection, key_id, user_id=user_id, now=now):
        raise ApiKeyNotFound
    await audit.log(write, access, "api_key.revoked", f"api_key:{key_id}")
