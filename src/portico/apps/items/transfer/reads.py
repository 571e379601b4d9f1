"""Imports as they are reported, and items as they are exported: SQL to rows."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

REPORT = "SELECT job_id, imported, rejected FROM items.imports WHERE job_id = %(job_id)s"
FLAWS = """
    SELECT line, field, message FROM items.import_flaws WHERE job_id = %(job_id)s ORDER BY line, field"""
PART = """
    SELECT id, name, description, price, quantity, created_at, updated_at FROM items.items
    WHERE id > %(after)s ORDER BY id LIMIT 250"""
"""So few that forty exports at once hold up nobody: the loop is busy with one part for a millisecond or two."""


async def report(connection: Connection, job_id: int) -> Row | None:
    return await fetch_one(connection, REPORT, {"job_id": job_id})


async def flaws(connection: Connection, job_id: int) -> list[Row]:
    """What was wrong with the first rows that were rejected, in the order of their lines."""
    return await fetch_all(connection, FLAWS, {"job_id": job_id})


async def items_after(connection: Connection, item_id: int) -> list[Row]:
    """The next items in id order; none: these were all."""
    return await fetch_all(connection, PART, {"after": item_id})
