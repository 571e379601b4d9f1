"""The dependencies that tell a route what its caller may do, and the app's own setting: its mode."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import AfterValidator
from pydantic_settings import SettingsConfigDict

from portico.apps.items.permissions import Access, Action, Mode
from portico.identity.public import Caller, MaybePageReader, MaybePageWriter, MaybeReader, MaybeWriter
from portico.kernel.app_settings import AppSettings
from portico.kernel.client_address import client_address
from portico.kernel.settings import Settings, validated
from portico.kernel.webhook_intake import Source, standard
from portico.kernel.webhook_signing import secret_of

SHORTEST_SECRET = 24  # bytes, as Standard Webhooks have it


def _webhook_secret(value: str | None) -> str | None:
    if value is not None and len(secret_of(value)) < SHORTEST_SECRET:
        raise ValueError(f"must hold {SHORTEST_SECRET} bytes or more")
    return value


class ItemsSettings(AppSettings):
    """ITEMS_MODE, by default the sandbox in development and testing, private elsewhere; and ITEMS_STOCK_SECRET."""

    model_config = SettingsConfigDict(env_prefix="ITEMS_")

    mode: Mode | None = None
    stock_secret: Annotated[str | None, AfterValidator(_webhook_secret)] = None


def mode_of(settings: Settings) -> Mode:
    return validated(ItemsSettings).mode or (Mode.PRIVATE if settings.is_protected else Mode.SANDBOX)


def warehouse() -> Source:
    """Who says how stock moves. Without a secret there is no signature that could be right."""
    secret = validated(ItemsSettings).stock_secret
    return standard(*([secret_of(secret)] if secret else []), name="warehouse")


async def _mode(request: Request) -> Mode:
    found: Mode = request.app.state.items_mode
    return found


async def _to_read(request: Request, caller: MaybeReader) -> Access:
    return _access(request, caller)


async def _to_write(request: Request, caller: MaybeWriter) -> Access:
    return _access(request, caller)


async def _to_read_pages(request: Request, caller: MaybePageReader) -> Access:
    return _access(request, caller)


async def _to_write_pages(request: Request, caller: MaybePageWriter) -> Access:
    return _access(request, caller)


def _access(request: Request, caller: Caller | None) -> Access:
    return Access(request.app.state.items_mode, caller, client_address(request))


ReadAccess = Annotated[Access, Depends(_to_read)]
WriteAccess = Annotated[Access, Depends(_to_write)]
PageReadAccess = Annotated[Access, Depends(_to_read_pages)]
PageWriteAccess = Annotated[Access, Depends(_to_write_pages)]
ModeOf = Annotated[Mode, Depends(_mode)]


async def _to_read_log(access: ReadAccess) -> None:
    access.require(Action.READ_LOG)


reading_log = Depends(_to_read_log)
