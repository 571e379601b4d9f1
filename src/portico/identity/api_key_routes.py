"""The routes of API keys, for the registration of an app whose realm has them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response, params
from pydantic import BaseModel, ConfigDict, Field

from portico.identity.guard import IdentityOf, Reader, Writer
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

LONGEST = 365  # days


class ApiKeyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=100, description="What the key may do.")]
    expires_in_days: Annotated[int, Field(ge=1, le=LONGEST)] = 90


class ApiKeyOut(BaseModel):
    id: UUID
    name: str
    hint: str = Field(description="How the key begins.")
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class NewApiKeyOut(ApiKeyOut):
    key: str = Field(description="The key itself. It is shown this once.")


class ApiKeyNotFound(NotFound):
    message = "There is no such API key"


def api_key_router(
    *, scopes: Sequence[str], path: str = "/api-keys", to_make: params.Depends | None = None
) -> APIRouter:
    """The callers' own keys: list, create, revoke. `scopes` are the actions that keys may be made for.

    `to_make` is a dependency on the connection of a write that refuses who may have no keys; without it all users may.
    """
    api = router(prefix=path, tags=["api keys"])
    known = ", ".join(sorted(scopes))

    @api.get("", response_model=list[ApiKeyOut], summary="The caller's live API keys")
    async def list_keys(caller: Reader, reading: Reading, identity: IdentityOf) -> Any:
        return await identity.api_keys.of_user(reading, caller.user_id, identity.clock())

    @api.post(
        "", status_code=201, response_model=NewApiKeyOut, summary="Make an API key",
        dependencies=[to_make] if to_make else [],
        description=f"Send it as `Authorization: ApiKey ...` or as `X-API-Key`. Scopes: {known}.",
    )  # fmt: skip
    async def create_key(
        body: ApiKeyIn, caller: Writer, write: Writing, identity: IdentityOf, response: Response
    ) -> Any:
        if not set(body.scopes) <= set(scopes):
            raise InvalidInput(details={"scopes": f"must be among {known}"})
        now = identity.clock()
        text, row = await identity.api_keys.create(
            await write.connection(), user_id=caller.user_id, name=body.name, scopes=body.scopes, now=now,
            until=now + timedelta(days=body.expires_in_days),
        )  # fmt: skip
        response.headers["Cache-Control"] = "no-store"
        return {**row, "key": text}

    @api.delete("/{key_id}", status_code=204, summary="Revoke an API key")
    async def revoke_key(key_id: UUID, caller: Writer, write: Writing, identity: IdentityOf) -> None:
        connection = await write.connection()
        if not await identity.api_keys.revoke(connection, key_id, user_id=caller.user_id, now=identity.clock()):
            raise ApiKeyNotFound

    return api
