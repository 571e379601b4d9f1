"""The dependencies that tell a route what its caller may do, and the store's own setting: its mode."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic_settings import SettingsConfigDict

from portico.apps.store.permissions import Access, Mode
from portico.identity.public import MaybeReader, Writer
from portico.kernel.app_settings import AppSettings
from portico.kernel.settings import Settings, validated


class StoreSettings(AppSettings):
    """STORE_MODE; by default the sandbox in development and testing, private elsewhere."""

    model_config = SettingsConfigDict(env_prefix="STORE_")

    mode: Mode | None = None


def mode_of(settings: Settings) -> Mode:
    return validated(StoreSettings).mode or (Mode.PRIVATE if settings.is_protected else Mode.SANDBOX)


async def _to_read(request: Request, caller: MaybeReader) -> Access:
    return Access(request.app.state.store_mode, caller)


async def _to_write(request: Request, caller: Writer) -> Access:
    return Access(request.app.state.store_mode, caller)


ReadAccess = Annotated[Access, Depends(_to_read)]
WriteAccess = Annotated[Access, Depends(_to_write)]
