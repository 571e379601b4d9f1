"""What one process shares between its apps."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from portico.kernel.cache import Cache
from portico.kernel.clock import Clock, system_clock
from portico.kernel.database import Database
from portico.kernel.file_stores import FileStore, file_store
from portico.kernel.files import Files
from portico.kernel.replica import Replica
from portico.kernel.secret_keys import derived
from portico.kernel.settings import Settings, SettingsError

if TYPE_CHECKING:
    from portico.kernel.redis import Redis  # an extra: imported where REDIS_URL is set, and only then


def installed_version() -> str:
    return version("portico")


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The settings, the database and the clock. Tests build their own; `portico.main` builds the real one."""

    settings: Settings
    database: Database
    read_database: Database | None = None
    clock: Clock = system_clock
    version: str = field(default_factory=installed_version)

    def __post_init__(self) -> None:
        self.database.forget = self.cache.forget

    @cached_property
    def redis(self) -> "Redis | None":
        """Raises `SettingsError` where REDIS_URL is set and the extra is not installed."""
        if self.settings.redis_url is None:
            return None
        # Two installations may share one Redis, out of each other's sight. Of one, all processes have to meet: only the
        # database's name counts, since its host may have several.
        url = self.settings.server_url
        purpose = f"redis:{make_url(url).database if url else ''}"
        prefix = f"portico:{derived(self.settings.key(), purpose).hex()[:16]}"
        try:
            connect = import_module("portico.kernel.redis").connect
        except ModuleNotFoundError:
            raise SettingsError("REDIS_URL is set and redis is not installed: pip install 'portico[redis]'.") from None
        connected: Redis = connect(self.settings.redis_url, prefix=prefix)
        return connected

    @cached_property
    def replica(self) -> Replica:
        return Replica(self.database, self.read_database)

    @cached_property
    def cache(self) -> Cache:
        return Cache(self.redis, seconds=self.settings.redis_timeout, is_alone=self.settings.workers == 1)

    @cached_property
    def file_store(self) -> FileStore:
        """Raises `SettingsError` where FILES_URL cannot be used."""
        return file_store(self.settings)

    def files(self, app: str) -> Files:
        """The stored files of an app."""
        return Files(self.file_store, self.database, app)

    async def open(self) -> None:
        """Once for each app; it counts, as `close` does."""
        if self.redis is not None:
            await self.redis.open()
        await self.database.open()
        await self.replica.open()

    async def close(self) -> None:
        await self.replica.close()
        await self.database.close()
        if self.redis is not None:
            await self.redis.close()
