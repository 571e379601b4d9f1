"""The routes of an app's notifications: each caller's own."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, params
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from portico.kernel import notifications
from portico.kernel.inputs import Id
from portico.kernel.paging import BIGGEST_ID, Limit, seal, unseal
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing


class NotificationOut(BaseModel):
    id: int
    topic: str
    title: str
    body: str
    data: dict[str, Any] = Field(description="What it is about, for programs.")
    created_at: datetime
    read_at: datetime | None


class NotificationPage(BaseModel):
    notifications: list[NotificationOut]
    unread: int = Field(description="How many are not read, on all pages.")
    next_cursor: str | None = Field(description="For `cursor`; null on the last page.")


class ReadOut(BaseModel):
    read: int = Field(description="How many were marked.")


class ChannelOut(BaseModel):
    enabled: bool
    available: bool = Field(description="Whether this server can use the channel at all.")


class PreferencesOut(BaseModel):
    in_app: ChannelOut
    email: ChannelOut
    webhook: ChannelOut


class PreferencesIn(BaseModel):
    """What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    in_app: StrictBool = True
    email: StrictBool = False
    webhook: StrictBool = True


def notification_routes(
    *, reading_owner: params.Depends, writing_owner: params.Depends, prefix: str = "/notifications"
) -> APIRouter:
    """The list, marking as read, preferences. The arguments give the caller's key, as in `job_routes`."""
    routes = router(prefix=prefix, tags=["notifications"])
    Owner = Annotated[str, reading_owner]  # noqa: N806 - a type
    WritingOwner = Annotated[str, writing_owner]  # noqa: N806

    @routes.get("", response_model=NotificationPage, summary="Your notifications, the newest first")
    async def list_notifications(
        request: Request,
        reading: Reading,
        owner: Owner,
        limit: Limit = 20,
        cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    ) -> Any:
        whose = {"app": request.app.state.name, "user": owner}
        before = unseal(cursor, int)[0] if cursor else BIGGEST_ID
        rows = await notifications.page(reading, **whose, before=before, limit=limit)
        following = seal(rows[-1]["id"]) if len(rows) == limit else None
        unread = await notifications.unread(reading, **whose)
        return {"notifications": rows, "unread": unread, "next_cursor": following}

    @routes.get("/preferences", response_model=PreferencesOut, summary="By which channels you are told")
    async def show_preferences(request: Request, reading: Reading, owner: Owner) -> Any:
        return _shown(request, await notifications.preferences(reading, app=request.app.state.name, user=owner))

    @routes.put("/preferences", response_model=PreferencesOut, summary="Choose the channels by which you are told")
    async def change_preferences(request: Request, body: PreferencesIn, write: Writing, owner: WritingOwner) -> Any:
        whose = {"app": request.app.state.name, "user": owner}
        await notifications.prefer(write, **whose, wanted=body.model_dump(exclude_unset=True))
        return _shown(request, await notifications.preferences(await write.connection(), **whose))

    @routes.post("/read-all", response_model=ReadOut, summary="Mark all your notifications as read")
    async def read_all(request: Request, write: Writing, owner: WritingOwner) -> Any:
        whose = {"app": request.app.state.name, "user": owner}
        return {"read": await notifications.mark_all_read(await write.connection(), **whose)}

    @routes.post("/{notification_id}/read", response_model=NotificationOut, summary="Mark one of them as read")
    async def read_one(notification_id: Id, request: Request, write: Writing, owner: WritingOwner) -> Any:
        whose = {"app": request.app.state.name, "user": owner}
        return await notifications.mark_read(await write.connection(), notification_id, **whose)

    return routes


def _shown(request: Request, wanted: dict[str, bool]) -> dict[str, dict[str, bool]]:
    has_mail = request.app.state.settings.smtp_url is not None
    available = {"in_app": True, "email": has_mail, "webhook": True}
    return {channel: {"enabled": is_on, "available": available[channel]} for channel, is_on in wanted.items()}
