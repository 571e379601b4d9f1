"""The ledger: the one way in which material comes, goes and is used.

Whoever books anything has called `genealogy.order.share` or `alone` before, and has the lots locked in the order of
their ids: `usable` does so. A new line needs nothing but its lot; that is locked here too.
"""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psycopg

from portico.apps.factory.codes import CodeTaken
from portico.apps.factory.doing import done_by, note
from portico.apps.factory.lots import holds
from portico.apps.factory.lots.models import LOT_MACHINE, USABLE
from portico.apps.factory.permissions import Access
from portico.kernel.database import Row, fetch_all, fetch_one
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.transaction import Transaction

USED_UP = ("consumed", "shipped")


class LotNotFound(NotFound):
    def __init__(self, lot_id: int | str) -> None:
        super().__init__(f"There is no lot {lot_id}.")


class NotEnough(Conflict):
    code = "NOT_ENOUGH"

    def __init__(self, lot_id: int, quantity: Decimal, **details: Any) -> None:
        super().__init__(
            "There is not that much of the lot there.",
            details={"lot_id": lot_id, "quantity": float(quantity), **details},
        )


class AlreadyReversed(Conflict):
    code = "ALREADY_REVERSED"
    message = "This movement was reversed before."


class LotNotUsable(Conflict):
    """Material is consumed, split, merged and shipped when it is released, up to and with the day it expires on."""

    code = "LOT_NOT_USABLE"

    def __init__(self, lots: Collection[Row]) -> None:
        named = ", ".join(f"{lot['code']} is {'expired' if lot['is_expired'] else lot['state']}" for lot in lots)
        super().__init__(f"This material may not be used: {named}.", details={"lots": [lot["id"] for lot in lots]})


async def usable(write: Transaction, lot_ids: Collection[int], now: datetime) -> dict[int, Row]:
    """Lock lots in the order of their ids and answer them by id. Raises `LotNotFound`, `LotNotUsable`."""
    lots = await locked(write, lot_ids, now)
    refused = [lot for lot in lots.values() if lot["state"] != USABLE or lot["is_expired"]]
    if refused:
        raise LotNotUsable(refused)
    return lots


async def locked(write: Transaction, lot_ids: Collection[int], now: datetime) -> dict[int, Row]:
    """As `usable`, whatever their states. Raises `LotNotFound`."""
    params = {"ids": sorted(set(lot_ids)), "now": now}
    lots = {lot["id"]: lot for lot in await fetch_all(await write.connection(), LOCKED, params)}
    for lot_id in lot_ids:
        if lot_id not in lots:
            raise LotNotFound(lot_id)
    return lots


async def move(
    write: Transaction, access: Access, now: datetime, *, lot_id: int, location_id: int, quantity: Decimal, kind: str,
    operation_id: int | None = None, report_id: int | None = None, shipment_id: int | None = None,
    reverses_id: int | None = None, reason: str = "",
) -> int:  # fmt: skip
    """Book so much more, or less, of a lot in a place, and answer the line's id.

    A lot of which nothing is left is consumed, or shipped; one of which there is something again is released, or
    blocked where something holds it. Raises `NotEnough`, `InvalidInput`,
    and `AlreadyReversed` where another line reverses `reverses_id`.
    """
    line = {
        **done_by(access, now), "lot_id": lot_id, "location_id": location_id, "quantity": quantity, "kind": kind,
        "operation_id": operation_id, "report_id": report_id, "shipment_id": shipment_id, "reverses_id": reverses_id,
        "reason": reason,
    }  # fmt: skip
    try:
        booked = await fetch_one(await write.connection(), BOOK, line)
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyReversed(details={"movement_id": reverses_id}) from error
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name != "stock_on_hand_check":
            raise
        raise NotEnough(lot_id, abs(quantity), location_id=location_id) from error
    if booked is None:
        raise InvalidInput(details={"location_id": "is no location, or the lot is none"})
    about = {"lot_id": lot_id, "operation_id": operation_id}
    if quantity < 0:
        await _empty(write, access, now, "ship" if kind == "ship" else "consume", about)
    elif booked["state"] in USED_UP:
        await _refill(write, access, now, booked["state"], about)
    movement_id: int = booked["id"]
    return movement_id


async def take(
    write: Transaction, access: Access, now: datetime, *, lot_id: int, quantity: Decimal, kind: str,
    location_id: int | None = None, **about: Any,
) -> None:  # fmt: skip
    """Book `quantity` out of a locked lot, from the place that is named first and then from wherever it lies.

    `about` is what else `move` takes. Raises `NotEnough`.
    """
    params = {"lot_id": lot_id, "location_id": location_id}
    places = await fetch_all(await write.connection(), PLACES, params)
    available = sum((place["on_hand"] for place in places), Decimal(0))
    if available < quantity:
        raise NotEnough(lot_id, quantity, available=float(available))
    for place in places:
        part = min(quantity, place["on_hand"])
        await move(
            write, access, now, lot_id=lot_id, location_id=place["location_id"], quantity=-part, kind=kind, **about
        )  # fmt: skip
        quantity -= part
        if not quantity:
            return


async def on_hand(write: Transaction, lot_id: int) -> Decimal:
    """All that there is of a locked lot, wherever it lies."""
    places = await fetch_all(await write.connection(), PLACES, {"lot_id": lot_id, "location_id": None})
    return sum((place["on_hand"] for place in places), Decimal(0))


async def make_lot(
    write: Transaction, access: Access, now: datetime, *, code: str, quantity: Decimal, location_id: int,
    article_id: int | None = None, material_id: int | None = None, work_order_id: int | None = None,
    state: str = USABLE, supplier: str = "", supplier_lot: str = "", expires_on: date | None = None,
    kind: str = "produce", operation_id: int | None = None, report_id: int | None = None,
) -> int:  # fmt: skip
    """Add a lot with its first line in the ledger, and answer its id. Raises `CodeTaken`, `InvalidInput`."""
    values = {
        "code": code, "article_id": article_id, "material_id": material_id, "work_order_id": work_order_id,
        "state": state, "supplier": supplier, "supplier_lot": supplier_lot, "expires_on": expires_on,
    }  # fmt: skip
    try:
        made = await fetch_one(await write.connection(), MAKE, values)
    except psycopg.errors.ForeignKeyViolation as error:
        named = [name for name in values if name in (error.diag.constraint_name or "")]
        raise InvalidInput(details=dict.fromkeys(named, "not found")) from error
    if made is None:
        raise CodeTaken("lot", code)
    lot_id: int = made["id"]
    await move(
        write, access, now, lot_id=lot_id, location_id=location_id, quantity=quantity, kind=kind,
        operation_id=operation_id, report_id=report_id,
    )  # fmt: skip
    return lot_id


async def _empty(write: Transaction, access: Access, now: datetime, action: str, about: dict[str, Any]) -> None:
    params = {"lot_id": about["lot_id"], "usable": USABLE, "state": _after(USABLE, action)}
    if await fetch_one(await write.connection(), EMPTY, params):
        await note(write, access, now, "LotShipped" if action == "ship" else "LotConsumed", **about)


async def _refill(write: Transaction, access: Access, now: datetime, state: str, about: dict[str, Any]) -> None:
    state, before = _after(state, "refill"), ""
    if await holds.holds(await write.connection(), about["lot_id"]):
        state, before = _after(state, "block"), state
    params = {"lot_id": about["lot_id"], "state": state, "before": before}
    await fetch_one(await write.connection(), REFILL, params)
    await note(write, access, now, "LotRefilled", details={"state": state}, **about)


def _after(state: str, action: str) -> str:
    return LOT_MACHINE.advance(SimpleNamespace(state=state), action, _as_server)


def _as_server(_: Any) -> bool:
    return True


LOCKED = """
    SELECT l.id, l.code, l.state, l.material_id, l.article_id, l.supplier, l.supplier_lot, l.expires_on,
           coalesce(l.expires_on < (%(now)s::timestamptz AT TIME ZONE c.time_zone)::date, false) AS is_expired
    FROM factory.lots AS l JOIN factory.companies AS c ON c.id = l.company_id
    WHERE l.id = ANY(%(ids)s::bigint[]) ORDER BY l.id FOR NO KEY UPDATE OF l"""

# The place is held as a foreign key holds it: who deletes it, and looks whether anything lies there, waits for this.
BOOK = """
    WITH held AS MATERIALIZED (
        SELECT l.id AS lot_id, l.state, p.id AS location_id
        FROM factory.lots AS l JOIN factory.locations AS p ON p.company_id = l.company_id
        WHERE l.id = %(lot_id)s AND p.id = %(location_id)s AND (p.deleted_at IS NULL OR %(quantity)s::numeric < 0)
        FOR NO KEY UPDATE OF l FOR KEY SHARE OF p
    ), line AS (
        INSERT INTO factory.movements (lot_id, location_id, quantity, kind, operation_id, report_id, shipment_id,
            reverses_id, reason, at, user_id, user_name)
        SELECT lot_id, location_id, %(quantity)s::numeric, %(kind)s, %(operation_id)s::bigint, %(report_id)s::bigint,
               %(shipment_id)s::bigint, %(reverses_id)s::bigint, %(reason)s, %(at)s, %(user_id)s, %(user_name)s
        FROM held
        RETURNING id
    )
    SELECT line.id, held.state FROM line, held"""
PLACES = """
    SELECT location_id, on_hand FROM factory.stock WHERE lot_id = %(lot_id)s AND on_hand > 0
    ORDER BY location_id IS DISTINCT FROM %(location_id)s::bigint, location_id"""
MAKE = """
    INSERT INTO factory.lots (code, article_id, material_id, work_order_id, state, supplier, supplier_lot, expires_on)
    VALUES (%(code)s, %(article_id)s, %(material_id)s, %(work_order_id)s, %(state)s, %(supplier)s, %(supplier_lot)s,
            %(expires_on)s)
    ON CONFLICT (company_id, code) DO NOTHING RETURNING id"""
EMPTY = """
    UPDATE factory.lots AS l SET state = %(state)s, version = version + 1
    WHERE l.id = %(lot_id)s AND l.state = %(usable)s
      AND NOT EXISTS (SELECT FROM factory.stock AS s WHERE s.lot_id = l.id AND s.on_hand > 0)
    RETURNING l.id"""
REFILL = """
    UPDATE factory.lots SET state = %(state)s, state_before = %(before)s, version = version + 1
    WHERE id = %(lot_id)s RETURNING id"""
