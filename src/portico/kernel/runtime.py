"""What one process shares between its apps."""

from dataclasses import dataclass, field
from importlib.metadata import version

from portico.kernel.clock import Clock, system_clock
from portico.kernel.database import Database
from portico.kernel.settings import Settings


def installed_version() -> str:
    return version("portico")


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The settings, the database and the clock. Tests build their own; `portico.main` builds the real one."""

    settings: Settings
    database: Database
    clock: Clock = system_clock
    version: str = field(default_factory=installed_version)
