"""Bringing the database to the newest revision."""

import os
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from portico.kernel.embedded_postgres import EmbeddedPostgres
from portico.kernel.settings import Settings, SettingsError, load_settings


def database_url(settings: Settings | None = None) -> str:
    """The URL of the database that the settings mean. The embedded one is started where it is not running."""
    settings = settings or load_settings()
    return settings.server_url or embedded(settings).start()


def embedded(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings.portico_data_dir, bin_dir=settings.portico_postgres_bin)


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate to `revision`. Many processes may call this at once: an advisory lock lets one work."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(_config(url), revision)


def check(url: str) -> None:
    """Raise alembic's `CommandError` where the tables in the code differ from those of the migrations."""
    command.check(_config(url, metadata=True))


def head() -> str:
    """The newest revision in the code."""
    found = ScriptDirectory.from_config(_config("")).get_current_head()
    return found or ""


def role_script() -> str:
    """The SQL that makes the role which serves requests, and lets the owner become it. It may run again."""
    return (_ini().parent / "migrations/sql/portico_role.sql").read_text()


def _config(url: str, **attributes: Any) -> Config:
    config = Config(_ini())
    config.attributes.update(attributes, url=url)
    return config


def _ini() -> Path:
    """`alembic.ini` of the checkout, or of the working folder where the package is installed elsewhere."""
    for folder in (Path(__file__).parents[3], Path(os.curdir)):
        if (folder / "alembic.ini").exists():
            return folder / "alembic.ini"
    raise SettingsError("alembic.ini is missing: run this from the project's folder.")
