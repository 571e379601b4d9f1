"""The apps there are. Only the server, the command line and the worker read this list."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages
from typing import Any

from sqlalchemy import MetaData

from portico.identity.public import LoginFailures, Ticket
from portico.kernel.app import App
from portico.kernel.event_log import LoggedEvent
from portico.kernel.file_tables import FileRow
from portico.kernel.idempotency import StoredAnswer
from portico.kernel.job_tables import JobEffect, JobSheet
from portico.kernel.notifications import Notification, NotificationPreference
from portico.kernel.outbox import OutboxEvent
from portico.kernel.seeding import Seeded
from portico.kernel.settings import Settings, SettingsError
from portico.kernel.webhook_tables import WebhookEndpoint

APP_NAMES = ("store", "items", "releases", "factory", "audit")
# One table of each module that has any: its import puts the module's others into the metadata as well.
KERNEL_TABLES = (
    FileRow,
    StoredAnswer,
    JobSheet,
    JobEffect,
    LoginFailures,
    LoggedEvent,
    OutboxEvent,
    Seeded,
    Ticket,
    WebhookEndpoint,
    Notification,
    NotificationPreference,
)


def require(name: str) -> None:
    """Raise `SettingsError` unless there is such an app."""
    if name not in APP_NAMES:
        raise SettingsError(f"There is no app {name}; there are: {', '.join(APP_NAMES)}.")


def load(name: str) -> App:
    """The registration of an app, whose code is imported now and not before. Raises `SettingsError`."""
    require(name)
    found: App = import_module(f"portico.apps.{name}.app").app
    return found


def commands() -> dict[str, Any]:
    """The commands that apps have of their own, by the name of the app. Nothing else of these apps is imported."""
    modules = {name: f"portico.apps.{name}.cli" for name in APP_NAMES}
    return {name: import_module(module).commands for name, module in modules.items() if find_spec(module)}


def chosen(settings: Settings) -> tuple[str, ...]:
    """The names of the apps to serve: PORTICO_APPS, or all."""
    return settings.portico_apps or APP_NAMES


def all_metadata() -> list[MetaData]:
    """The tables of the kernel and of every app."""
    return [KERNEL_TABLES[0].metadata, *(_with_models(name).metadata for name in APP_NAMES)]


def _with_models(name: str) -> App:
    """The registration of an app, with its tables: where only SQL is written for some, nothing else imports these."""
    for module in walk_packages(import_module(f"portico.apps.{name}").__path__, f"portico.apps.{name}."):
        if module.name.endswith(".models"):
            import_module(module.name)
    return load(name)
