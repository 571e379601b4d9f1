"""The apps there are. Only the server, the command line and the worker read this list."""

from importlib import import_module

from sqlalchemy import MetaData

from portico.identity.public import LoginFailures
from portico.kernel.app import App
from portico.kernel.idempotency import StoredAnswer
from portico.kernel.seeding import Seeded
from portico.kernel.settings import Settings, SettingsError

APP_NAMES = ("store",)

KERNEL_TABLES = (StoredAnswer, LoginFailures, Seeded)


def require(name: str) -> None:
    """Raise `SettingsError` unless there is such an app."""
    if name not in APP_NAMES:
        raise SettingsError(f"There is no app {name}; there are: {', '.join(APP_NAMES)}.")


def load(name: str) -> App:
    """The registration of an app, whose code is imported now and not before. Raises `SettingsError`."""
    require(name)
    found: App = import_module(f"portico.apps.{name}.app").app
    return found


def chosen(settings: Settings) -> tuple[str, ...]:
    """The names of the apps to serve: PORTICO_APPS, or all."""
    return settings.portico_apps or APP_NAMES


def all_metadata() -> list[MetaData]:
    """The tables of the kernel and of every app."""
    return [KERNEL_TABLES[0].metadata, *(load(name).metadata for name in APP_NAMES)]
