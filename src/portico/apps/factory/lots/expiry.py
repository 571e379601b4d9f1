"""The end of lots that may be used up to a day: the state follows what `ledger.usable` says from midnight on."""

from datetime import datetime
from types import SimpleNamespace

from portico.apps.factory.genealogy import order
from portico.apps.factory.lots.models import LOT_MACHINE
from portico.kernel.database import fetch_all, fetch_one
from portico.kernel.transaction import Transaction

SOURCES = ["quarantine", "released"]
COMPANIES = "SELECT id::text AS id FROM factory.company_ids() AS id"
# In the order in which everybody locks lots. Nobody does it: user 0.
EXPIRE = """
    WITH due AS (
        SELECT l.id FROM factory.lots AS l JOIN factory.companies AS c ON c.id = l.company_id
        WHERE l.expires_on < (%(now)s::timestamptz AT TIME ZONE c.time_zone)::date
          AND l.state = ANY(%(sources)s::text[])
        ORDER BY l.id FOR NO KEY UPDATE OF l
    ), expired AS (
        UPDATE factory.lots AS l SET state = %(state)s, version = version + 1
        FROM due WHERE l.id = due.id RETURNING l.id
    ), logged AS (
        INSERT INTO factory.events (kind, lot_id, at, user_id, user_name)
        SELECT 'LotExpired', id, %(now)s, 0, '' FROM expired
    )
    SELECT count(*) AS lots FROM expired"""


async def companies(write: Transaction) -> list[str]:
    """The tenants, for whoever goes through all of them."""
    return [row["id"] for row in await fetch_all(await write.connection(), COMPANIES)]


async def expire(write: Transaction, now: datetime) -> int:
    """Say of the company's lots that their last day is over, and answer of how many."""
    await order.share(write)
    states = {LOT_MACHINE.advance(SimpleNamespace(state=state), "expire", lambda _: True) for state in SOURCES}
    params = {"now": now, "sources": SOURCES, "state": states.pop()}
    row = await fetch_one(await write.connection(), EXPIRE, params)
    return row["lots"] if row else 0
