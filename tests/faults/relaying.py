"""A sender of webhooks in a process of its own, to be killed: `python -m tests.faults.relaying URL`."""

import asyncio
import sys

from portico.kernel.database import Database
from portico.kernel.webhook_sender import WebhookSender
from tests.kernel.watching import hear_all
from tests.servers import settings_of

LEASE = 0.5  # seconds that a claim outlives its process


async def relay(url: str) -> None:
    database = Database(url, pool_size=4)
    await database.open()
    settings = settings_of(url, webhook_allow_private=True)
    await WebhookSender({"tiny": hear_all}, database, settings, waits=(0.05,) * 3, lease=LEASE).run()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1]))
