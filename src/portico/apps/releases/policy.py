"""One order between what starts and what forbids it.

Whoever starts a deployment, or lets one go on, holds this lock together with others; whoever changes a rule, a freeze,
a lifecycle or an environment holds it alone. So a start has seen every change that was committed before it, and a
change that is answered holds for every start that comes after.
"""

from portico.kernel.transaction import Transaction

POLICY = 0x706F6C696379  # "policy"


async def share(write: Transaction) -> None:
    """Keep the rules as they are until the end of the transaction. Call it before any row is locked."""
    connection = await write.connection()
    await connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [POLICY])


async def change(write: Transaction) -> None:
    """Let nothing start until the end of the transaction. Call it before any row is locked."""
    connection = await write.connection()
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", [POLICY])
