"""What Portico keeps of a job beside the queue's own row, which stands in schema `portico_queue`.

The queue belongs to procrastinate: status, arguments and the history of each job are read from there and kept once.
"""

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.tables import KernelTable

QUEUE_SCHEMA = "portico_queue"


class JobSheet(KernelTable):
    """Whose job it is, how far it is and what went wrong. It has the id of the queue's row and goes with it."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    app: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(Text)
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    total: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often it raised; the retry policy goes by this, so that a killed worker costs the job no attempt."""
    losses: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often its worker was lost; a job that kills its worker each time ends by this."""
    error: Mapped[str | None] = mapped_column(Text)
    traceparent: Mapped[str | None] = mapped_column(Text)


class JobEffect(KernelTable):
    """A step of a job that has been done, written in the transaction of its effect."""

    __tablename__ = "job_effects"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
