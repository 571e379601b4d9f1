"""What a report means to the ledger and to the genealogy: material that was used, and what was made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from portico.apps.factory.codes import CodeTaken
from portico.apps.factory.doing import note
from portico.apps.factory.genealogy.service import link
from portico.apps.factory.lots import ledger
from portico.apps.factory.permissions import Access
from portico.apps.factory.projects.piece_service import PieceService
from portico.apps.factory.reports.repository import ReportRepository
from portico.apps.factory.work_orders.operations import Work, about
from portico.apps.factory.workstations import reads as workstations
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, InvalidInput
from portico.kernel.transaction import Transaction

Values = Mapping[str, Any]
WORK = {"Assembly": "AssemblyWeld", "Control": "QualityCheck", "Logistics": "Packaging"}
"""What the workflow log calls what is done at a workstation; that a piece is cut, or completed, it says by itself."""
SMALLEST = Decimal("0.001")


class NoLocation(Conflict):
    code = "NO_LOCATION"
    message = "This workstation has no location to take material from and to put products to."


@dataclass(frozen=True, kw_only=True)
class Product:
    """One line of what was produced. `lot_id` is a lot that was there before; `piece` is its row."""

    code: str
    quantity: Decimal
    piece: Row | None = None
    lot_id: int | None = None

    @property
    def weight(self) -> Decimal:
        """Its part in what was consumed."""
        return self.quantity or Decimal(1)


class Booking:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._reports = ReportRepository(write)
        self._pieces = PieceService(write, access, now)

    async def book(self, work: Work, report_id: int, values: Values) -> None:
        """Move the material, make the lots, link them, and send pieces on."""
        scrapped = [line for line in values["scrap"] if line["piece"]]
        if not values["consumed"] and not values["produced"] and not scrapped:
            return
        pieces = await self._own_pieces(work, [*values["produced"], *scrapped])
        consumed = await self._consumed(values["consumed"])
        products = await self._products(work, report_id, values["produced"], pieces)
        _check(consumed, products, values["good"])
        lost = {pieces[line["piece"]]["lot_id"] for line in scrapped} - {None}
        used = consumed.keys() | {product.lot_id for product in products if product.lot_id is not None}
        await ledger.locked(self._write, used | lost, self._now)
        await ledger.usable(self._write, used, self._now)
        line = {"operation_id": work.operation.id, "report_id": report_id}
        made = await self._make_of(work, consumed, products, line) if used or products else []
        kind = await self._kind_of_work(work.operation.workstation_id) if made else None
        for product, lot_id in sorted(made, key=lambda each: each[0].piece["id"] if each[0].piece else 0):
            await self._send_on(work, product, lot_id, kind)
        for each in sorted(scrapped, key=lambda each: int(pieces[each["piece"]]["id"])):
            await self._scrap(work, pieces[each["piece"]], each["reason"], line)

    async def _make_of(
        self, work: Work, consumed: Mapping[int, dict[str, Decimal]], products: Sequence[Product], about_it: Values
    ) -> list[tuple[Product, int]]:
        """Book what was used out and what was made in, and link them."""
        location_id = await self._reports.place_at(work.operation.workstation_id)
        if location_id is None:
            raise NoLocation
        line = {**about_it, "location_id": location_id}
        for lot_id, parts in sorted(consumed.items()):
            await self._consume(lot_id, parts, line)
        made = [(product, await self._make(work, product, line)) for product in products]
        await self._link(line["report_id"], consumed, made)
        return made

    async def _consumed(self, lines: Sequence[Values]) -> dict[int, dict[str, Decimal]]:
        """What became of each lot, by its id."""
        known = await self._reports.lots([line["lot"] for line in lines])
        found: dict[int, dict[str, Decimal]] = {}
        for line in lines:
            if line["lot"] not in known:
                raise InvalidInput(details={"consumed": f"there is no lot {line['lot']}"})
            lot_id = known[line["lot"]]["id"]
            if lot_id in found:
                raise InvalidInput(details={"consumed": f"names {line['lot']} twice"})
            parts = {"scrapped": line["scrap"], "returned": line["returned"], "lost": line["lost"]}
            found[lot_id] = {**parts, "issued": line["qty"], "in_product": line["qty"] - sum(parts.values())}
        return found

    async def _own_pieces(self, work: Work, lines: Sequence[Values]) -> dict[str, Row]:
        """The order's pieces that a report names, by their barcodes."""
        barcodes = [line["piece"] for line in lines if line["piece"]]
        pieces = await self._reports.pieces(barcodes)
        for barcode in barcodes:
            if barcode not in pieces or pieces[barcode]["work_order_id"] != work.order.id:
                raise InvalidInput(details={"piece": f"there is no piece {barcode} in this work order"})
        if len(set(barcodes)) < len(barcodes):
            raise InvalidInput(details={"piece": "is named twice"})
        return pieces

    async def _products(
        self, work: Work, report_id: int, lines: Sequence[Values], pieces: Mapping[str, Row]
    ) -> list[Product]:  # fmt: skip
        made_up = (f"{work.order.code}-{report_id}{suffix}" for suffix in ("", *(f".{n}" for n in range(2, 999))))
        codes = [line["piece"] or line["code"] or next(made_up) for line in lines]
        if len(set(codes)) < len(codes):
            raise InvalidInput(details={"produced": "names something twice"})
        lots = await self._reports.lots(codes)
        return [
            _product(work, code, line["qty"], pieces.get(line["piece"]), lots.get(code))
            for code, line in zip(codes, lines, strict=True)
        ]

    async def _consume(self, lot_id: int, parts: dict[str, Decimal], line: Values) -> None:
        await self._reports.add_consumption(line["report_id"], lot_id, parts)
        await self._move(lot_id, -parts["issued"], "issue", line)
        if parts["returned"]:
            await self._move(lot_id, parts["returned"], "return", line)

    async def _make(self, work: Work, product: Product, line: Values) -> int:
        if product.lot_id is None:
            article_id = (product.piece or {}).get("article_id") or work.order.article_id
            return await ledger.make_lot(
                self._write, self._access, self._now, code=product.code, quantity=product.quantity,
                article_id=article_id, work_order_id=work.order.id, **line,
            )  # fmt: skip
        if product.quantity:
            await self._move(product.lot_id, product.quantity, "produce", line)
        return product.lot_id

    async def _link(
        self, report_id: int, consumed: Mapping[int, dict[str, Decimal]], made: Sequence[tuple[Product, int]]
    ) -> None:  # fmt: skip
        whole = sum((product.weight for product, _ in made), Decimal(0))
        for parent_id, parts in consumed.items():
            left = parts["in_product"]
            for number, (product, child_id) in enumerate(made, start=1):
                share = (parts["in_product"] * product.weight / whole).quantize(SMALLEST)
                part = left if number == len(made) else min(left, share)
                left -= part
                if parts["in_product"]:
                    await link(self._write, parent_id=parent_id, child_id=child_id, quantity=part, report_id=report_id)

    async def _send_on(self, work: Work, product: Product, lot_id: int, kind: str | None) -> None:
        place = {"workstation_id": work.operation.workstation_id, "operation_id": work.operation.id}
        if kind is not None:
            details = {"code": product.code, "quantity": float(product.weight)}
            thing = {**about(work.order), **place, "lot_id": lot_id, "piece_id": (product.piece or {}).get("id")}
            await note(self._write, self._access, self._now, kind, details=details, **thing)
        if product.piece is None:
            return
        await self._pieces.produce(product.piece["id"], lot_id, **place)
        if work.is_last:
            await self._pieces.complete(product.piece["id"], **place)

    async def _kind_of_work(self, workstation_id: int) -> str | None:
        station = await workstations.workstation(await self._write.connection(), workstation_id)
        return None if station is None else WORK.get(station["type"])

    async def _scrap(self, work: Work, piece: Row, reason: str, line: Values) -> None:
        if piece["lot_id"] is not None:
            left = await ledger.on_hand(self._write, piece["lot_id"])
            if left:
                await ledger.take(
                    self._write, self._access, self._now, lot_id=piece["lot_id"], quantity=left, kind="scrap",
                    reason=reason, **line,
                )  # fmt: skip
        place = {"workstation_id": work.operation.workstation_id, "operation_id": work.operation.id}
        await self._pieces.scrap(piece["id"], reason, **place)

    async def _move(self, lot_id: int, quantity: Decimal, kind: str, line: Values) -> None:
        await ledger.move(
            self._write, self._access, self._now, lot_id=lot_id, quantity=quantity, kind=kind, **line
        )  # fmt: skip


def _product(work: Work, code: str, quantity: Decimal, piece: Row | None, lot: Row | None) -> Product:
    if lot is None:
        if not quantity:
            raise InvalidInput(details={"produced": f"there is no lot {code} yet: say how much of it"})
        return Product(code=code, quantity=quantity, piece=piece)
    if lot["work_order_id"] != work.order.id:
        raise CodeTaken("lot", code)
    return Product(code=code, quantity=Decimal(0) if piece else quantity, piece=piece, lot_id=lot["id"])


def _check(consumed: Mapping[int, dict[str, Decimal]], products: Sequence[Product], good: int) -> None:
    if any(product.lot_id in consumed for product in products):
        raise InvalidInput(details={"produced": "is made of itself"})
    if sum(1 if product.piece else product.quantity for product in products) > good:
        raise InvalidInput(details={"produced": "is more than what is good"})
    if not products and any(parts["in_product"] for parts in consumed.values()):
        raise InvalidInput(details={"produced": "say what the material went into"})
