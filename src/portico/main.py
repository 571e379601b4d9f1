"""The ASGI application that servers load: `portico.main:app`."""

import os

from starlette.types import ASGIApp

from portico import registry
from portico.kernel import telemetry
from portico.kernel.app import build
from portico.kernel.database import Database
from portico.kernel.dispatch import Dispatcher
from portico.kernel.draining import PARENT_VARIABLE
from portico.kernel.loading import loading
from portico.kernel.logging import configure
from portico.kernel.migrations import database_url, upgrade
from portico.kernel.replica import replica_database
from portico.kernel.runtime import Runtime, installed_version
from portico.kernel.settings import Settings, load_settings
from portico.landing import home_of, landing


def create(settings: Settings) -> ASGIApp:
    """The chosen apps below their prefixes, or at the root the one app that was named."""
    configure(settings)
    telemetry.start(settings)
    url = database_url(settings)
    if settings.is_embedded and PARENT_VARIABLE not in os.environ:
        upgrade(url)  # `portico serve` has done it; a bare server has nobody else to do it
    version = settings.portico_version or installed_version()
    runtime = Runtime(
        settings=settings,
        database=database(settings, url),
        read_database=replica_database(settings),
        version=version,
    )
    apps = [registry.load(name) for name in registry.chosen(settings)]
    if len(settings.portico_apps) == 1:
        return build(apps[0], runtime, home=home_of(apps[0], runtime))
    rewrites = {prefix: f"/{app.name}{prefix}" for app in apps for prefix in app.public_prefixes}
    built = {}
    for app in apps:
        prefix = f"/{app.name}"
        built[prefix] = build(app, runtime, prefix=prefix, home=home_of(app, runtime, prefix=prefix))
    return Dispatcher(built, landing(apps, runtime), rewrites)


def database(settings: Settings, url: str) -> Database:
    return Database(url, pool_size=settings.db_pool_size, max_overflow=settings.db_max_overflow, echo=settings.db_echo)


with loading():
    app = create(load_settings())
