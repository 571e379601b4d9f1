"""How often a log-in may fail, per account, per address and whatever else an app counts, in PostgreSQL.

Counting there costs 0.1 ms beside the 250 ms of the hash, and holds over all workers with or without Redis.
The count is looked at before the hash and again after it, and a failure that comes too late to count is not told from
the refusals: guesses sent in parallel learn no more than guesses in turn.
"""

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.database import Connection, fetch_all, fetch_one
from portico.kernel.errors import RateLimited
from portico.kernel.tables import KernelTable

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 100


class LoginFailures(KernelTable):
    """Failed log-ins of one subject in the running window. Subjects are hashed: people type passwords as names."""

    __tablename__ = "login_failures"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class LoginLimits:
    """The counters that one attempt concerns: subjects, each with the failures that it may have in a window.

    The first subject is the account; it is the same whatever name that is called by.
    """

    def __init__(self, app: str, most: Mapping[str, int]) -> None:
        self._most = {hashlib.sha256(subject.encode()).digest(): failures for subject, failures in most.items()}
        self._params = {"app": app, "subjects": list(self._most), "most": list(self._most.values())}

    async def check(self, connection: Connection, now: datetime) -> None:
        """Raise `RateLimited` while one of the counters is at its limit."""
        row = await fetch_one(
            connection,
            """
            SELECT max(until) AS until FROM portico.login_failures AS f
            JOIN unnest(%(subjects)s::bytea[], %(most)s::int[]) AS m (subject, most) ON m.subject = f.subject
            WHERE f.app = %(app)s AND f.until > %(now)s AND f.failures >= m.most
            """,
            {**self._params, "now": now},
        )
        if row and row["until"]:
            raise _too_many(row["until"], now)

    async def count_failure(self, connection: Connection, now: datetime) -> None:
        """Raise all counters by one, in the order of their keys; expired ones begin again.

        Raises `RateLimited` where one is then above its limit: this guess was sent beside others that came first.
        """
        rows = await fetch_all(
            connection,
            """
            INSERT INTO portico.login_failures AS f (app, subject, failures, until)
            SELECT %(app)s, subject, 1, %(until)s FROM unnest(%(subjects)s::bytea[]) AS subject ORDER BY subject
            ON CONFLICT (app, subject) DO UPDATE SET
                failures = CASE WHEN f.until > %(now)s THEN f.failures + 1 ELSE 1 END,
                until = CASE WHEN f.until > %(now)s THEN f.until ELSE excluded.until END
            RETURNING subject, failures, until
            """,
            {**self._params, "now": now, "until": now + WINDOW},
        )
        over = [row["until"] for row in rows if row["failures"] > self._most[bytes(row["subject"])]]
        if over:
            raise _too_many(max(over), now)

    async def forget_account(self, connection: Connection) -> None:
        """A right secret clears the account's counter; the others keep their own."""
        await connection.execute(
            "DELETE FROM portico.login_failures WHERE app = %(app)s AND subject = %(account)s",
            {"app": self._params["app"], "account": next(iter(self._most))},
        )


def _too_many(until: datetime, now: datetime) -> RateLimited:
    wait = max(1, math.ceil((until - now).total_seconds()))
    return RateLimited("Too many failed log-ins. Try again later.", headers={"Retry-After": str(wait)})
