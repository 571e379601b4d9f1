"""The write side of reports: they are added, and never changed."""

from collections.abc import Mapping
from typing import Any

from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.transaction import Transaction

COLUMNS = (
    "operation_id", "workstation_id", "good", "scrap", "rework", "reworked", "over_reason", "has_pieces", "key",
    "fingerprint", "at", "user_id", "user_name",
)  # fmt: skip
# Whoever comes with a key that another transaction is about to store waits here for the other's end.
CLAIM = f"""
    INSERT INTO factory.reports ({", ".join(COLUMNS)}) VALUES ({", ".join(f"%({name})s" for name in COLUMNS)})
    ON CONFLICT (company_id, key) DO NOTHING RETURNING id"""
STORED = "SELECT id, fingerprint FROM factory.reports WHERE key = %(key)s"
SCRAP = """
    INSERT INTO factory.report_scrap (report_id, reason_id, quantity)
    VALUES (%(report_id)s, %(reason_id)s, %(quantity)s)"""
CONSUMED = """
    INSERT INTO factory.consumptions (report_id, lot_id, issued, in_product, scrapped, returned, lost)
    VALUES (%(report_id)s, %(lot_id)s, %(issued)s, %(in_product)s, %(scrapped)s, %(returned)s, %(lost)s)"""
ONE = """
    SELECT id, operation_id, good, scrap, rework, reworked, has_pieces, reverses_id
    FROM factory.reports WHERE id = %(id)s"""
REVERSE = """
    INSERT INTO factory.reports (operation_id, workstation_id, good, scrap, rework, reworked, reverses_id, reason, key,
        fingerprint, at, user_id, user_name)
    SELECT operation_id, workstation_id, -good, -scrap, -rework, -reworked, id, %(reason)s, gen_random_uuid(), '',
           %(at)s, %(user_id)s, %(user_name)s
    FROM factory.reports WHERE id = %(id)s
    ON CONFLICT (company_id, reverses_id) DO NOTHING RETURNING id"""
REVERSE_SCRAP = """
    INSERT INTO factory.report_scrap (report_id, reason_id, quantity)
    SELECT %(made)s, reason_id, -quantity FROM factory.report_scrap WHERE report_id = %(id)s"""
REVERSE_CONSUMED = """
    INSERT INTO factory.consumptions (report_id, lot_id, issued, in_product, scrapped, returned, lost)
    SELECT %(made)s, lot_id, -issued, -in_product, -scrapped, -returned, -lost
    FROM factory.consumptions WHERE report_id = %(id)s"""
# What comes back first: at no time is less there than in the end.
MOVEMENTS = """
    SELECT id, lot_id, location_id, quantity FROM factory.movements
    WHERE report_id = %(id)s ORDER BY quantity > 0, lot_id, id"""
LOTS = "SELECT id, code, work_order_id FROM factory.lots WHERE code = ANY(%(codes)s)"
PIECES = """
    SELECT id, barcode, article_id, work_order_id, lot_id FROM factory.pieces
    WHERE barcode = ANY(%(barcodes)s) AND deleted_at IS NULL"""
PLACE = """
    SELECT id FROM factory.locations WHERE workstation_id = %(workstation_id)s AND deleted_at IS NULL
    ORDER BY id LIMIT 1"""


class ReportRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def claim(self, values: Mapping[str, Any]) -> int | None:
        """Add a report and answer its id; None where there is one with its key."""
        row = await fetch_one(await self._write.connection(), CLAIM, values)
        return None if row is None else row["id"]

    async def stored(self, key: str) -> Row:
        """The report with this key, of which `claim` has said that there is one."""
        row = await fetch_one(await self._write.connection(), STORED, {"key": key})
        assert row is not None  # noqa: S101 - reports are never removed
        return row

    async def one(self, report_id: int) -> Row | None:
        return await fetch_one(await self._write.connection(), ONE, {"id": report_id})

    async def reverse(self, report_id: int, values: Mapping[str, Any]) -> int | None:
        """Add a report with the opposite of each number and answer its id; None where there is one already."""
        connection = await self._write.connection()
        row = await fetch_one(connection, REVERSE, {**values, "id": report_id})
        if row is None:
            return None
        for statement in (REVERSE_SCRAP, REVERSE_CONSUMED):
            await connection.execute(statement, {"made": row["id"], "id": report_id})
        made: int = row["id"]
        return made

    async def movements(self, report_id: int) -> list[Row]:
        return await fetch_all(await self._write.connection(), MOVEMENTS, {"id": report_id})

    async def add_scrap(self, report_id: int, reason_id: int, quantity: int) -> None:
        values = {"report_id": report_id, "reason_id": reason_id, "quantity": quantity}
        await (await self._write.connection()).execute(SCRAP, values)

    async def add_consumption(self, report_id: int, lot_id: int, parts: Mapping[str, Any]) -> None:
        await (await self._write.connection()).execute(CONSUMED, {**parts, "report_id": report_id, "lot_id": lot_id})

    async def lots(self, codes: list[str]) -> dict[str, Row]:
        """Those lots that there are, by their codes. They are not locked."""
        return {row["code"]: row for row in await fetch_all(await self._write.connection(), LOTS, {"codes": codes})}

    async def pieces(self, barcodes: list[str]) -> dict[str, Row]:
        """Those live pieces that there are, by their barcodes."""
        found = await fetch_all(await self._write.connection(), PIECES, {"barcodes": barcodes})
        return {row["barcode"]: row for row in found}

    async def place_at(self, workstation_id: int) -> int | None:
        """The location where this workstation's operations take from and put to."""
        row = await fetch_one(await self._write.connection(), PLACE, {"workstation_id": workstation_id})
        return None if row is None else row["id"]
