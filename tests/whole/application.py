"""What the tests about the codebase know of the running code: its commands, routes and settings."""

import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import typer
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import AliasChoices
from pydantic_settings import BaseSettings
from starlette.routing import Match

import portico
from portico import registry
from portico.apps.audit.search.configuration import EmbedderSettings
from portico.apps.factory.configuration import FactorySettings
from portico.apps.items.access import ItemsSettings
from portico.apps.releases.configuration import ReleasesSettings
from portico.apps.releases.importing.configuration import ImportSettings
from portico.apps.store.access import StoreSettings
from portico.cli import cli
from portico.kernel.app import build
from portico.kernel.database import Database
from portico.kernel.errors import Problem
from portico.kernel.runtime import Runtime
from portico.kernel.settings import Settings

SETTINGS: tuple[type[BaseSettings], ...] = (
    Settings, EmbedderSettings, FactorySettings, ItemsSettings, ImportSettings, ReleasesSettings, StoreSettings,
)  # fmt: skip
STARTS_A_SERVER = ("portico.main", "portico.__main__")
LANDING_PATHS = ("/", "/health", "/health/live", "/health/ready")

PLACEHOLDER = re.compile(r"<[^<>/]+>|\{[^{}/]+\}")


@dataclass(frozen=True)
class AppRoute:
    """A route of an app, and a name for it that a reviewed list can hold."""

    app: str
    route: APIRoute

    @property
    def names(self) -> list[str]:
        return [f"{self.app} {method} {self.route.path}" for method in sorted(self.route.methods or ())]


def import_everything() -> None:
    """Import every module but those that start a server, so that all subclasses of a class are known."""
    for module in pkgutil.walk_packages(portico.__path__, "portico."):
        if module.name not in STARTS_A_SERVER:
            import_module(module.name)


def problem_kinds() -> list[type[Problem]]:
    import_everything()
    return list(_kinds_from(Problem))


def _kinds_from(kind: type[Problem]) -> Iterator[type[Problem]]:
    if kind.__module__.startswith("portico."):
        yield kind
    for inner in kind.__subclasses__():
        yield from _kinds_from(inner)


@cache
def error_codes() -> frozenset[str]:
    return frozenset(kind.code for kind in problem_kinds())


def app_routes() -> list[AppRoute]:
    return [
        AppRoute(name, route)
        for name in registry.APP_NAMES
        for router in registry.load(name).routers
        for route in _api_routes(router)
    ]


def _api_routes(router: APIRouter) -> Iterator[APIRoute]:
    for route in router.routes:
        assert isinstance(route, APIRoute), f"{route} is no APIRoute: what it answers is not declared"
        yield route


@cache
def commands() -> frozenset[str]:
    """`serve`, `users create` and so on."""
    return frozenset(_names(typer.main.get_command(cli)))


def _names(command: Any) -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        yield name
        yield from (f"{name} {below}" for below in _names(inner))


@cache
def setting_names() -> Mapping[str, frozenset[str]]:
    """From each setting's name in the environment to its other names."""
    found: dict[str, frozenset[str]] = {}
    for kind in SETTINGS:
        prefix = str(kind.model_config.get("env_prefix") or "")
        for name, field in kind.model_fields.items():
            alias = field.validation_alias
            choices = [str(one) for one in alias.choices] if isinstance(alias, AliasChoices) else [prefix + name]
            first, *others = (one.upper() for one in choices)
            found[first] = frozenset(others)
    return found


def is_setting(name: str) -> bool:
    """Whether an environment variable means something: a setting, an alias, or a setting of one app."""
    known = {*setting_names(), *(alias for aliases in setting_names().values() for alias in aliases)}
    app, _, own = name.partition("_")
    return name in known or (app.lower() in registry.APP_NAMES and own in known)


def is_route(path: str, method: str = "GET") -> bool:
    """Whether a path is answered: by an app alone at `/`, by an app below its name, or by the landing page."""
    path = PLACEHOLDER.sub("1", path.partition("?")[0])
    if path in LANDING_PATHS and method == "GET":
        return True
    for name in registry.APP_NAMES:
        forms = [path, path.removeprefix(f"/{name}")] if path.startswith(f"/{name}/") else [path]
        if any(_is_answered(name, form, method) for form in forms):
            return True
    return False


def _is_answered(name: str, path: str, method: str) -> bool:
    """Whether an app that is served alone knows the path, or the one that it is an alias of."""
    for alias, target in sorted(registry.load(name).aliases.items(), key=lambda pair: -len(pair[0])):
        if path == alias or path.startswith(f"{alias}/"):
            path = target + path.removeprefix(alias)
            break
    scope = {"method": method, "path": path.rstrip("/") or "/", "root_path": "", "headers": []}
    return any(
        route.matches({"type": kind, **scope})[0] is Match.FULL
        for route in _application(name).routes
        for kind in ("http", "websocket")
    )


@cache
def _application(name: str) -> FastAPI:
    """The application inside an app's middleware. Its database is never opened."""
    url = "postgresql://nobody@localhost/nothing"
    settings = Settings(environment="testing", secret_key="k" * 32, database_url=url)
    found: Any = build(registry.load(name), Runtime(settings=settings, database=Database(url, pool_size=1)))
    while not isinstance(found, FastAPI):
        found = getattr(found, "app", None) or found._app
    return found
