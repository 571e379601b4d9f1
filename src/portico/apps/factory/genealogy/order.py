"""One order between what makes units and what follows them.

Whoever books a report, splits, merges or ships holds this lock together with others; whoever blocks, recalls, or links
two lots that both were there before, holds it alone. So a block reaches every unit that was made before it, and what
comes after it finds its material blocked; and no two links close a circle that neither of them sees.
"""

from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

GENEALOGY = 0x67656E65  # "gene"
PATIENCE = "SET LOCAL statement_timeout = '60s'"
_KEY = "hashtext(current_setting('app.tenant'))"


async def share(write: Transaction) -> None:
    """Have nothing blocked in this company until the end of the transaction. Call it before any row is locked."""
    connection = await write.connection()
    await connection.execute(f"SELECT pg_advisory_xact_lock_shared({GENEALOGY}, {_KEY})")


async def alone(write: Transaction) -> None:
    """Have nothing made in this company until the end of the transaction. Call it before any row is locked.

    It waits for those who are booking; and what it is for, such as a recall, is to succeed however much it reaches.
    """
    connection = await write.connection()
    await connection.execute(PATIENCE)
    await connection.execute(f"SELECT pg_advisory_xact_lock({GENEALOGY}, {_KEY})")


async def is_alone(write: Transaction) -> bool:
    """Whether this transaction is alone, or can be so at once. Two that share would wait for each other for ever."""
    sql = f"SELECT pg_try_advisory_xact_lock({GENEALOGY}, {_KEY}) AS is_alone"
    row = await fetch_one(await write.connection(), sql)
    return row is not None and bool(row["is_alone"])
