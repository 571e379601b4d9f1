"""Filling an app with data: what a seed answers, and which apps have been seeded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import DateTime, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.database import Connection
from portico.kernel.tables import KernelTable

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True)
class SeedSummary:
    """What is in the app now, by kind, and what the operator should know, such as a password shown once."""

    counts: dict[str, int]
    notes: list[str] = field(default_factory=list)


class Seeded(KernelTable):
    """An app that has been filled once; `portico serve` fills the others in development."""

    __tablename__ = "seeded"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    seeded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


async def wait_for_others(connection: Connection, app: str) -> None:
    """Two seeds of one app at once run one after the other, until the commit. Requests go on beside them."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%(seed)s))", {"seed": f"portico seed {app}"})


async def mark(connection: Connection, app: str) -> None:
    """Note that the app has been seeded, and when."""
    await connection.execute(
        "INSERT INTO portico.seeded (app) VALUES (%(app)s) ON CONFLICT (app) DO UPDATE SET seeded_at = now()",
        {"app": app},
    )
